"""Moving a seller's money: the server prepares and tries the transaction, the seller's wallet signs and sends it."""

from __future__ import annotations

from accounts.models import User
from contracts.chain import codec
from contracts.chain.preflight import WalletCall, check_call
from contracts.models import Chain
from contracts.names import COIN, SPLITTER

from .buckets import buckets_of, referrals_of, shared_with, split_of
from .errors import BucketNotFoundError


def prepare_distribution(
    *, user: User, chain: Chain, model_id: str, split_hash: str, day: int, token: str = COIN
) -> WalletCall:
    """Return the transaction that credits a bucket, of the user's or shared with it, to those whom it belongs to.

    Raises BucketNotFoundError, RevertedError with the contract's reason, TooLittleBalanceError, RetryableChainError.
    """
    mine = [*buckets_of(user.address, chain), *(share.bucket for share in shared_with(user.address, chain))]
    wanted = (model_id, token or COIN, split_hash, day)
    found = [each for each in mine if (each.model_id, each.token, each.split_hash, each.day) == wanted]
    if not found:
        raise BucketNotFoundError
    recipients, bps = split_of(found[0], chain)
    return _checked(user, chain, "distribute", [model_id, found[0].token, day, recipients, bps])


def prepare_referral_distribution(*, user: User, chain: Chain, token: str, day: int) -> WalletCall:
    """Return the transaction that credits a bucket of the user's as a referrer. Raises as the one above."""
    if not any((each.token, each.day) == (token, day) for each in referrals_of(user.address, chain)):
        raise BucketNotFoundError
    return _checked(user, chain, "distributeReferral", [user.address, token, day])


def prepare_withdrawal(*, user: User, chain: Chain, token: str = COIN) -> WalletCall:
    """Return the transaction that draws all of the user's credit in a currency. Raises as the one above."""
    return _checked(user, chain, "withdraw", [token])


def _checked(user: User, chain: Chain, function: str, args: list[object]) -> WalletCall:
    data = codec.call_data(SPLITTER, function, args)
    call = WalletCall(chain, user.address, chain.deployment[SPLITTER], data)
    check_call(call)
    return call
