"""Proposals as subjects of discussions, by their chain and number: ``anvil:12``."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from common.statements import Given, Statement
from contracts.models import Chain
from governance.onchain.models.power import DelegationFact, PowerFact
from governance.onchain.models.proposals import OnchainProposal
from marketplace.community.models import Discussion
from marketplace.community.subjects import Badge, Badges, Kind, Topic

SUBJECT = "proposal"
PROPOSER, DELEGATE = Badge(_("Proposer"), is_owner=True), Badge(_("Delegate"))
MOST_DIGITS = 18


def key_of(number: int) -> str:
    """Return the natural key of a proposal on the home chain."""
    return f"{settings.HOME_CHAIN}:{number}"


def find(key: str) -> Topic | None:
    """Return a proposal by its key; none on another chain than the DAO's. One query."""
    number = _number(key)
    if number is None:
        return None
    about = {"chain__short_name": settings.HOME_CHAIN, "number": number}
    proposal = OnchainProposal.objects.filter(**about).first()
    return topic_of(proposal) if proposal else None


def topic_of(proposal: OnchainProposal) -> Topic:
    """Return a proposal as what is discussed."""
    names = [proposal.number]
    return Topic(
        subject=SUBJECT,
        key=key_of(proposal.number),
        title=now("Proposal %(number)d: %(title)s") % {"number": proposal.number, "title": proposal.title},
        path=reverse("proposal", args=names),
        discussion=reverse("proposal-discussion", args=names),
        feed=reverse("proposal-discussion-feed", args=names),
        api=f"/api/v1/governance/proposals/{proposal.number}/discussion",
        owners=frozenset({proposal.proposer}),
        owner_badge=PROPOSER,
        crumbs=[
            (reverse("dao"), _("DAO")),
            (reverse("proposal", args=names), now("Proposal %(number)d") % {"number": proposal.number}),
        ],
    )


def path(key: str) -> tuple[str, str]:
    """Return what a proposal is called in a list, and the path of its discussion."""
    number = _number(key)
    if number is None:
        return key, ""
    return now("Proposal %(number)d") % {"number": number}, reverse("proposal-discussion", args=[number])


def _number(key: str) -> int | None:
    chain, _mark, number = key.partition(":")
    is_ours = chain == settings.HOME_CHAIN and number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS
    return int(number) if is_ours else None


def badges(topic: Topic, addresses: Collection[str]) -> Badges:
    """Say who of some addresses held others' votes at the proposal's snapshot. Two queries."""
    about: dict[str, Any] = {"chain__short_name": settings.HOME_CHAIN, "number": _number(topic.key)}
    snapshot = OnchainProposal.objects.filter(**about).values_list("snapshot", flat=True).first()
    until = DelegationFact.objects.filter(chain__short_name=settings.HOME_CHAIN, time__lte=snapshot)
    ever = until.filter(delegate__in=addresses).exclude(delegator=F("delegate"))
    last = until.filter(delegator=OuterRef("delegator")).order_by("-time", "-block_number", "-log_index")
    then: dict[str, Any] = {"then": Subquery(last.values("delegate")[:1])}
    held = ever.annotate(**then).filter(Q(then=F("delegate")))
    return {address: [DELEGATE] for address in held.values_list("delegate", flat=True)}


@cache
def discussions() -> Statement[Discussion]:
    """Return the statement for how many comments the discussion of a proposal (``key``) shows."""
    rows: Any = Discussion.objects.filter(subject=SUBJECT, key=Given("key"))
    return Statement(rows.values_list("comments"))


def holds_lattice(address: str) -> bool:
    """Say whether an address has votes now. One query."""
    chain = Chain.objects.filter(short_name=settings.HOME_CHAIN).first()
    if chain is None:
        return False
    last = PowerFact.objects.filter(chain=chain, account=address).order_by("-time", "-block_number", "-log_index")
    return bool(last.values_list("votes", flat=True).first())


KIND = Kind(SUBJECT, path, find, badges)
