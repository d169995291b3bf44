"""Where a draft stands: what is left at each step, how long that takes, what listing costs, and what the chain says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from common.errors import DomainError
from contracts.chain import codec
from contracts.chain.client import client
from contracts.chain.preflight import WalletCall
from contracts.errors import ChainError
from contracts.models import Chain
from contracts.names import MARKET
from marketplace.checks.finding import Records

from .completing import CARD, CHECKS, FILES, LIST, NAME, PREVIEW, PRICE, STEPS, Completeness, look_at
from .models import Draft, Outcome, Publication
from .publishing import make_ready
from .settling import with_block

TITLES: dict[str, StrOrPromise] = {
    NAME: _("Name"),
    FILES: _("Files or a server"),
    CHECKS: _("Checks"),
    CARD: _("Card"),
    PRICE: _("Price"),
    PREVIEW: _("Preview"),
    LIST: _("Sign and list"),
}
MINUTES = {NAME: 1, FILES: 2, CHECKS: 1, CARD: 2, PRICE: 1, PREVIEW: 1, LIST: 1}  # as people took who tried
CONDITIONS = {NAME: 3, FILES: 2, CHECKS: 1, CARD: 4, PRICE: 1, PREVIEW: 1, LIST: 1}  # of a step, at least
USUAL_GAS = 650_000  # of a listing with two plans, while it cannot be tried yet
KEPT = 30  # seconds that a cost is good for
MOST_LOOKED_AT = 100  # publications of a draft: the wallet was asked at most twenty times an hour


class Stage(StrEnum):
    """Where it is on its way to the chain."""

    DRAFT = "draft"
    PREPARED = "prepared"  # a wallet was asked, and has named no transaction
    SENT = "sent"
    CONFIRMING = "confirming"
    LISTED = "listed"
    FAILED = "failed"  # reverted, replaced or dropped, or refused by the catalogue: it can be tried again


@dataclass(frozen=True)
class Step:
    """One step: ``done`` of ``of`` conditions hold, and ``left`` says what to do about the others."""

    name: str
    left: list[str]
    of: int

    @property
    def title(self) -> StrOrPromise:
        """What it is called."""
        return TITLES[self.name]

    @property
    def done(self) -> int:
        """How many of its conditions hold."""
        return self.of - len(self.left)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return not self.left

    @property
    def minutes(self) -> int:
        """How long what is left takes."""
        return MINUTES[self.name] if self.left else 0


@dataclass(frozen=True)
class Standing:
    """A draft's standing. ``confirmations`` of ``needed`` blocks have followed; ``fate`` says what failed."""

    found: Completeness
    steps: list[Step]
    stage: Stage
    publication: Publication | None = None
    confirmations: int = 0
    needed: int = 0

    @property
    def minutes(self) -> int:
        """How long all of it takes that is left."""
        return sum(step.minutes for step in self.steps)

    @property
    def is_ready(self) -> bool:
        """Whether it can be listed now."""
        return not self.found.problems

    @property
    def next_step(self) -> str:
        """The first step with something left; the last where nothing is."""
        return next((step.name for step in self.steps if step.left), LIST)

    @property
    def tx_hash(self) -> str:
        """The transaction that the wallet named last."""
        return (self.publication.tx_hashes or [""])[-1] if self.publication else ""

    @property
    def fate(self) -> str:
        """What became of a transaction that failed: reverted, replaced or dropped; or refused."""
        return (self.publication.fate or self.publication.outcome) if self.publication else ""

    @property
    def reason(self) -> str:
        """Why the catalogue refused what the chain has."""
        return self.publication.reason if self.publication else ""

    @property
    def listing(self) -> str:
        """The name under which it is listed, once it is."""
        return self.found.draft.listing if self.stage == Stage.LISTED else ""


def standing_of(draft: Draft, records: Records | None = None) -> Standing:
    """Return where a draft stands; ``records`` are of its checks, where they were read already. Asks no chain."""
    found = look_at(draft, records)
    steps = [Step(name, found.left[name], max(CONDITIONS[name], len(found.left[name]))) for name in STEPS]
    handed = with_block(draft.publications.defer("content").select_related("chain"))
    publications = list(handed.order_by("-prepared_at", "-pk")[:MOST_LOOKED_AT])
    last = next(iter(publications), None)
    if draft.published_at:
        return Standing(found, steps, Stage.LISTED, last)
    if last is None:
        return Standing(found, steps, Stage.DRAFT)
    on_chain = [each for each in publications if each.outcome == Outcome.OPEN and each.block is not None]
    if not on_chain:
        return Standing(found, steps, _stage(last), last)
    first = min(on_chain, key=lambda each: (each.block or 0, each.pk))
    chain = found.chain if found.chain and found.chain.pk == first.chain_id else first.chain
    followed = min(chain.confirmations, max(0, chain.head() - (first.block or 0)))
    return Standing(found, steps, Stage.CONFIRMING, first, followed, chain.confirmations)


def _stage(last: Publication) -> Stage:
    if last.fate or last.outcome == Outcome.REFUSED:
        return Stage.FAILED
    return Stage.SENT if last.tx_hashes else Stage.PREPARED


@dataclass(frozen=True)
class Cost:
    """What a listing costs its seller now: ``gas`` times ``price`` (wei), exact where it could be tried."""

    chain: Chain
    gas: int
    price: int
    is_exact: bool

    @property
    def wei(self) -> int:
        """All of it in the smallest unit of the chain's coin."""
        return self.gas * self.price


def cost_of(draft: Draft, chain: Chain | None, found: Completeness | None = None) -> Cost | None:
    """Return what listing costs now, asked of the node at most every half minute; None where it does not answer."""
    if chain is None:
        return None
    key = f"listing-cost:{chain.pk}:{chain.genesis_hash}:{draft.pk}:{draft.revision}:{draft.updated_at.timestamp()}"
    known: tuple[int, int, bool] | None = cache.get(key)
    if known is None:
        try:
            known = _asked(draft, chain, found)
        except ChainError:
            return None
        cache.set(key, known, KEPT)
    return Cost(chain, *known)


def _asked(draft: Draft, chain: Chain, found: Completeness | None) -> tuple[int, int, bool]:
    rpc = client(chain)
    price = rpc.quantity("eth_gasPrice")
    try:
        ready = make_ready(draft, found)
        data = codec.call_data(MARKET, ready.function, ready.args)
        call = WalletCall(chain, draft.user.address, chain.deployment[MARKET], data)
        return rpc.quantity("eth_estimateGas", call.request(), "latest"), price, True
    except DomainError:
        # It is not ready, or would be refused as it is: the usual amount says enough.
        return USUAL_GAS, price, False
