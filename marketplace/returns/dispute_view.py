"""Where a dispute stands, in words: until when it may be ruled upon, and what was said by whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from accounts.models import User
from accounts.moderators import is_moderator
from marketplace.money.credits import credits_of
from marketplace.onchain.models.returns import PurchaseReturn, Stage

from .finding import evidence_of, side_of
from .statements import MOST_FILES, MOST_STATEMENTS, Attachment, Side, Statement

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class Standing(StrEnum):
    """How far a dispute is, and how it ended."""

    OPEN = "open"
    ANSWERED = "answered"
    OVERDUE = "overdue"
    FOR_BUYER = "for-buyer"
    FOR_SELLER = "for-seller"
    GIVEN_IN = "given-in"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


HEADINGS: dict[Standing, StrOrPromise] = {
    Standing.OPEN: gettext_lazy("The seller has not answered yet"),
    Standing.ANSWERED: gettext_lazy("Waiting for a ruling"),
    Standing.OVERDUE: gettext_lazy("Nobody ruled in time"),
    Standing.FOR_BUYER: gettext_lazy("Ruled for the buyer"),
    Standing.FOR_SELLER: gettext_lazy("Ruled for the seller"),
    Standing.GIVEN_IN: gettext_lazy("Refunded by the seller"),
    Standing.WITHDRAWN: gettext_lazy("Withdrawn by the buyer"),
    Standing.LAPSED: gettext_lazy("Closed without a ruling"),
}
SHORT: dict[Standing, StrOrPromise] = {
    Standing.OPEN: gettext_lazy("Awaiting the seller"),
    Standing.ANSWERED: gettext_lazy("Awaiting a ruling"),
    Standing.OVERDUE: gettext_lazy("No ruling in time"),
    Standing.FOR_BUYER: gettext_lazy("Ruled for the buyer"),
    Standing.FOR_SELLER: gettext_lazy("Ruled for the seller"),
    Standing.GIVEN_IN: gettext_lazy("Refunded by the seller"),
    Standing.WITHDRAWN: gettext_lazy("Withdrawn"),
    Standing.LAPSED: gettext_lazy("Closed without a ruling"),
}
DOTS = {Standing.FOR_BUYER: "good", Standing.FOR_SELLER: "good", Standing.OVERDUE: "bad"}
DOTS |= dict.fromkeys((Standing.GIVEN_IN, Standing.WITHDRAWN, Standing.LAPSED), "off")


def standing_of(dispute: PurchaseReturn, now: datetime, *, answered: bool) -> Standing:
    """Return where a dispute stands; ``answered`` says whether the seller has said something."""
    if dispute.is_late(now):
        return Standing.OVERDUE
    if dispute.is_disputed:
        return Standing.ANSWERED if answered else Standing.OPEN
    # The contract takes no ruling after its time, so what ended later was only closed.
    if dispute.ruled_at and dispute.rule_by and dispute.ruled_at > dispute.rule_by:
        return Standing.LAPSED
    if dispute.stage == Stage.FOR_BUYER:
        return Standing.GIVEN_IN if dispute.by == dispute.seller else Standing.FOR_BUYER
    return Standing.WITHDRAWN if dispute.by == dispute.buyer else Standing.FOR_SELLER


def time_left(until: datetime, now: datetime) -> str:
    """Return how long it is until a moment, in the largest unit of which there are two: "13 days left"."""
    left = max(until - now, timedelta())
    if left >= 2 * DAY:
        return ngettext("%(n)s day left", "%(n)s days left", left // DAY) % {"n": left // DAY}
    if left >= 2 * HOUR:
        return ngettext("%(n)s hour left", "%(n)s hours left", left // HOUR) % {"n": left // HOUR}
    minutes = ceil(left / MINUTE)
    return ngettext("%(n)s minute left", "%(n)s minutes left", minutes) % {"n": minutes}


def days_of(dispute: PurchaseReturn, now: datetime) -> tuple[int, int]:
    """Return how many whole days are left for a ruling, and how many there were."""
    rule_by = dispute.rule_by or now
    return max(0, (rule_by - now) // DAY), max(1, round((rule_by - dispute.taken_at) / DAY))


@dataclass(frozen=True)
class Said:
    """One entry of what was said; ``by`` is an address, and ``text`` is None where it was not left here."""

    side: Side
    by: str
    at: datetime
    text: str | None
    cid: str
    pk: int = 0  # of the statement; the opening has none
    files: list[Attachment] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Who says what kind of thing."""
        if not self.pk:
            return _("The buyer opened the dispute")
        titles = {Side.BUYER: _("The buyer"), Side.SELLER: _("The seller"), Side.MODERATOR: _("A moderator")}
        return titles[self.side]


@dataclass(frozen=True)
class DisputeView:
    """A dispute as one visitor sees it."""

    dispute: PurchaseReturn
    user: User
    now: datetime

    @cached_property
    def side(self) -> Side | None:
        """For whom the visitor speaks; for nobody, who has another part in the sale."""
        return side_of(self.dispute, self.user)

    @cached_property
    def statements(self) -> list[Statement]:
        """What was said since it was opened."""
        return list(Statement.objects.of(self.dispute)) if self.side else []

    @cached_property
    def _files(self) -> list[Attachment]:
        return list(Attachment.objects.of(self.dispute).seen_by(self.user.address)) if self.side else []

    @property
    def waiting(self) -> list[Attachment]:
        """What the visitor has attached and not sent yet."""
        return [each for each in self._files if each.statement_id is None]

    @cached_property
    def said(self) -> list[Said]:
        """All that was said, oldest first: nothing for a visitor who may not read it."""
        return [self._opening(), *self._answers()] if self.side else []

    def _opening(self) -> Said:
        dispute, evidence = self.dispute, evidence_of(self.dispute)
        text = evidence.text if evidence else None
        return Said(Side.BUYER, dispute.buyer, dispute.taken_at, text, dispute.evidence)

    def _answers(self) -> Iterator[Said]:
        for each in self.statements:
            files = [file for file in self._files if file.statement_id == each.pk]
            yield Said(Side(each.side), each.author, each.said_at, each.text, each.cid, each.pk, files)

    @cached_property
    def standing(self) -> Standing:
        """Where it stands."""
        answered = any(each.side == Side.SELLER for each in self.statements)
        return standing_of(self.dispute, self.now, answered=answered)

    @property
    def heading(self) -> StrOrPromise:
        """The state as a headline."""
        is_asked = self.standing == Standing.OPEN and self.side == Side.SELLER
        return _("Your answer is due") if is_asked else HEADINGS[self.standing]

    @property
    def is_open(self) -> bool:
        """Whether it can still be ruled upon."""
        return self.standing in (Standing.OPEN, Standing.ANSWERED)

    @property
    def left(self) -> str:
        """How long it can still be ruled upon."""
        return time_left(self.dispute.rule_by, self.now) if self.dispute.rule_by else ""

    @property
    def days(self) -> tuple[int, int]:
        """Whole days that are left, and days there were."""
        return days_of(self.dispute, self.now)

    @property
    def is_own_case(self) -> bool:
        """Whether the visitor is a moderator with a part in the sale, who may not rule."""
        return is_moderator(self.user) and self.side != Side.MODERATOR and self.is_open

    @property
    def may_rule(self) -> bool:
        """Whether the visitor may rule now; the contract asks for the role besides."""
        return self.side == Side.MODERATOR and self.is_open

    @property
    def may_say(self) -> bool:
        """Whether the visitor may say something now."""
        return self.side is not None and self.is_open and self.messages_left > 0

    @property
    def messages_left(self) -> int:
        """How often the visitor's side may still say something."""
        return max(0, MOST_STATEMENTS - sum(each.side == self.side for each in self.statements))

    @property
    def files_left(self) -> int:
        """How many files the visitor may still attach, as far as it can see."""
        return max(0, MOST_FILES - sum(each.side == self.side for each in self._files))

    @property
    def has_spoken(self) -> bool:
        """Whether the visitor's side has said something: the buyer has by opening it."""
        return self.side == Side.BUYER or self.messages_left < MOST_STATEMENTS

    @property
    def part(self) -> str:
        """Which party of the contract's the visitor is, and so may close it: buyer, seller or neither."""
        return {self.dispute.buyer: "buyer", self.dispute.seller: "seller"}.get(self.user.address, "")

    @property
    def may_put_on_chain(self) -> bool:
        """Whether the visitor is the seller, and said something that does not stand on chain yet."""
        said = [each.cid for each in self.statements if each.side == Side.SELLER]
        return self.part == "seller" and self.is_open and bool(said) and self.dispute.answer != said[-1]

    @property
    def may_withdraw(self) -> bool:
        """Whether the visitor was paid back, and something of that currency still waits to be withdrawn."""
        dispute = self.dispute
        if self.part != "buyer" or not dispute.is_paid_back:
            return False
        owed = credits_of(self.user.address, dispute.chain)
        return any(each.token == dispute.token and each.balance.available > 0 for each in owed)

    @property
    def is_final(self) -> bool:
        """Whether no reorganisation takes its last step back."""
        return self.dispute.last_block <= self.dispute.chain.final_block()


@dataclass(frozen=True)
class DisputeRow:
    """A dispute in a list, which knows by ``is_answered`` whether the seller has said something."""

    dispute: PurchaseReturn
    name: str  # of the listing, or a shortened id
    address: str  # of the visitor
    now: datetime

    @property
    def standing(self) -> Standing:
        """Where it stands."""
        return standing_of(self.dispute, self.now, answered=bool(getattr(self.dispute, "is_answered", False)))

    @property
    def state(self) -> StrOrPromise:
        """The state in a few words."""
        return _("Your answer is due") if self.is_due else SHORT[self.standing]

    @property
    def is_due(self) -> bool:
        """Whether the visitor is the seller, and has not answered yet."""
        return self.standing == Standing.OPEN and self.address == self.dispute.seller

    @property
    def dot(self) -> str:
        """The colour of the state's dot."""
        return DOTS.get(self.standing, "wait")

    @property
    def part(self) -> str:
        """The visitor's part in it, in a few words."""
        if self.address in (self.dispute.buyer, self.dispute.recipient):
            return _("You bought it")
        return _("You sold it") if self.address == self.dispute.seller else ""

    @property
    def is_over(self) -> bool:
        """Whether it cannot be ruled upon any more."""
        return self.standing not in (Standing.OPEN, Standing.ANSWERED)

    @property
    def left(self) -> str:
        """How long it can still be ruled upon; nothing where it cannot."""
        return "" if self.is_over or not self.dispute.rule_by else time_left(self.dispute.rule_by, self.now)

    @property
    def days(self) -> tuple[int, int]:
        """Whole days that are left, and days there were."""
        return days_of(self.dispute, self.now)
