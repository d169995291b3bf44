"""Moving a seller's money: the server prepares and tries the transaction, the seller's wallet signs and sends it."""

from __future__ import annotations

from accounts.models import User
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.models import Chain
from contracts.names import COIN, SPLITTER

from .buckets import earnings_of, split_of
from .errors import BucketNotFoundError


def prepare_distribution(
    *, user: User, chain: Chain, model_id: str, split_hash: str, day: int, token: str = COIN
) -> WalletCall:
    """Return the transaction that credits a bucket to its owners: the user's own, or one that they share in.

    Raises BucketNotFoundError, RevertedError with the contract's reason, TooLittleBalanceError, RetryableChainError.
    """
    # Anybody may distribute on chain; this page helps only those whom it pays.
    earnings = earnings_of(user.address, chain)
    mine = [*earnings.buckets, *(share.bucket for share in earnings.shares)]
    wanted = (model_id, token or COIN, split_hash, day)
    found = [each for each in mine if (each.model_id, each.token, each.split_hash, each.day) == wanted]
    if not found:
        raise BucketNotFoundError
    recipients, bps = split_of(found[0], chain)
    return prepare_call(chain, user.address, SPLITTER, "distribute", [model_id, found[0].token, day, recipients, bps])


def prepare_referral_distribution(*, user: User, chain: Chain, token: str, day: int) -> WalletCall:
    """Return the transaction that credits a bucket of the user's as a referrer. Raises as the one above."""
    if not any((each.token, each.day) == (token, day) for each in earnings_of(user.address, chain).referrals):
        raise BucketNotFoundError
    return prepare_call(chain, user.address, SPLITTER, "distributeReferral", [user.address, token, day])


def prepare_withdrawal(*, user: User, chain: Chain, token: str = COIN) -> WalletCall:
    """Return the transaction that draws all of the user's credit in a currency. Raises as the one above."""
    # Without a look at our own sums, which lag: the contract knows the credit, and is asked by trying.
    return prepare_call(chain, user.address, SPLITTER, "withdraw", [token])
