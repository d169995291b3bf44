"""Where a proposal stands, as people read it: quorum in twelfths, majority, and the time that is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.onchain.models.proposals import GRACE, OnchainProposal, ProposalState

SEGMENTS = 12  # of the slice that shows a quorum
TENTHS = 1000  # of a per cent in one whole
DOTS = {
    ProposalState.ACTIVE: "good",
    ProposalState.SUCCEEDED: "good",
    ProposalState.EXECUTED: "good",
    ProposalState.QUEUED: "wait",
    ProposalState.DEFEATED: "bad",
}
PER_DAY, PER_HOUR, PER_MINUTE = 86_400, 3_600, 60
UNDER_WAY = (ProposalState.PENDING, ProposalState.ACTIVE, ProposalState.SUCCEEDED, ProposalState.QUEUED)


@dataclass(frozen=True)
class Moment:
    """What comes next, and when: the sentence around the time that is ``left``; ``brief`` has room in a row."""

    at: datetime
    left: str
    before: str
    after: str
    brief: str


@dataclass(frozen=True)
class Standing:
    """A proposal that was read ``with_votes``, at a time of its chain. Votes are in the smallest unit of LATTICE."""

    proposal: OnchainProposal
    now: datetime

    @cached_property
    def state(self) -> ProposalState:
        """Its state."""
        return self.proposal.state_at(self.now, has_passed=self.proposal.has_passed)

    @property
    def word(self) -> str:
        """The state in a word."""
        return str(self.state.label)

    @property
    def name(self) -> str:
        """The state's name, for programs and addresses."""
        return self.state.name.lower()

    @property
    def dot(self) -> str:
        """The colour of the dot beside the state."""
        return DOTS.get(self.state, "off")

    @property
    def is_active(self) -> bool:
        """Whether votes can be cast."""
        return self.state == ProposalState.ACTIVE

    @property
    def is_under_way(self) -> bool:
        """Whether something can still come of it."""
        return self.state in UNDER_WAY

    @property
    def may_run(self) -> bool:
        """Whether it is queued, and the timelock lets it through."""
        eta = self.proposal.eta
        return self.state == ProposalState.QUEUED and eta is not None and self.now >= eta

    @property
    def counted(self) -> int:
        """The votes that count for the quorum: those for it, and abstentions."""
        # As the Governor counts (COUNTING_MODE quorum=for,abstain): a vote against helps no quorum.
        return self.proposal.in_favour + self.proposal.abstain

    @property
    def decisive(self) -> int:
        """The votes that count for the majority: for and against."""
        return self.proposal.in_favour + self.proposal.against

    @property
    def cast(self) -> int:
        """All votes."""
        return self.decisive + self.proposal.abstain

    @property
    def has_quorum(self) -> bool:
        """Whether the quorum is reached."""
        return self.counted >= self.proposal.quorum

    @property
    def lacking(self) -> int:
        """Votes that the quorum lacks."""
        return max(0, self.proposal.quorum - self.counted)

    @property
    def filled(self) -> int:
        """Segments of the quorum's slice that are full."""
        # Cut, never rounded: a full slice has to mean that the quorum is reached. One of nothing is reached by itself.
        return min(SEGMENTS, self.counted * SEGMENTS // self.proposal.quorum) if self.proposal.quorum else SEGMENTS

    @property
    def half(self) -> int:
        """Segments that are being filled."""
        return int(self.filled < SEGMENTS and self.counted * SEGMENTS > self.filled * self.proposal.quorum)

    @property
    def quorum_percent(self) -> str:
        """How much of the quorum is reached, cut: it says 100 only when it is."""
        return percent(self.counted, self.proposal.quorum)

    @property
    def majority_percent(self) -> str:
        """How much of the votes for and against is for it."""
        return percent(self.proposal.in_favour, self.decisive)

    @property
    def majority_width(self) -> float:
        """The same as a number for a drawing."""
        return self.proposal.in_favour * TENTHS // self.decisive / 10 if self.decisive else 0.0

    @cached_property
    def next(self) -> Moment | None:
        """What comes next; None for what is over."""
        proposal, state = self.proposal, self.state
        if state == ProposalState.PENDING:
            return self._moment(proposal.snapshot, _("Voting opens in %s"), _("opens in %s"))
        if state == ProposalState.ACTIVE:
            return self._moment(proposal.deadline, _("%s left to vote"), _("%s left"))
        if state == ProposalState.SUCCEEDED:
            # Not of OpenZeppelin's Governor but of our own: after it the state is Expired, and nobody can queue it.
            return self._moment(proposal.deadline + GRACE, _("%s left to queue it"), _("%s to queue it"))
        if state == ProposalState.QUEUED and proposal.eta:
            if self.now < proposal.eta:
                return self._moment(proposal.eta, _("May be executed in %s"), _("may run in %s"))
            return self._moment(proposal.eta + GRACE, _("%s left to execute it"), _("%s to execute it"))
        return None

    @property
    def ended(self) -> datetime:
        """When what is over was over."""
        proposal, state = self.proposal, self.state
        if state == ProposalState.EXPIRED:
            # What was queued expires after its time in the timelock, what was not after its vote.
            return (proposal.eta or proposal.deadline) + GRACE
        return proposal.canceled_at or proposal.executed_at or proposal.deadline

    @property
    def outcome(self) -> str:
        """Why it stands where it stands, in a sentence; "" where nothing is decided."""
        if self.state == ProposalState.DEFEATED:
            return str(DEFEATS[not self.has_quorum])
        return str(OUTCOMES.get(self.state, ""))

    @property
    def key(self) -> tuple[object, ...]:
        """What of it changes by time alone."""
        return self.state, self.next and self.next.left, self.next and self.next.at

    def _moment(self, at: datetime, says: str, brief: str) -> Moment:
        left = span(at - self.now)
        before, _time, after = says.partition("%s")
        return Moment(at, left, before, after, brief % left)


OUTCOMES = {
    ProposalState.SUCCEEDED: gettext_lazy("It reached its quorum, and more votes were for it than against."),
    ProposalState.EXECUTED: gettext_lazy("It passed, waited in the timelock, and was executed."),
    ProposalState.EXPIRED: gettext_lazy("It passed, but nobody took the next step within 14 days."),
    ProposalState.CANCELED: gettext_lazy("It was canceled, and cannot be taken up again."),
}
DEFEATS = {
    True: gettext_lazy("Too few votes for a quorum: those for it and the abstentions did not reach it."),
    False: gettext_lazy("The quorum was reached, but no more votes were for it than against."),
}


def percent(part: int, whole: int) -> str:
    """Return a part in per cent with one decimal, cut, without a zero at its end: "71.6"; "0" of nothing."""
    tenths = part * TENTHS // whole if whole else 0
    return f"{tenths // 10:,}.{tenths % 10}".removesuffix(".0")


def span(time: timedelta) -> str:
    """Return a stretch of time in its two largest units: "2 d 4 h", "5 h 10 min", "40 s"; at least none."""
    seconds = max(0, int(time.total_seconds()))
    days, hours, minutes = seconds // PER_DAY, seconds % PER_DAY // PER_HOUR, seconds % PER_HOUR // PER_MINUTE
    if days:
        return _("%(days)s\u00a0d %(hours)s\u00a0h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)s\u00a0h %(minutes)s\u00a0min") % {"hours": hours, "minutes": minutes}
    return (
        _("%(minutes)s\u00a0min") % {"minutes": minutes} if minutes else _("%(seconds)s\u00a0s") % {"seconds": seconds}
    )
