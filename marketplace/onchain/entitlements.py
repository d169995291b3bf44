"""Who may run which model: derived from final blocks, never stored by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from itertools import starmap
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from django.db.models import F, Model, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from common.statements import Found, Given, Question, Statement, together
from contracts.models import Chain
from marketplace.onchain.models.listings import OnchainListing, Plan
from marketplace.onchain.models.passes import PassTransferFact
from marketplace.onchain.models.returns import PurchaseReturn, Stage
from marketplace.onchain.models.sales import PurchaseFact

Row = TypeVar("Row", bound=Model)

PERIOD = timedelta(days=30)  # the contract's own constant
STEP = ("block_number", "log_index", "model_id", "time", "quantity")  # of a purchase: the fields of a ``_Step``
AT = attrgetter("at")  # the block that ``_taken_back`` asks about


class Kind(StrEnum):
    """Why somebody may run a model, in the order of precedence."""

    OWNER = "owner"
    PASS = "pass"  # noqa: S105  no password: a pass
    SUBSCRIPTION = "subscription"
    NONE = "none"


@dataclass(frozen=True)
class Entitlement:
    """What an address holds of a model; ``until`` is when it ends, None where it does not end or is nothing."""

    kind: Kind
    until: datetime | None = None

    def __bool__(self) -> bool:
        return self.kind != Kind.NONE


def entitlement(address: str, chain: Chain, model_id: str, now: datetime | None = None) -> Entitlement:
    """Return what the chain entitles an address to at its last final block. One trip to the database."""
    return entitled(together(*entitlement_asked(address, chain, model_id)), now)


def entitlement_asked(address: str, chain: Chain, model_id: str) -> list[Question[Any]]:
    """Return the questions that ``entitled`` takes the answers of."""
    of = {"address": address.lower(), "chain": chain.pk, "model": model_id.lower()}
    return [statement().asked(**of) for statement in (_owned, _passes, _bought, _taken_back)]


def entitled(found: Sequence[Found[Any]], now: datetime | None = None) -> Entitlement:
    """Return what the answers to ``entitlement_asked`` amount to. No query."""
    owned, passes, bought, taken_back = found
    if owned:
        return Entitlement(Kind.OWNER)
    if any(came > went for came, went in passes.read):
        return Entitlement(Kind.PASS)
    steps = [*starmap(_Step, bought.read), *(step for each in taken_back for step in _steps_back(each, AT(each)))]
    until = next(iter(_ends(steps).values()), None)
    if until and until > (now or timezone.now()):
        return Entitlement(Kind.SUBSCRIPTION, until)
    return Entitlement(Kind.NONE)


def _final() -> Subquery:
    """Return the last final block of the chain that a statement is given, as ``Chain.final_block`` does."""
    # Final blocks only: what a reorganisation may still take back must not give access to compute.
    head = Coalesce("cursor__number", Greatest(F("start_block") - 1, Value(0)))
    chains = Chain.objects.order_by().filter(pk=Given("chain"))
    return Subquery(chains.annotate(final=head - F("confirmations")).values("final"))


@cache
def _owned() -> Statement[OnchainListing]:
    # In any state: sellers keep running their own model while it is paused, suspended or retired.
    own = {"chain": Given("chain"), "model_id": Given("model"), "seller": Given("address")}
    return Statement(OnchainListing.objects.only("pk").filter(**own, listed_block__lte=_final()))


@cache
def _passes() -> Statement[Any]:
    address = Given("address")
    moved: Any = PassTransferFact.objects.order_by().filter(
        Q(sender=address) | Q(recipient=address),
        chain=Given("chain"),
        model_id=Given("model"),
        block_number__lte=_final(),
    )
    return Statement(moved.values("chain").annotate(**_sums(address)).values_list("came", "went"))


@cache
def _bought() -> Statement[Any]:
    return Statement(_subscriptions(PurchaseFact, block_number__lte=_final()).values_list(*STEP))


@cache
def _taken_back() -> Statement[PurchaseReturn]:
    return Statement(_subscriptions(PurchaseReturn, taken_block__lte=_final()).annotate(at=_final()))


def _subscriptions(model: type[Row], **until: object) -> QuerySet[Row]:
    own = {"chain": Given("chain"), "recipient": Given("address"), "model_id": Given("model")}
    return model._default_manager.filter(**own, plan=Plan.SUBSCRIPTION, **until)


def _sums(address: object) -> dict[str, Sum]:
    """Return what came to an address and what went from it. A transfer to oneself is in both, and cancels out."""
    return {
        "came": Sum("quantity", filter=Q(recipient=address), default=0),
        "went": Sum("quantity", filter=Q(sender=address), default=0),
    }


def pass_balance(address: str, chain: Chain, model_id: str, block: int | None = None) -> int:
    """Return how many passes an address holds at a block, by default the last final one."""
    address = address.lower()
    moved = PassTransferFact.objects.filter(
        Q(sender=address) | Q(recipient=address),
        chain=chain,
        model_id=model_id.lower(),
        block_number__lte=chain.final_block() if block is None else block,
    ).aggregate(**_sums(address))
    return int(moved["came"] - moved["went"])


def passes_before(transfer: PassTransferFact) -> int:
    """Return how many passes of the model the sender of a transfer held just before it."""
    block, log, item = transfer.block_number, transfer.log_index, transfer.item
    # A batch moves several models' passes in one log, so block and log alone do not order its items.
    in_block = Q(log_index__lt=log) | Q(log_index=log, item__lt=item)
    moved = PassTransferFact.objects.filter(
        Q(block_number__lt=block) | Q(block_number=block) & in_block,
        chain=transfer.chain_id,
        model_id=transfer.model_id,
    ).aggregate(**_sums(transfer.sender))
    return int(moved["came"] - moved["went"])


def subscription_expiry(address: str, chain: Chain, model_id: str, block: int | None = None) -> datetime | None:
    """Return when the subscription of an address ends, as the contract counts it. None if there never was one."""
    at = chain.final_block() if block is None else block
    return _subscription_ends(address.lower(), chain, at, model_id.lower()).get(model_id.lower())


@dataclass(frozen=True)
class Holding:
    """Something that an address may run; ``giver`` is who bought it for them last, empty where they did themselves.

    ``locked_through`` is the last day, in days since 1970, on which the last pass bought cannot move; 0 without one.
    """

    chain: Chain
    model_id: str
    entitlement: Entitlement
    passes: int = 0
    giver: str = ""
    locked_through: int = 0


def holdings(address: str, chain: Chain, now: datetime | None = None, block: int | None = None) -> list[Holding]:
    """Return everything that an address has bought or been given, as of the chain's last final block, or another.

    What it sells itself is not in it. Subscriptions that have ended stay, with their end. One trip to the database,
    and the head's.
    """
    address, moment = address.lower(), now or timezone.now()
    block = chain.final_block() if block is None else block
    moved, bought, returned = _asked(address, chain, block)
    passes: dict[str, int] = defaultdict(int)
    for each in moved:
        passes[each.model_id] += each.quantity if each.recipient == address else -each.quantity
    givers, locks = _givers(bought, returned), _locks(bought, returned)
    ends = _ends(list(_subscribed(bought, returned, block)))
    held = [
        Holding(
            chain,
            model_id,
            Entitlement(Kind.PASS),
            n,
            givers.get((model_id, Plan.LASTING), ""),
            locks.get(model_id, 0),
        )
        for model_id, n in sorted(passes.items())
        if n > 0
    ]
    for model_id, end in sorted(ends.items()):
        # A pass outranks a subscription, as in ``entitlement``.
        if passes.get(model_id, 0) <= 0:
            kind = Kind.SUBSCRIPTION if end > moment else Kind.NONE
            giver = givers.get((model_id, Plan.SUBSCRIPTION), "")
            held.append(Holding(chain, model_id, Entitlement(kind, end), giver=giver))
    return held


def lock_asked(address: str, chain: Chain, model_id: str) -> Question[Any]:
    """Return the question whose one row has ``Holding.locked_through`` of a model; no row where nothing is locked."""
    return _locked().asked(address=address.lower(), chain=chain.pk, model=model_id.lower())


@cache
def _locked() -> Statement[Any]:
    own = {"chain": Given("chain"), "recipient": Given("address"), "model_id": Given("model"), "plan": Plan.LASTING}
    kept = PurchaseFact.objects.filter(**own, block_number__lte=_final()).kept()
    return Statement(kept.order_by("-maturity_day").values_list("maturity_day")[:1])


def _locks(bought: Iterable[PurchaseFact], returned: Iterable[PurchaseReturn]) -> dict[str, int]:
    """Return the last day on which passes that were bought cannot move, by model."""
    gone = {each.purchase for each in returned if not each.is_the_sellers}
    locks: dict[str, int] = {}
    for fact in bought:
        if fact.plan == Plan.LASTING and (fact.tx_hash, fact.index) not in gone:
            locks[fact.model_id] = max(fact.maturity_day, locks.get(fact.model_id, 0))
    return locks


def _asked(
    address: str, chain: Chain, block: int
) -> tuple[Sequence[PassTransferFact], Sequence[PurchaseFact], Sequence[PurchaseReturn]]:
    """Return an address's passes that moved, and the purchases for it with what was taken back of subscriptions."""
    until: dict[str, Any] = {"chain": chain, "block_number__lte": block}
    own: dict[str, Any] = {"chain": chain, "recipient": address}
    moved, bought, returned = together(
        Statement(PassTransferFact.objects.filter(Q(sender=address) | Q(recipient=address), **until)).asked(),
        Statement(PurchaseFact.objects.filter(recipient=address, **until)).asked(),
        Statement(PurchaseReturn.objects.filter(**own, taken_block__lte=block)).asked(),
    )
    return moved, bought, returned


def _subscribed(bought: Iterable[PurchaseFact], returned: Iterable[PurchaseReturn], block: int) -> Iterator[_Step]:
    """Yield what changed subscriptions, of purchases of every plan."""
    for fact in bought:
        if fact.plan == Plan.SUBSCRIPTION:
            yield _Step(fact.block_number, fact.log_index, fact.model_id, fact.time, fact.quantity)
    for each in returned:
        if each.plan == Plan.SUBSCRIPTION:
            yield from _steps_back(each, block)


def _givers(bought: Iterable[PurchaseFact], returned: Iterable[PurchaseReturn]) -> dict[tuple[str, int], str]:
    """Return who last gave what, by model and plan, of what was not taken back."""
    gone = {each.purchase for each in returned if not each.is_the_sellers}
    given = [each for each in bought if each.buyer != each.recipient and (each.tx_hash, each.index) not in gone]
    ordered = sorted(given, key=lambda each: (each.block_number, each.log_index))
    return {(each.model_id, each.plan): each.buyer for each in ordered}


class _Step(NamedTuple):
    """A change of a subscription, in the chain's order; periods that are taken back count below zero.

    ``until`` is when it ends by this change, where the contract said so: what was used of a period stays used.
    """

    block: int
    log: int
    model_id: str
    time: datetime
    periods: int
    until: datetime | None = None


def _subscription_ends(address: str, chain: Chain, block: int, model_id: str = "") -> dict[str, datetime]:
    """Return the ends of an address's subscriptions, or of one of them. Two queries.

    What is bought adds to the later of its own time and the end so far. When it ends after a refund or a dispute the
    contract says; its first version took whole periods off the end, and added them to the later of the two again.
    """
    return _ends([*_steps(address, chain, block, model_id)])


def _ends(steps: Iterable[_Step]) -> dict[str, datetime]:
    """Return the ends of subscriptions by model, of all their steps."""
    ends: dict[str, datetime] = {}
    for step in sorted(steps):
        if step.until is not None:
            ends[step.model_id] = step.until
            continue
        end = ends.get(step.model_id, step.time)
        # After a gap a subscription starts at the purchase: the contract adds to ``max(now, end)``.
        start = max(step.time, end) if step.periods > 0 else end
        ends[step.model_id] = start + step.periods * PERIOD
    return ends


def _steps(address: str, chain: Chain, block: int, model_id: str) -> Iterator[_Step]:
    own: dict[str, Any] = {"chain": chain, "recipient": address, "plan": Plan.SUBSCRIPTION}
    own |= {"model_id": model_id} if model_id else {}
    yield from starmap(_Step, PurchaseFact.objects.filter(**own, block_number__lte=block).values_list(*STEP))
    for each in PurchaseReturn.objects.filter(**own, taken_block__lte=block):
        yield from _steps_back(each, block)


def _steps_back(each: PurchaseReturn, block: int) -> Iterator[_Step]:
    at = (each.taken_block, each.taken_log, each.model_id, each.taken_at)
    yield _Step(*at, -each.quantity, each.taken_until)
    # The row says how the dispute ended, which may be later than the block that is asked about.
    if each.stage == Stage.FOR_SELLER and each.ruled_at and (each.ruled_block or 0) <= block:
        at = (each.ruled_block or 0, each.ruled_log or 0, each.model_id, each.ruled_at)
        yield _Step(*at, each.quantity, each.ruled_until)
