"""What holders do with their passes: the server prepares and tries the transaction, the holder's wallet signs it.

Amounts are smallest units of the token. Every function raises what ``contracts.chain.preflight.check_call`` raises
where the chain would refuse it now, and ChainError where the chain does not answer.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import User
from contracts.allowances import allowance_of, approval, check_balance, wants_reset
from contracts.chain import codec
from contracts.chain.preflight import WalletCall, check_call, prepare_call
from contracts.models import Chain
from contracts.names import COIN, PASS
from marketplace.listings.finding import refuse_hidden
from marketplace.listings.models import listings_on
from marketplace.onchain.models.resale import OnchainOffer

from .errors import NoHolderError, OfferGoneError, OwnAddressError, TooFewPassesError
from .pass_state import offers_standing, passes_now


def prepare_transfer(*, user: User, chain: Chain, model_id: str, recipient: str, quantity: int) -> WalletCall:
    """Return the transaction that gives passes away. Raises OwnAddressError, NoHolderError, TooFewPassesError."""
    if recipient == user.address:
        raise OwnAddressError
    if recipient in chain.deployment.values():
        raise NoHolderError
    _check_free(user, chain, model_id, quantity)
    args: list[codec.Value] = [user.address, recipient, int(model_id, 16), quantity, "0x"]
    return prepare_call(chain, user.address, PASS, "safeTransferFrom", args)


def prepare_offer(
    *, user: User, chain: Chain, model_id: str, quantity: int, token: str, unit_price: int, deadline: int
) -> WalletCall:
    """Return the transaction that offers passes, in place of what the holder offered before.

    ``deadline`` is in seconds since 1970. Raises TooFewPassesError.
    """
    # The contract looks only when somebody accepts: an offer of what cannot move would disappoint its buyer.
    _check_free(user, chain, model_id, quantity)
    return prepare_call(chain, user.address, PASS, "offer", [int(model_id, 16), quantity, token, unit_price, deadline])


def prepare_offer_withdrawal(*, user: User, chain: Chain, model_id: str) -> WalletCall:
    """Return the transaction that takes the holder's offer back."""
    return prepare_call(chain, user.address, PASS, "withdrawOffer", [int(model_id, 16)])


def prepare_acceptance(
    *, user: User, chain: Chain, model_id: str, holder: str, quantity: int, token: str, unit_price: int
) -> WalletCall:
    """Return the transaction that buys offered passes, or, for a token, the one that first allows exactly the price.

    Where that token wants it, an allowance that is left over is taken back before. Raises OfferGoneError, also where
    the offer is not what the buyer saw, ListingHiddenError and TooLittleBalanceError.
    """
    offer = offers_standing(chain, model_id).filter(holder=holder).first()
    if offer is None or (offer.token, int(offer.unit_price)) != (token, unit_price) or offer.quantity < quantity:
        raise OfferGoneError
    if holder == user.address:
        raise OwnAddressError
    # A resale cannot be refunded, so nobody is to pay for what a moderator keeps from running.
    refuse_hidden(listings_on([(chain.pk, model_id)]).get((chain.pk, model_id)))
    price = unit_price * quantity
    if token != COIN:
        # Before anything is allowed: a permission does not help a wallet that cannot pay.
        check_balance(chain, user.address, token, price)
        allowed = allowance_of(chain, user.address, token)
        if allowed < price:
            return _approval(user, chain, token, price, allowed)
    call = WalletCall(
        chain, user.address, chain.deployment[PASS], _accept(offer, user, quantity), price if token == COIN else 0
    )
    check_call(call)
    return call


def _accept(offer: OnchainOffer, user: User, quantity: int) -> str:
    args: list[codec.Value] = [
        int(offer.model_id, 16), offer.holder, quantity, user.address, offer.token, int(offer.unit_price)
    ]  # fmt: skip
    return codec.call_data(PASS, "accept", args)


def _approval(user: User, chain: Chain, token: str, price: int, allowed: int) -> WalletCall:
    call = approval(chain, user.address, token, price)
    if wants_reset(call, allowed):
        call = approval(chain, user.address, token, 0)
    check_call(call)
    return call


def _check_free(user: User, chain: Chain, model_id: str, quantity: int) -> None:
    held = passes_now(chain, user.address, model_id)
    if quantity <= held.free:
        return
    words = {"free": held.free, "balance": held.balance}
    detail = _("You have %(balance)s passes of this model, and %(free)s of them can move now.") % words
    raise TooFewPassesError(detail, **words)
