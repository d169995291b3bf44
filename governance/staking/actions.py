"""What stakers do, each by a transaction of their own wallet that was tried before.

Every function raises what ``contracts.chain.preflight.check_call`` raises where the chain would refuse it now, and
ChainError where the chain does not answer. Amounts are in the smallest unit of LATTICE; None stands for all of it.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.models import Chain
from contracts.names import STAKING
from governance.ground.lattice import exactly
from governance.onchain.holdings import Holding, holdings_of

from .errors import NotEnoughError, NothingThereError, StillCoolingError


def prepare_stake(*, user: User, chain: Chain, units: int | None) -> WalletCall:
    """Return the transaction that stakes. Raises NotEnoughError and NothingThereError."""
    free = _held(user, chain).free
    amount = _within(units, free, _("You have %(have)s that is free to stake."), _("You have no LATTICE that is free."))
    return prepare_call(chain, user.address, STAKING, "stake", [amount])


def prepare_unstake(*, user: User, chain: Chain, units: int | None) -> WalletCall:
    """Return the transaction that takes a stake back, so that its cooldown begins. Raises as ``prepare_stake``."""
    staked = _held(user, chain).staked
    amount = _within(units, staked, _("You have staked %(have)s."), _("You have staked nothing."))
    return prepare_call(chain, user.address, STAKING, "unstake", [amount])


def prepare_restake(*, user: User, chain: Chain) -> WalletCall:
    """Return the transaction that stakes again all that is leaving. Raises NothingThereError."""
    _leaving(user, chain)
    return prepare_call(chain, user.address, STAKING, "restake", [])


def prepare_withdrawal(*, user: User, chain: Chain, now: datetime) -> WalletCall:
    """Return the transaction that unlocks what is leaving. Raises NothingThereError and StillCoolingError."""
    free_at = _leaving(user, chain).free_at
    if free_at and now < free_at:
        words = {"time": date_format(free_at, "j M Y, H:i")}
        detail = _("Your stake is free again on %(time)s UTC, and not before.") % words
        raise StillCoolingError(detail, free_at=free_at.isoformat())
    return prepare_call(chain, user.address, STAKING, "withdraw", [])


def prepare_claim(*, user: User, chain: Chain, recipient: str) -> WalletCall:
    """Return the transaction that draws all that was earned, to ``recipient`` or, where it is empty, the user."""
    return prepare_call(chain, user.address, STAKING, "claim", [recipient or user.address])


def _held(user: User, chain: Chain) -> Holding:
    return holdings_of(chain, [user.address])[user.address]


def _leaving(user: User, chain: Chain) -> Holding:
    held = _held(user, chain)
    if not held.leaving:
        raise NothingThereError(_("Nothing of your stake is leaving."))
    return held


def _within(units: int | None, have: int, few: str, none: str) -> int:
    if have <= 0:
        raise NothingThereError(none)
    if units is not None and units > have:
        raise NotEnoughError(few % {"have": exactly(have)}, have=str(have))
    return have if units is None else units
