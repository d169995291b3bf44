"""Who may run what: derived from final blocks, never stored by hand (terms.md: OWNER, PASS, SUBSCRIPTION)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Q, Sum
from django.utils import timezone

from contracts.models import Chain

from .onchain import OnchainListing, PassTransferFact, Plan, PurchaseFact

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
    address, model_id, block = address.lower(), model_id.lower(), chain.final_block()
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
        came=Sum("quantity", filter=Q(recipient=address), default=0),
        went=Sum("quantity", filter=Q(sender=address), default=0),
    )
    return int(moved["came"] - moved["went"])


def passes_before(transfer: PassTransferFact) -> int:
    """Return how many passes of the model the sender of a transfer held just before it."""
    block, log, item = transfer.block_number, transfer.log_index, transfer.item
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
    """Return when the subscription of an address ends, as the contract counts it: each purchase adds to the later of
    its own time and the end so far. None if there never was one.
    """
    bought = (
        PurchaseFact.objects.filter(
            chain=chain,
            model_id=model_id.lower(),
            recipient=address.lower(),
            plan=Plan.SUBSCRIPTION,
            block_number__lte=chain.final_block() if block is None else block,
        )
        .order_by("block_number", "log_index")
        .values_list("time", "quantity")
    )
    end: datetime | None = None
    for time, periods in bought:
        end = max(time, end or time) + periods * PERIOD
    return end


@dataclass(frozen=True)
class Holding:
    """Something that an address may run."""

    chain: Chain
    model_id: str
    entitlement: Entitlement
    passes: int = 0


def holdings(address: str, chain: Chain, now: datetime | None = None) -> list[Holding]:
    """Return everything that an address has bought or been given, as of the chain's last final block. Three queries.

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
        if passes.get(model_id, 0) <= 0:
            kind = Kind.SUBSCRIPTION if end > moment else Kind.NONE
            held.append(Holding(chain, model_id, Entitlement(kind, end)))
    return held


def _subscription_ends(address: str, chain: Chain, block: int) -> dict[str, datetime]:
    bought = PurchaseFact.objects.filter(
        chain=chain, recipient=address, plan=Plan.SUBSCRIPTION, block_number__lte=block
    ).order_by("block_number", "log_index")
    ends: dict[str, datetime] = {}
    for model_id, time, periods in bought.values_list("model_id", "time", "quantity"):
        ends[model_id] = max(time, ends.get(model_id, time)) + periods * PERIOD
    return ends
