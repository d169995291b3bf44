"""Money into the escrow and back, each by a transaction of the user's own wallet that was tried before.

Every function raises what ``contracts.chain.preflight.check_call`` raises where the chain would refuse it now, and
ChainError where the chain does not answer. Amounts are in the smallest unit of the token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.allowances import allowance_of, approval, check_balance, wants_reset
from contracts.chain import codec
from contracts.chain.preflight import WalletCall, check_call
from contracts.models import AcceptedToken, Chain
from contracts.names import COIN, ESCROW
from contracts.permits import permit_of, signed_parts
from inference.keys.errors import KeyOverError
from inference.keys.models import ApiKey
from marketplace.onchain.models.escrow import EscrowKey, EscrowRequest

from .errors import NoEscrowError, NothingToDrawError, PaysNothingError, SignatureRefusedError, StillWaitingError

SIGNED_FOR = timedelta(minutes=10)  # that a signature over an amount is good for
NEVER = 4_102_444_800  # 2100-01-01: the end of a key that has none, as the chain has it
FAR = datetime(9999, 12, 31, tzinfo=UTC)
MOST = 2**104 - 1  # that the escrow holds of one payer


@dataclass(frozen=True)
class Permission:
    """What is to be signed before a deposit of a token, and until when that is good, in seconds since 1970."""

    typed: Mapping[str, Any]
    deadline: int


def prepare_deposit(
    *, user: User, chain: Chain, token: str, amount: int, key: ApiKey | None = None
) -> WalletCall | Permission:
    """Return the transaction that pays in, and authorises a key where there is one; of a token, what to sign first.

    A token that has no signatures for that gets an approval instead: a transaction that has to come before.
    Raises NoEscrowError, PaysNothingError, KeyOverError, TooLittleBalanceError.
    """
    _check(chain, token, key)
    if token == COIN or not amount:
        return _tried(user, chain, *_plain(user, token, amount, key), value=amount if token == COIN else 0)
    check_balance(chain, user.address, token, amount)
    allowed = allowance_of(chain, user.address, token, ESCROW)
    if allowed >= amount:
        return _tried(user, chain, *_plain(user, token, amount, key))
    deadline = int((timezone.now() + SIGNED_FOR).timestamp())
    typed = _permit(user, chain, token, amount, deadline)
    if typed is not None:
        return Permission(typed, deadline)
    wanted = approval(chain, user.address, token, amount, ESCROW)
    call = approval(chain, user.address, token, 0, ESCROW) if wants_reset(wanted, allowed) else wanted
    check_call(call)
    return call


def prepare_signed_deposit(
    *, user: User, chain: Chain, token: str, amount: int, deadline: int, signature: str, key: ApiKey | None = None
) -> WalletCall:
    """Return the transaction that pays a token in by the signature that ``prepare_deposit`` asked for.

    Raises SignatureRefusedError, and as ``prepare_deposit``.
    """
    _check(chain, token, key)
    now = timezone.now()
    if not now.timestamp() < deadline <= (now + SIGNED_FOR).timestamp() or token == COIN:
        raise SignatureRefusedError
    # Made again and not taken from the browser, which could have had something else signed.
    parts = signed_parts(user.address, _permit(user, chain, token, amount, deadline), signature)
    if parts is None:
        raise SignatureRefusedError
    permit = dict(zip(("deadline", "v", "r", "s"), (deadline, *parts), strict=True))
    if key is None:
        return _tried(user, chain, "depositWithPermit", [user.address, token, amount, permit])
    return _tried(user, chain, "depositAndAuthoriseWithPermit", [authorisation(user, key), amount, permit])


def prepare_request(*, user: User, chain: Chain, token: str, amount: int) -> WalletCall:
    """Return the transaction that asks for so much back, in place of what was asked for; 0 takes that back."""
    _check_chain(chain)
    return _tried(user, chain, "requestWithdraw", [token, amount])


def prepare_withdrawal(*, user: User, chain: Chain, token: str) -> WalletCall:
    """Return the transaction that draws what was asked for. Raises NothingToDrawError, StillWaitingError."""
    _check_chain(chain)
    asked = EscrowRequest.objects.filter(chain=chain, payer=user.address, token=token).first()
    if asked is None or not asked.amount:
        raise NothingToDrawError
    # By the clock of the chain, which the contract goes by.
    if chain.head_time().timestamp() < asked.ready_at:
        ready_at = moment_of(asked.ready_at)
        words = {"time": date_format(ready_at, "j M Y, H:i")}
        raise StillWaitingError(_("It can be withdrawn from %(time)s UTC on.") % words, ready_at=ready_at.isoformat())
    return _tried(user, chain, "withdraw", [token])


def moment_of(seconds: int) -> datetime:
    """Return a moment as the chain counts it; the last one that there is for what lies behind it."""
    return FAR if seconds >= FAR.timestamp() else datetime.fromtimestamp(seconds, UTC)


def prepare_end(*, user: User, key: ApiKey) -> WalletCall:
    """Return the transaction that ends a key on chain as well, for ever. Raises PaysNothingError."""
    if key.chain is None or not key.pays:
        raise PaysNothingError
    _check_chain(key.chain)
    return _tried(user, key.chain, "revoke", [key.key_id])


def authorisation(user: User, key: ApiKey) -> dict[str, Any]:
    """Return what the chain is told that a key may spend: never less than it was told before, which it would refuse."""
    told = EscrowKey.objects.filter(chain=key.chain, payer=user.address, key_id=key.key_id).first()
    ends = int(key.expires_at.timestamp()) if key.expires_at else NEVER
    return {
        "payer": user.address,
        "keyId": key.key_id,
        "token": key.token,
        "ceiling": max(key.cap_total or 0, told.ceiling if told else 0),
        "validUntil": max(ends, told.valid_until if told else 0),
    }


def _plain(user: User, token: str, amount: int, key: ApiKey | None) -> tuple[str, list[Any]]:
    if key is None:
        return "deposit", [user.address, token, amount]
    return "depositAndAuthorise", [authorisation(user, key), amount]


def _permit(user: User, chain: Chain, token: str, amount: int, deadline: int) -> dict[str, Any] | None:
    spender = chain.deployment[ESCROW]
    return permit_of(chain, user.address, token, spender=spender, amount=amount, deadline=deadline)


def _check(chain: Chain, token: str, key: ApiKey | None) -> None:
    _check_chain(chain)
    if key is not None:
        if not key.pays:
            raise PaysNothingError
        if not key.is_live:
            raise KeyOverError
    if token != COIN and not AcceptedToken.objects.filter(chain=chain, address=token, accepted=True).exists():
        raise NoEscrowError


def _check_chain(chain: Chain) -> None:
    if ESCROW not in chain.deployment:
        raise NoEscrowError


def _tried(user: User, chain: Chain, function: str, args: list[Any], *, value: int = 0) -> WalletCall:
    call = WalletCall(chain, user.address, chain.deployment[ESCROW], codec.call_data(ESCROW, function, args), value)
    check_call(call)
    return call
