"""One account's ballot on one proposal: its power, what became of its vote, and what it can do now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from django.db.models import CharField, JSONField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat, JSONObject
from django.utils import timezone

from accounts.models import User
from common.statements import Given, Statement
from contracts.models import Chain, Cursor, SentTransaction
from contracts.names import FAUCET
from governance.onchain.holdings import Holding, holding_parts
from governance.onchain.models.power import DelegationFact, PowerFact
from governance.onchain.models.proposals import SENTINEL, OnchainProposal, Support, VoteFact
from governance.relay.budget import A_DAY, Budget, budget_in, budget_parts
from governance.relay.messages import MOST_REASON
from governance.relay.models import Kind, SignedMessage, State
from governance.relay.refusals import refusal_sentence

HOLDING = "holding_"  # before the names of a holding's fields, in a row


class Stage(StrEnum):
    """How an account stands to a proposal."""

    NOBODY = "nobody"  # not signed in
    PENDING = "pending"
    POWERLESS = "powerless"
    OPEN = "open"
    SIGNED = "signed"
    SENT = "sent"
    COUNTED = "counted"
    REFUSED = "refused"
    EXPIRED = "expired"
    OVER = "over"


class Lack(StrEnum):
    """Why an account has no votes on a proposal."""

    UNVOTABLE = "unvotable"  # one of the protocol's own
    EMPTY = "empty"  # no LATTICE
    UNDELEGATED = "undelegated"
    DELEGATED = "delegated"  # another account votes with it
    LATE = "late"  # it came after the snapshot


@dataclass(frozen=True)
class Vote:
    """A vote on chain. ``confirmations`` is how many blocks there are after it, at most as many as make it final."""

    support: int
    reason: str
    weight: int
    tx_hash: str
    confirmations: int
    needed: int

    @property
    def word(self) -> str:
        """What it says."""
        return str(Support(self.support).label)

    @property
    def is_final(self) -> bool:
        """Whether no reorganisation takes it back."""
        return self.confirmations >= self.needed


@dataclass(frozen=True)
class Signed:
    """A ballot that waits for the relayer, or that it has carried; ``tx_hash`` is "" before that."""

    support: int
    reason: str
    state: State
    refusal: str
    tx_hash: str

    @property
    def word(self) -> str:
        """What it says."""
        return str(Support(self.support).label)

    @property
    def why(self) -> str:
        """Why it did not count, and what to do."""
        return str(refusal_sentence(self.refusal))


@dataclass(frozen=True)
class Ballot:
    """What the ballot of an account on a proposal shows. ``power`` is in the smallest unit of LATTICE."""

    proposal: OnchainProposal
    chain: Chain
    now: datetime
    account: str = ""
    power: int = 0
    holding: Holding | None = None
    delegate_then: str = ""
    vote: Vote | None = None
    signed: Signed | None = None
    budget: Budget | None = None

    most_reason = MOST_REASON
    choices = (
        (Support.FOR, Support.FOR.label),
        (Support.AGAINST, Support.AGAINST.label),
        (Support.ABSTAIN, Support.ABSTAIN.label),
    )

    @property
    def stage(self) -> Stage:
        """How the account stands to the proposal now."""
        if self.vote:
            return Stage.COUNTED
        if self.signed and self.signed.state in (State.SENT, State.COUNTED):
            return Stage.SENT
        if self.is_closed:
            known = {State.SIGNED: Stage.EXPIRED, State.EXPIRED: Stage.EXPIRED, State.REFUSED: Stage.REFUSED}
            return known.get(self.signed.state, Stage.OVER) if self.signed else Stage.OVER
        if self.now <= self.proposal.snapshot:
            return Stage.PENDING
        if not self.account:
            return Stage.NOBODY
        return self._open_stage()

    def _open_stage(self) -> Stage:
        if not self.power:
            return Stage.POWERLESS
        known = {State.SIGNED: Stage.SIGNED, State.REFUSED: Stage.REFUSED}
        return known.get(self.signed.state, Stage.OPEN) if self.signed else Stage.OPEN

    @property
    def is_closed(self) -> bool:
        """Whether nobody can vote any more."""
        return self.proposal.canceled_at is not None or self.now > self.proposal.deadline

    @property
    def may_vote(self) -> bool:
        """Whether a choice can be made now."""
        return not self.is_closed and self.stage in (Stage.OPEN, Stage.SIGNED, Stage.REFUSED)

    @property
    def chosen(self) -> int | None:
        """What was signed and can still be changed."""
        return self.signed.support if self.signed and self.stage in (Stage.SIGNED, Stage.REFUSED) else None

    @property
    def waits(self) -> bool:
        """Whether something is on its way: the page looks at every block."""
        on_its_way = self.stage in (Stage.SIGNED, Stage.SENT)
        return on_its_way or (self.vote is not None and not self.vote.is_final)

    @property
    def has_faucet(self) -> bool:
        """Whether LATTICE is given away here."""
        return FAUCET in self.chain.deployment

    @property
    def lack(self) -> Lack | None:
        """Why the account has no votes on the proposal; None where it has."""
        if self.power or self.holding is None:
            return None
        if self.holding.delegate == SENTINEL:
            return Lack.UNVOTABLE
        if not self.holding.balance:
            return Lack.EMPTY
        if not self.holding.has_delegate:
            return Lack.UNDELEGATED
        if self.delegate_then and self.delegate_then != self.account:
            return Lack.DELEGATED
        return Lack.LATE if self.holding.is_own_delegate else Lack.DELEGATED


def ballot_of(user: User | None, proposal: OnchainProposal, chain: Chain, now: datetime) -> Ballot:
    """Return the user's ballot on a proposal, at a time of the chain. One query; nobody's is read without."""
    if user is None:
        return Ballot(proposal, chain, now)
    return ballot_for(user.address, proposal, chain, now)


def ballot_for(account: str, proposal: OnchainProposal, chain: Chain, now: datetime) -> Ballot:
    """Return an account's ballot. One query."""
    given = {"chain": chain.pk, "account": account, "number": proposal.number, "snapshot": proposal.snapshot}
    (found,) = _ballots().find(**given, since=timezone.now() - A_DAY)
    row: dict[str, Any] = vars(found)
    holding = {name.removeprefix(HOLDING): value for name, value in row.items() if name.startswith(HOLDING)}
    return Ballot(
        proposal,
        chain,
        now,
        account,
        int(row["power_then"] or 0),
        Holding(account, **holding),
        row["delegate_then"] or "",
        _vote_in(row["vote"], row["head_number"] or 0, chain.confirmations),
        _signed_in(row["message"]),
        budget_in(row),
    )


@cache
def _ballots() -> Statement[Chain]:
    """Return the statement for a ballot (``chain``, ``account``, ``number``, ``snapshot``, ``since`` of the budget).

    Written once: to compose so much SQL for each page takes ten times as long as to run it.
    """
    account, number, snapshot = Given("account"), Given("number"), Given("snapshot")
    parts: dict[str, Any] = {f"{HOLDING}{name}": part for name, part in holding_parts(account).items()}
    parts |= {
        "head_number": Subquery(Cursor.objects.filter(chain=OuterRef("pk")).values("number")),
        "power_then": Subquery(_power(account, snapshot)),
        "delegate_then": Subquery(_delegate(account, snapshot)),
        "vote": Subquery(_vote(account, number), output_field=JSONField()),
        "message": Subquery(_message(account, number), output_field=JSONField()),
        **budget_parts(Given("since")),
    }
    return Statement(Chain.objects.filter(pk=Given("chain")).only("pk").annotate(**parts))


def _power(account: Given, time: Given) -> QuerySet[PowerFact, Any]:
    changes = PowerFact.objects.filter(chain=OuterRef("pk"), account=account, time__lte=time)
    return changes.order_by("-time", "-block_number", "-log_index").values("votes")[:1]


def _delegate(account: Given, time: Given) -> QuerySet[DelegationFact, Any]:
    changes = DelegationFact.objects.filter(chain=OuterRef("pk"), delegator=account, time__lte=time)
    return changes.order_by("-block_number", "-log_index").values("delegate")[:1]


def _vote(account: Given, number: Given) -> QuerySet[VoteFact, Any]:
    # Amounts as text: JSON in between knows no integers of that size.
    row = JSONObject(
        support="support", reason="reason", weight=Cast("weight", CharField()), tx_hash="tx_hash", block="block_number"
    )
    return VoteFact.objects.filter(chain=OuterRef("pk"), proposal=number, voter=account).values(row=row)[:1]


def _message(account: Given, number: Given) -> QuerySet[SignedMessage, Any]:
    name = Concat(Value("relay:"), Cast(OuterRef("carriage_id"), CharField()))
    sent = SentTransaction.objects.filter(chain=OuterRef("chain"), business_id=name).values("hash")
    row = JSONObject(support="support", reason="reason", state="state", refusal="refusal", tx_hash=Subquery(sent))
    own = SignedMessage.objects.filter(chain=OuterRef("pk"), kind=Kind.BALLOT, account=account, proposal=number)
    return own.values(row=row)[:1]


def _vote_in(row: dict[str, Any] | None, head: int, needed: int) -> Vote | None:
    if row is None:
        return None
    confirmations = max(0, min(head - row["block"], needed))
    return Vote(row["support"], row["reason"], int(row["weight"]), row["tx_hash"], confirmations, needed)


def _signed_in(row: dict[str, Any] | None) -> Signed | None:
    if row is None:
        return None
    state = State(row["state"])
    return Signed(row["support"], row["reason"], state, row["refusal"], row["tx_hash"] or "")
