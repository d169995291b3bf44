"""Looks at what has changed in the DAO since the last look, and tells whom it concerns: at final, each thing once.

Every statement is about one proposal or one vote, and about all users at once. What is told is noted in the same
transaction, so that a look that is killed goes on where it was; one that runs out of time goes on at the next.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from accounts.models import User
from accounts.notifications.making import notify_all, told_to
from common.queue import alone
from contracts.models import Chain
from governance.onchain.models.power import DelegationFact, PowerFact
from governance.onchain.models.proposals import OnchainProposal, ProposalQuerySet, VoteFact

from .finality import OVER, Final, Settled, final_of, settled
from .kinds import ENDING, MOST_REASON, OPEN, OWN, VOTED
from .models import Look, Told

BUDGET = 40.0  # seconds of one look
SOON = timedelta(days=1)
FRESH = timedelta(days=7)  # what ended longer ago is no news to anybody
MOST_VOTES = 500  # of one look
PAST_ALL = 2**62  # a place in a block that is after all of it
ORDER = ("-time", "-block_number", "-log_index")


def look(chain: Chain) -> None:
    """Tell what has become final since the last look."""
    with alone(f"look-at-dao-{chain.pk}") as is_first:
        final = final_of(chain) if is_first else None
        if final is None:
            return
        until = time.monotonic() + BUDGET
        for _told in _tell(chain, final):
            if time.monotonic() > until:
                return


def _tell(chain: Chain, final: Final) -> Iterator[int]:
    """Tell one thing after the other; yield how many were told of each."""
    state, _ = Look.objects.get_or_create(chain=chain)
    live = OnchainProposal.objects.filter(chain=chain, snapshot__lt=final.time, deadline__gte=final.time)
    live = live.exclude(canceled_at__lte=final.time).order_by("number")
    for proposal in list(_untold(live.filter(deadline__lte=final.time + SOON), ENDING.name)):
        yield _tell_all(proposal, ENDING.name, voters(proposal, has_voted=False))
    _tell_newcomers(live, state)
    for proposal in list(_untold(live, OPEN.name)):
        yield _tell_all(proposal, OPEN.name, voters(proposal))
    yield from _tell_owners(chain, final)
    yield from _tell_of_votes(chain, final, state)


@transaction.atomic
def _tell_newcomers(live: ProposalQuerySet, state: Look) -> None:
    """Tell who has signed up since the last look what the others were told is open."""
    newest = User.objects.aggregate(newest=Max("pk"))["newest"] or 0
    if newest > state.user:
        for proposal in live.filter(Exists(_told(OPEN.name))):
            notify_all(kind=OPEN.name, chosen=_rows(proposal, voters(proposal).filter(pk__gt=state.user)))
        Look.objects.filter(pk=state.pk).update(user=newest)


def name_of(proposal: OnchainProposal) -> str:
    """Return what names a proposal whatever chain is begun anew under the same id."""
    return f"{proposal.proposed_tx}/{proposal.number}"


def _told(*what: str) -> QuerySet[Told]:
    name = Concat(OuterRef("proposed_tx"), Value("/"), Cast(OuterRef("number"), CharField()))
    return Told.objects.filter(chain=OuterRef("chain"), proposal=name, what__in=what)


def _untold(proposals: ProposalQuerySet, *what: str) -> ProposalQuerySet:
    return proposals.exclude(Exists(_told(*what)))


def voters(proposal: OnchainProposal, *, has_voted: bool | None = None) -> QuerySet[User]:
    """Return the users with votes at a proposal's snapshot; those alone who have voted or have not, if it is said."""
    past = PowerFact.objects.filter(
        chain=proposal.chain_id, account=OuterRef("address"), time__lte=proposal.snapshot
    ).order_by(*ORDER)
    power: dict[str, Any] = {"power": Subquery(past.values("votes")[:1])}
    found = User.objects.annotate(**power).filter(Q(power__gt=0))
    if has_voted is None:
        return found
    cast = Exists(VoteFact.objects.filter(chain=proposal.chain_id, proposal=proposal.number, voter=OuterRef("address")))
    return found.filter(cast if has_voted else ~cast)


def _facts(proposal: OnchainProposal) -> dict[str, Any]:
    return {"number": proposal.number, "title": str(proposal.title), "deadline": proposal.deadline.isoformat()}


def _rows(proposal: OnchainProposal, users: QuerySet[User]) -> QuerySet[Any, Any]:
    return told_to(users, name_of(proposal), _facts(proposal), proposal.snapshot)


@transaction.atomic
def _tell_all(proposal: OnchainProposal, what: str, users: QuerySet[User]) -> int:
    _note(proposal, what)
    return notify_all(kind=what, chosen=_rows(proposal, users))


def _note(proposal: OnchainProposal, what: str) -> None:
    Told.objects.get_or_create(chain_id=proposal.chain_id, proposal=name_of(proposal), what=what)


def _tell_owners(chain: Chain, final: Final) -> Iterator[int]:
    """Tell proposers where their proposals have come to; the states between that were passed over meanwhile are not."""
    begun = OnchainProposal.objects.filter(chain=chain, proposed_block__lte=final.number)
    going_on = _untold(begun, *(state.name for state in OVER)).with_standing(final.time).order_by("number")
    for proposal in list(going_on):
        if found := settled(proposal, final.time):
            yield _tell_owner(proposal, found, is_news=found.since > final.time - FRESH)


@transaction.atomic
def _tell_owner(proposal: OnchainProposal, found: Settled, *, is_news: bool) -> int:
    if Told.objects.filter(chain=proposal.chain_id, proposal=name_of(proposal), what=found.state.name).exists():
        return 0
    _note(proposal, found.state.name)
    if not is_news:
        return 0
    until = found.until.isoformat() if found.until else ""
    data = {**_facts(proposal), "state": int(found.state), "until": until}
    owner = User.objects.filter(address=proposal.proposer)
    key = f"{name_of(proposal)}/{found.state.name}"
    return notify_all(kind=OWN.name, chosen=told_to(owner, key, data, found.since))


def _tell_of_votes(chain: Chain, final: Final, state: Look) -> Iterator[int]:
    """Tell of the votes that came after the last that was looked at, in the order in which they were cast."""
    recent = OnchainProposal.objects.filter(chain=chain, deadline__gt=final.time - FRESH)
    proposals = {proposal.number: proposal for proposal in recent}
    after = Q(block_number__gt=state.block_number) | Q(block_number=state.block_number, log_index__gt=state.log_index)
    votes = VoteFact.objects.filter(after, chain=chain, proposal__in=proposals, block_number__lte=final.number)
    for_others = DelegationFact.objects.filter(chain=chain, delegate=OuterRef("voter")).exclude(delegator=F("delegate"))
    found = list(votes.filter(Exists(for_others)).order_by("block_number", "log_index")[:MOST_VOTES])
    for vote in found:
        yield _tell_of_vote(proposals[vote.proposal], vote, state)
    if len(found) < MOST_VOTES:  # all that are final were looked at
        Look.objects.filter(pk=state.pk).update(block_number=final.number, log_index=PAST_ALL)


@transaction.atomic
def _tell_of_vote(proposal: OnchainProposal, vote: VoteFact, state: Look) -> int:
    Look.objects.filter(pk=state.pk).update(block_number=vote.block_number, log_index=vote.log_index)
    reason = vote.reason[:MOST_REASON]
    data = {**_facts(proposal), "delegate": vote.voter, "support": vote.support, "reason": reason}
    key = f"{name_of(proposal)}/{vote.voter}"
    return notify_all(kind=VOTED.name, chosen=told_to(represented(proposal, vote.voter), key, data, vote.time))


def represented(proposal: OnchainProposal, delegate: str) -> QuerySet[User]:
    """Return the users who had delegated to an account, not their own, at a proposal's snapshot."""
    until = DelegationFact.objects.filter(chain=proposal.chain_id, time__lte=proposal.snapshot)
    ever = until.filter(delegate=delegate).exclude(delegator=F("delegate")).values("delegator")
    last = until.filter(delegator=OuterRef("address")).order_by(*ORDER).values("delegate")[:1]
    then: dict[str, Any] = {"then": Subquery(last)}
    return User.objects.filter(address__in=ever).annotate(**then).filter(Q(then=delegate))
