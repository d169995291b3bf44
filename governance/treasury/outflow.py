"""What left the treasury, each payment with the proposal that made it; and what waits in the timelock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from common.pages import KeysetChain, Page, SortOrder, bounded_int
from contracts.models import Chain
from governance.calls.reading import read
from governance.calls.records import Records
from governance.calls.words import Scene, sentence
from governance.onchain.models.proposals import GRACE, OnchainProposal
from governance.onchain.models.treasury import SpendingFact

A_PAGE = 10
MOST_WORDS = 3  # sentences of a payment
NEWEST_FIRST = SortOrder("newest", F("block_number"), descending=True, parse=bounded_int)


@dataclass(frozen=True)
class Waiting:
    """A proposal whose batch waits in the timelock."""

    proposal: OnchainProposal
    now: datetime

    @property
    def is_ready(self) -> bool:
        """Whether anybody can execute it."""
        return self.proposal.eta is not None and self.proposal.eta <= self.now

    @property
    def expires(self) -> datetime | None:
        """When it cannot be executed any more."""
        return self.proposal.eta + GRACE if self.proposal.eta else None


def spendings(chain: Chain, cursor: str = "", limit: int = A_PAGE) -> Page[SpendingFact]:
    """Return a page of what left, the newest first, each with ``proposal``: number and description. One query.

    Raises CursorError.
    """
    made = OnchainProposal.objects.filter(chain=OuterRef("chain"), executed_tx=OuterRef("tx_hash"))
    shown = JSONObject(**{name: name for name in ("number", "description", "targets", "values", "calldatas")})
    facts: QuerySet[Any] = SpendingFact.objects.filter(chain=chain).annotate(by=Subquery(made.values(row=shown)[:1]))
    chained: KeysetChain[SpendingFact] = KeysetChain([(facts, NEWEST_FIRST)], limit=limit, cursor=cursor)
    return chained.page(chained.read())


def title_of(fact: SpendingFact) -> OnchainProposal | None:
    """Return the proposal that made a payment, with its number and title alone."""
    by = getattr(fact, "by", None)
    return OnchainProposal(number=by["number"], description=by["description"]) if by else None


def words_of(facts: Sequence[SpendingFact], chain: Chain) -> list[list[str]]:
    """Return, for each payment, what its proposal says of that asset, a sentence each. One query for all, if any."""
    scene = Scene(Records(chain))
    return [_words(fact, scene) for fact in facts]


def _words(fact: SpendingFact, scene: Scene) -> list[str]:
    by = getattr(fact, "by", None) or {"targets": [], "values": [], "calldatas": []}
    batch = zip(by["targets"], by["values"], by["calldatas"], strict=False)
    # Payments alone: what else a batch does is said on its proposal's page, and may need to be looked up.
    calls = (read(scene.records.chain, to, int(value), data) for to, value, data in batch)
    said = (sentence(scene, call) for call in calls if call.is_plain or call.function in ("transfer", "notify"))
    return [each.title for each in said if each.payment and each.payment.asset == fact.asset][:MOST_WORDS]


def waiting_in(chain: Chain, now: datetime) -> list[Waiting]:
    """Return what waits in the timelock, the first to be due first. One query."""
    queued = OnchainProposal.objects.filter(chain=chain, eta__gte=now - GRACE)
    queued = queued.filter(executed_at=None, canceled_at=None).order_by("eta", "number")
    return [Waiting(each, now) for each in queued]
