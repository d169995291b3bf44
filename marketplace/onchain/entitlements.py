"""Who may run which model: derived from final blocks, never stored by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import Q, Sum
from django.utils import timezone

from contracts.models import Chain
from marketplace.onchain.models.listings import OnchainListing, Plan
from marketplace.onchain.models.passes import PassTransferFact
from marketplace.onchain.models.returns import PurchaseReturn, Stage
from marketplace.onchain.models.sales import PurchaseFact

PERIOD = timedelta(days=30)  # the contract's own constant


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
    """Return what the chain entitles an address to at its last final block."""
    # Final blocks only: what a reorganisation may still take back must not give access to compute.
    address, model_id, block = address.lower(), model_id.lower(), chain.final_block()
    # In any state: sellers keep running their own model while it is paused, suspended or retired.
    if OnchainListing.objects.filter(chain=chain, model_id=model_id, seller=address, listed_block__lte=block).exists():
        return Entitlement(Kind.OWNER)
    if pass_balance(address, chain, model_id, block) > 0:
        return Entitlement(Kind.PASS)
    until = subscription_expiry(address, chain, model_id, block)
    if until and until > (now or timezone.now()):
        return Entitlement(Kind.SUBSCRIPTION, until)
    return Entitlement(Kind.NONE)


def pass_balance(address: str, chain: Chain, model_id: str, block: int | None = None) -> int:
    """Return how many passes an address holds at a block, by default the last final one."""
    address = address.lower()
    moved = PassTransferFact.objects.filter(
        Q(sender=address) | Q(recipient=address),
        chain=chain,
        model_id=model_id.lower(),
        block_number__lte=chain.final_block() if block is None else block,
    ).aggregate(
        # A transfer to oneself is in both sums, and cancels out.
        came=Sum("quantity", filter=Q(recipient=address), default=0),
        went=Sum("quantity", filter=Q(sender=address), default=0),
    )
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
    ).aggregate(
        came=Sum("quantity", filter=Q(recipient=transfer.sender), default=0),
        went=Sum("quantity", filter=Q(sender=transfer.sender), default=0),
    )
    return int(moved["came"] - moved["went"])


def subscription_expiry(address: str, chain: Chain, model_id: str, block: int | None = None) -> datetime | None:
    """Return when the subscription of an address ends, as the contract counts it. None if there never was one."""
    at = chain.final_block() if block is None else block
    return _subscription_ends(address.lower(), chain, at, model_id.lower()).get(model_id.lower())


@dataclass(frozen=True)
class Holding:
    """Something that an address may run."""

    chain: Chain
    model_id: str
    entitlement: Entitlement
    passes: int = 0


def holdings(address: str, chain: Chain, now: datetime | None = None) -> list[Holding]:
    """Return everything that an address has bought or been given, as of the chain's last final block. Four queries.

    What it sells itself is not in it. Subscriptions that have ended stay, with their end.
    """
    address, block, moment = address.lower(), chain.final_block(), now or timezone.now()
    passes: dict[str, int] = defaultdict(int)
    moved = PassTransferFact.objects.filter(
        Q(sender=address) | Q(recipient=address), chain=chain, block_number__lte=block
    )
    for model_id, recipient, quantity in moved.values_list("model_id", "recipient", "quantity"):
        passes[model_id] += quantity if recipient == address else -quantity
    ends = _subscription_ends(address, chain, block)
    held = [Holding(chain, model_id, Entitlement(Kind.PASS), n) for model_id, n in sorted(passes.items()) if n > 0]
    for model_id, end in sorted(ends.items()):
        # A pass outranks a subscription, as in ``entitlement``.
        if passes.get(model_id, 0) <= 0:
            kind = Kind.SUBSCRIPTION if end > moment else Kind.NONE
            held.append(Holding(chain, model_id, Entitlement(kind, end)))
    return held


class _Step(NamedTuple):
    """A change of a subscription, in the chain's order; periods that are taken back count below zero."""

    block: int
    log: int
    model_id: str
    time: datetime
    periods: int


def _subscription_ends(address: str, chain: Chain, block: int, model_id: str = "") -> dict[str, datetime]:
    """Return the ends of an address's subscriptions, or of one of them. Two queries.

    What is bought, or given back after a dispute, adds to the later of its own time and the end so far; what is
    refunded or disputed is taken off the end.
    """
    ends: dict[str, datetime] = {}
    for step in sorted(_steps(address, chain, block, model_id)):
        end = ends.get(step.model_id, step.time)
        # After a gap a subscription starts at the purchase: the contract adds to ``max(now, end)``.
        start = max(step.time, end) if step.periods > 0 else end
        ends[step.model_id] = start + step.periods * PERIOD
    return ends


def _steps(address: str, chain: Chain, block: int, model_id: str) -> Iterator[_Step]:
    own: dict[str, Any] = {"chain": chain, "recipient": address, "plan": Plan.SUBSCRIPTION}
    own |= {"model_id": model_id} if model_id else {}
    bought = PurchaseFact.objects.filter(**own, block_number__lte=block)
    for values in bought.values_list("block_number", "log_index", "model_id", "time", "quantity"):
        yield _Step(*values)
    for each in PurchaseReturn.objects.filter(**own, taken_block__lte=block):
        yield _Step(each.taken_block, each.taken_log, each.model_id, each.taken_at, -each.quantity)
        # The row says how the dispute ended, which may be later than the block that is asked about.
        if each.stage == Stage.FOR_SELLER and each.ruled_at and (each.ruled_block or 0) <= block:
            yield _Step(each.ruled_block or 0, each.ruled_log or 0, each.model_id, each.ruled_at, each.quantity)
