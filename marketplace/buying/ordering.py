"""Buying: keep the intent, check it before the wallet opens, note what the wallet says, watch what becomes of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.locks import exclusive_until_commit
from contracts.chain.client import client
from contracts.chain.preflight import WalletCall, check_call
from contracts.currencies import currency_of
from contracts.errors import ChainError, RevertedError
from contracts.names import COIN
from marketplace.listings.errors import NotForSaleError
from marketplace.listings.finding import find_listing, refuse_hidden
from marketplace.listings.gates import refuse_denied, refuse_unwelcome
from marketplace.listings.models import Listing
from marketplace.listings.offers import Offer
from marketplace.onchain.models.listings import Plan

from .errors import (
    LicenceChangedError,
    LicenceNotAcceptedError,
    OrderClosedError,
    OrderSettlingError,
    PriceMovedError,
    PromptOpenError,
    ReferrerRefusedError,
    TooManyHashesError,
    TooManyOrdersError,
)
from .giving import check_recipient
from .licences import LICENCE, accepted_licence
from .orders import GOOD_FOR, Order, Progress
from .paying import Permission, calls_before, payment_call, permission_for, proof_for
from .quotes import ask_quote
from .states import UNSENT, Outcome
from .watchers import tell_page_of, watch_order

MOST = {Plan.LASTING: 100, Plan.SUBSCRIPTION: 12}  # passes, or periods, in one order
MOST_ORDERS = 20  # of an account that could still be paid, on all chains together
MOST_HASHES = 8  # of an order: a wallet gives another one each time that it is asked to hurry
SAME_INTENT = timedelta(minutes=5)  # a second press within it is the same order
# Refusals that mean that the terms are no longer those which the buyer agreed to.
MOVED = ("PriceAboveMaximum", "TokenChanged")


def prepare_order(
    *,
    user: User,
    listing: Listing,
    plan: int,
    quantity: int,
    accept_licence: bool,
    referrer: str = COIN,
    recipient: str = COIN,
) -> Order:
    """Keep what the user is about to buy for itself, at the price that the chain quotes now.

    ``recipient`` gets the access, where it is not the user. Asking again within five minutes, at the same price, gives
    the same order. Raises LicenceNotAcceptedError, NotForSaleError (ListingHiddenError and NotOnAccessListError among
    them), RecipientRefusedError, ReferrerRefusedError, TooManyOrdersError, RevertedError, RetryableChainError.
    """
    if not accept_licence:
        raise LicenceNotAcceptedError
    offer = _offered(listing, plan, quantity)
    refuse_unwelcome(listing.name, user.address)
    if recipient != COIN:
        refuse_denied(listing.name, recipient)  # what they could not run would be no gift
    _check_people(offer, user.address, recipient, referrer)
    quote = ask_quote(offer.chain, offer.onchain.model_id, plan, quantity)
    now = timezone.now()
    intent = {
        "chain": offer.chain,
        "buyer": user.address,
        "model_id": offer.onchain.model_id,
        "plan": plan,
        "quantity": quantity,
        "token": quote.token,
        # No leeway: the buyer agreed to this price, and a higher one needs another press.
        "max_price": quote.total,
        "referrer": referrer,
        "recipient": recipient,
        "is_reusable": True,
    }
    made = {
        # Not to be guessed: the purchase that carries it is what pays the order.
        "ref": f"0x{secrets.token_hex(32)}",
        "listing_name": listing.name,
        "price": quote.total,
        "quote": quote.as_json(),
        **accepted_licence(listing, offer),
        "license_accepted_at": now,
        # Whole seconds, as the contract counts, so that the page shows the very end.
        "deadline": now.replace(microsecond=0) + GOOD_FOR,
    }
    return _keep(intent, made, now)


def _check_people(offer: Offer, buyer: str, recipient: str, referrer: str) -> None:
    """Refuse addresses that cannot be who they are given as; COIN stands for nobody."""
    if referrer != COIN and referrer in (buyer, offer.onchain.seller, recipient):
        raise ReferrerRefusedError
    if recipient != COIN:
        check_recipient(offer, buyer, recipient)
    # For its refusal alone: an account that may not buy learns it before an order is made.
    proof_for(offer.onchain, buyer)


@transaction.atomic
def _keep(intent: dict[str, Any], made: dict[str, Any], now: datetime) -> Order:
    """Return the order of this intent, made if there is none yet. One at a time of a buyer, so that the cap holds."""
    exclusive_until_commit(f"orders:{intent['buyer']}")
    same = Order.objects.filter(**intent)
    # First, because the unique constraint knows nothing of time, nor of the licence that was accepted.
    accepted = {part: made[part] for part in LICENCE}
    another = Q(created_at__lte=now - SAME_INTENT) | ~Q(**accepted)
    same.filter(another).update(is_reusable=False)
    known = same.first()
    if known:
        return known
    ends = list(Order.objects.of(intent["buyer"]).payable(now).order_by("deadline").values_list("deadline", flat=True))
    if len(ends) >= MOST_ORDERS:
        # When that one ends there is room for one more, even if the cap was higher once.
        raise _too_many(ends[len(ends) - MOST_ORDERS])
    return Order.objects.create(**intent, **made)


def _too_many(until: datetime) -> TooManyOrdersError:
    detail = _(
        "You have %(most)s orders that could still be paid, and there can be no more at once. Pay one of them, or wait "
        "until %(until)s UTC, when the next of them ends."
    )
    return TooManyOrdersError(detail % {"most": MOST_ORDERS, "until": f"{until:%H:%M}"}, until=until.isoformat())


@dataclass(frozen=True)
class Payment(WalletCall):
    """The transaction that pays an order, for the wallet's window that is named ``prompt``."""

    prompt: str = ""

    def for_wallet(self) -> dict[str, Any]:
        """Return it as the wallet script takes it."""
        return {**super().for_wallet(), "prompt": self.prompt}


@dataclass(frozen=True)
class Batch(Payment):
    """The same with what has to come before it, for a wallet that sends all of them as one or none (EIP-5792).

    ``ref`` names it: a wallet refuses a second one of that name.
    """

    before: tuple[WalletCall, ...] = ()
    ref: str = ""

    def for_wallet(self) -> dict[str, Any]:
        """Return it as the wallet script takes it."""
        calls = [{"to": each.to, "data": each.data, "value": str(each.value)} for each in (*self.before, self)]
        return {"calls": calls, "chainId": self.chain.pk, "id": self.ref, "prompt": self.prompt}


def order_again(*, user: User, ref: str) -> Order:
    """Keep the intent of an order once more, at the present price: its licence was accepted with the order before.

    Raises OrderNotFoundError, ListingNotFoundError, LicenceChangedError where it is another one by now, and as
    ``prepare_order`` does.
    """
    before = Order.objects.found(user.address, ref).order
    owner, _slash, name = before.listing_name.partition("/")
    listing = find_listing(owner, name)
    # Orders from before addresses were kept have none.
    if listing.license != before.license or before.license_url not in ("", listing.terms_url):
        raise LicenceChangedError
    return prepare_order(
        user=user,
        listing=listing,
        plan=before.plan,
        quantity=before.quantity,
        accept_licence=True,
        referrer=before.referrer,
        recipient=before.recipient,
    )


def open_order(
    *, user: User, ref: str, instead_of: str = "", signature: str = "", batch: bool = False
) -> Payment | Permission:
    """Check the order against the chain and return the transaction for the wallet, which is about to ask its person.

    For a token that may first be a permission, to be signed or sent; with its signature this is asked again. A wallet
    that takes a ``batch`` gets both at once.

    A wallet that is asked twice can pay twice. So while a prompt may be open, another is only given to who names it
    in ``instead_of``, and every prompt carries the same nonce until that is used. Raises OrderNotFoundError,
    OrderClosedError, PromptOpenError, OrderSettlingError, ListingHiddenError, GatedError, NotOnAccessListError,
    SignatureRefusedError, PriceMovedError with the new price, TooLittleBalanceError, RevertedError with the contract's
    reason, RetryableChainError.
    """
    order = _unsent(Order.objects.found(user.address, ref), instead_of)
    # Again, since a moderator may have hidden it after the order was made.
    refuse_hidden(Listing.objects.named(order.listing_name).select_related("suspension").first())
    refuse_unwelcome(order.listing_name, order.buyer)
    permission = None if signature else permission_for(order)
    if permission and not batch:
        return permission
    call = payment_call(order, signature)
    before = tuple(calls_before(order, permission)) if permission else ()
    _check(order, call, before)
    # Before the row is locked: no lock is held while a node answers.
    nonce = _nonce_of(order)
    with _locked(user, ref) as progress:
        # Again, under the lock: another tab may have been faster.
        order = _unsent(progress, instead_of)
        order.prompt, order.prompt_nonce, order.is_reusable = secrets.token_hex(16), nonce, False
        order.awaiting_since = order.awaiting_since or timezone.now()
    parts = (call.chain, call.sender, call.to, call.data, call.value, nonce, order.prompt)
    return Batch(*parts, before, order.ref) if before else Payment(*parts)


def _check(order: Order, call: WalletCall, before: Sequence[WalletCall]) -> None:
    """Find out now what the contract would refuse. Raises PriceMovedError and as ``check_call``."""
    if before:
        # The payment cannot be tried without the permission, but the contract can be asked for the price.
        quote = ask_quote(order.chain, order.model_id, order.plan, order.quantity)
        if quote.total > order.max_price or quote.token != order.token:
            raise _price_moved(order)
        check_call(before[0])
        return
    try:
        check_call(call)
    except RevertedError as error:
        raise _price_moved(order) if error.data.get("name") in MOVED else error from error


def _unsent(progress: Progress, prompt: str) -> Order:
    """Return the order if it waits to be paid and that prompt is its last. Raises OrderClosedError, PromptOpenError."""
    if progress.state not in UNSENT:
        raise OrderClosedError
    if progress.order.prompt != prompt:
        raise PromptOpenError
    return progress.order


def _nonce_of(order: Order) -> int:
    """Return the nonce for the next prompt: that of the first one, until it is used. Raises OrderSettlingError.

    What the wallet has sent since and the index does not know may pay this order, whatever its nonce.
    """
    rpc, head = client(order.chain), order.chain.head()
    # "pending" counts what waits as well; the indexed head what our pages know of.
    answers = rpc.batch([("eth_getTransactionCount", [order.buyer, block]) for block in ("pending", hex(head))])
    pending, indexed = (int(answer, 16) for answer in answers)
    if order.prompt_nonce is None:
        return pending
    free = max(order.prompt_nonce, indexed)
    if pending > free:
        raise OrderSettlingError
    return free


def mark_sent(*, user: User, ref: str, tx_hash: str) -> None:
    """Note the hash that the wallet gave. It is a hint, and stronger than an end that was noted before it.

    The chain is asked for it at once: a wallet may replace it before the next block, and its nonce tells that. The same
    hash again changes nothing. Raises OrderNotFoundError, TooManyHashesError.
    """
    with _locked(user, ref) as progress:
        order, tx_hash = progress.order, tx_hash.lower()
        if tx_hash in order.tx_hashes:
            return
        if len(order.tx_hashes) >= MOST_HASHES:
            raise TooManyHashesError
        now = timezone.now()
        order.look_at = None
        order.tx_hashes = [*order.tx_hashes, tx_hash]
        order.awaiting_since, order.sent_at = order.awaiting_since or now, order.sent_at or now
        order.outcome, order.reason, order.missing_since = Outcome.NONE, "", None
        order.is_reusable = False
    # The hash is kept, and the next block asks again.
    with suppress(ChainError):
        watch_order(order=order)


def mark_cancelled(*, user: User, ref: str, prompt: str = "") -> None:
    """Note that the user declined a prompt. What was sent, or asks them elsewhere by now, is not undone by it."""
    with _locked(user, ref) as progress:
        if progress.state in UNSENT and progress.order.prompt == prompt:
            progress.order.outcome, progress.order.is_reusable = Outcome.CANCELLED, False


@contextmanager
def _locked(user: User, ref: str) -> Iterator[Progress]:
    """Let the caller change the order while nobody else does; then save it, and tell who watches it."""
    with transaction.atomic():
        # Of the order alone: the chain's row, which is joined, would be locked for everybody.
        found = Order.objects.select_for_update(of=("self",)).found(user.address, ref)
        yield found
        found.order.save()
        tell_page_of(found.order)


def _offered(listing: Listing, plan: int, quantity: int) -> Offer:
    """Return the offer, if exactly this can be bought."""
    refuse_hidden(listing)
    if listing.purchase_refusal or listing.offer is None:
        raise NotForSaleError(listing.purchase_refusal)
    if listing.offer.plan(plan) is None:
        raise NotForSaleError(_("The seller does not offer this plan."))
    if not 1 <= quantity <= MOST[Plan(plan)]:
        raise NotForSaleError(_("The quantity has to be 1 to %(most)s.") % {"most": MOST[Plan(plan)]})
    return listing.offer


def _price_moved(order: Order) -> PriceMovedError:
    quote = ask_quote(order.chain, order.model_id, order.plan, order.quantity)
    detail = _("The price has moved from %(old)s to %(new)s. Nothing was sent; order again at the new price.")
    words = {"old": currency_of(order.chain, order.token).text(order.price), "new": quote.currency.text(quote.total)}
    return PriceMovedError(detail % words, price=str(quote.total))
