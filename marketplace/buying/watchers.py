"""What happens to orders after each indexed block: pages are told, and sent transactions are followed up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.chain.fate import Fate, Observation, Sent, observe, why_failed
from contracts.currencies import currency_of
from contracts.errors import ChainError, RevertedError
from contracts.indexer.dispatch import Changes, after_batch
from contracts.indexer.hints import send_hints
from contracts.models import Chain
from marketplace.onchain.models.returns import RETURNS
from marketplace.onchain.models.sales import PurchaseFact

from .orders import Order, progress_of
from .states import PAID, Outcome

log = structlog.get_logger(__name__)
DROPPED_AFTER = 5  # blocks without a trace of the transaction
MOST_A_PASS = 100  # orders, those first that were not looked at for longest
MOST_REASONS = 20  # of a pass: each is asked for by calls of its own
FRESH = timedelta(minutes=1)  # from being sent; until then it is looked at with every pass
SLOWER = 10  # then the pause is this part of its age
MOST_PAUSE = timedelta(minutes=5)
NOTED = ("nonce", "reason", "missing_since", "outcome")


def watch_orders(*, chain: Chain) -> int:
    """Look after the sent orders of a chain that no event has told of and whose turn it is; return how many.

    However many there are, a pass looks at MOST_A_PASS of them, and asks the chain in batches. Running it again, or
    twice at once, changes nothing more. Raises RetryableChainError.
    """
    due = list(Order.objects.to_watch(chain).due(timezone.now()).select_related("chain")[:MOST_A_PASS])
    _watch(chain, due)
    return len(due)


def watch_order(*, order: Order) -> None:
    """Note what became of a sent transaction by the indexed head. The fact with its ref wins over all of it."""
    _watch(order.chain, [order])


def _watch(chain: Chain, orders: Sequence[Order]) -> None:
    if not orders:
        return
    head = chain.head()
    # Before the rows are locked: a node may take seconds.
    seen = observe(chain, [Sent(order.tx_hashes, order.buyer, order.nonce) for order in orders], head)
    reasons = _reasons(chain, orders, seen)
    watched = {order.pk: (order, observed) for order, observed in zip(orders, seen, strict=True)}
    with transaction.atomic():
        # By key, so that two passes lock in one order and cannot block each other.
        rows = Order.objects.select_for_update(of=("self",)).filter(pk__in=watched).order_by("pk")
        looked, changed = [], []
        for progress in progress_of(rows.select_related("chain")):
            row, (before, observed) = progress.order, watched[progress.order.pk]
            if row.tx_hashes != before.tx_hashes or progress.state in PAID:
                continue  # it went on while the chain was asked
            known = _noted(row)
            _note(row, observed, reasons.get(row.pk, row.reason), head)
            looked.append(row)
            if _noted(row) != known:
                changed.append(row)
                tell_page_of(row)
        Order.objects.bulk_update(looked, ["look_at"])
        Order.objects.bulk_update(changed, NOTED)


def _noted(order: Order) -> list[object]:
    return [getattr(order, name) for name in NOTED]


def _reasons(chain: Chain, orders: Sequence[Order], seen: Sequence[Observation]) -> dict[int, str]:
    """Return why orders reverted, by their keys, of some that do not say so yet."""
    new = [
        (order, observed.failed)
        for order, observed in zip(orders, seen, strict=True)
        if observed.failed and order.outcome != Outcome.REVERTED
    ]
    return {order.pk: _sentence(order, why_failed(chain, failed)) for order, failed in new[:MOST_REASONS]}


def _sentence(order: Order, error: RevertedError | None) -> str:
    if error is None:
        return _("The contract refused it when its turn came; asked again, it gives no reason.")
    if error.data.get("name") != "PriceAboveMaximum":
        return str(error.detail)
    currency, amounts = currency_of(order.chain, order.token), error.data["args"]
    assert isinstance(amounts, dict)  # noqa: S101  for the type checker
    words = {"price": currency.text(amounts["price"]), "agreed": currency.text(amounts["maxPrice"])}
    return _("The price was %(price)s by then, above the %(agreed)s that was agreed to.") % words


def _note(order: Order, seen: Observation, reason: str, head: int) -> None:
    order.nonce = order.nonce if seen.nonce is None else seen.nonce
    order.reason = reason if seen.fate == Fate.REVERTED else ""
    order.look_at = _next_look(order, timezone.now())
    if seen.fate != Fate.MISSING:
        order.missing_since = None
        order.outcome = {Fate.REVERTED: Outcome.REVERTED, Fate.REPLACED: Outcome.REPLACED}.get(seen.fate, Outcome.NONE)
        return
    # The lower, because a reorganisation can take the head back.
    order.missing_since = head if order.missing_since is None else min(order.missing_since, head)
    # Not at once: another node may have what this one has not heard of yet.
    order.outcome = Outcome.DROPPED if head - order.missing_since >= DROPPED_AFTER else Outcome.NONE


def _next_look(order: Order, now: datetime) -> datetime:
    age = now - (order.sent_at or order.created_at)
    return now if age < FRESH else now + min(age / SLOWER, MOST_PAUSE)


def tell_page_of(order: Order) -> None:
    # After the commit: a page that was told sooner would read the old row.
    transaction.on_commit(lambda: send_hints({order.group: {"type": "order.changed"}}))


@after_batch
def tell_orders_of_returns(changes: Changes) -> None:
    """Tell the groups of the orders whose buyer had a purchase of that model taken back, or ruled upon."""
    keys = {tuple(key.split(":")[1:]) for key in changes.subjects if key.startswith(f"{RETURNS}:")}
    if not keys:
        return
    models, buyers = map(set, zip(*keys, strict=True))
    # One question, about a few more than are meant: every purchase changes such an aggregate.
    orders = Order.objects.filter(chain=changes.chain, buyer__in=buyers, model_id__in=models).exclude(tx_hashes=[])
    meant = (order for order in orders if (order.model_id, order.buyer) in keys)
    send_hints({order.group: {"type": "order.changed"} for order in meant})


@after_batch
def tell_orders(changes: Changes) -> None:
    """Tell the group of each order whose purchase came or went: ``order.<ref without 0x>``."""
    refs = {made.values["ref"] for made in [*changes.added, *changes.removed] if made.model is PurchaseFact}
    if refs:
        # Most of what a backfill reads was bought elsewhere, and nobody listens for it.
        ours = Order.objects.filter(ref__in=refs).only("ref").order_by("ref")
        send_hints({order.group: {"type": "order.changed"} for order in ours})


@after_batch
def watch_sent_orders(changes: Changes) -> None:
    """Follow up what buyers have sent and no event confirms yet; what fails now is retried with the next block."""
    try:
        watch_orders(chain=changes.chain)
    # A node that does not answer about orders must not stop the indexing.
    except ChainError as error:
        log.warning("orders were not watched", chain=changes.chain.short_name, reason=str(error.detail))
