"""What follows for orders when blocks were indexed: their pages are told, and what was sent is looked after."""

from __future__ import annotations

from typing import Any

import structlog
from django.db import transaction

from contracts.chain.fate import Fate, Observation, observe
from contracts.errors import ChainError
from contracts.indexer.dispatch import Changes, after_batch
from contracts.indexer.hints import send_hints
from contracts.models import Chain
from marketplace.onchain.models.sales import PurchaseFact

from .orders import PAID, Order, Outcome, progress_of

log = structlog.get_logger(__name__)
DROPPED_AFTER = 5  # blocks without a trace of the transaction


def watch_orders(*, chain: Chain) -> int:
    """Look after every sent order of a chain that no event has told of; return how many were looked at.

    Running it again, or twice at once, changes nothing more. Raises RetryableChainError.
    """
    watched = list(Order.objects.to_watch(chain).select_related("chain"))
    for order in watched:
        watch_order(order=order)
    return len(watched)


def watch_order(*, order: Order) -> None:
    """Note what became of a sent transaction by the indexed head. The fact with its ref wins over all of it."""
    head = order.chain.head()
    seen = observe(order.chain, order.tx_hashes, order.buyer, order.nonce, head)
    with transaction.atomic():
        locked = Order.objects.select_for_update(of=("self",)).select_related("chain").get(pk=order.pk)
        if locked.tx_hashes != order.tx_hashes or progress_of([locked])[0].state in PAID:
            return  # it went on while the chain was asked
        before = (locked.outcome, locked.reason)
        _note(locked, seen, head)
        locked.save()
        if before != (locked.outcome, locked.reason):
            tell_page_of(locked)


def _note(order: Order, seen: Observation, head: int) -> None:
    order.nonce = order.nonce if seen.nonce is None else seen.nonce
    order.reason = seen.reason
    if seen.fate != Fate.MISSING:
        order.missing_since = None
        order.outcome = {Fate.REVERTED: Outcome.REVERTED, Fate.REPLACED: Outcome.REPLACED}.get(seen.fate, Outcome.NONE)
        return
    order.missing_since = head if order.missing_since is None else min(order.missing_since, head)
    order.outcome = Outcome.DROPPED if head - order.missing_since >= DROPPED_AFTER else Outcome.NONE


def tell_page_of(order: Order) -> None:
    transaction.on_commit(lambda: send_hints({order.group: {"type": "order.changed"}}))


@after_batch
def tell_orders_of_returns(changes: Changes) -> None:
    """Tell the groups of the orders whose buyer had a purchase of that model taken back, or ruled upon."""
    keys = [key.split(":")[1:] for key in changes.subjects if key.startswith("standing:")]
    told: dict[str, dict[str, Any]] = {}
    for model_id, buyer in keys:
        orders = Order.objects.of(buyer).filter(chain=changes.chain, model_id=model_id).exclude(tx_hashes=[])
        told |= {order.group: {"type": "order.changed"} for order in orders}
    send_hints(told)


@after_batch
def tell_orders(changes: Changes) -> None:
    """Tell the group of each order whose purchase came or went: ``order.<ref without 0x>``."""
    refs = {made.ref for made in [*changes.added, *changes.removed] if isinstance(made, PurchaseFact)}
    send_hints({f"order.{ref.removeprefix('0x')}": {"type": "order.changed"} for ref in sorted(refs)})


@after_batch
def watch_sent_orders(changes: Changes) -> None:
    """Look after what buyers have sent and no event tells of; what fails now is tried again with the next block."""
    try:
        watch_orders(chain=changes.chain)
    except ChainError as error:
        log.warning("orders were not watched", chain=changes.chain.short_name, reason=str(error.detail))
