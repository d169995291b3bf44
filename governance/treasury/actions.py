"""What anybody may do for the treasury: the server prepares and tries the transaction, a wallet signs it."""

from __future__ import annotations

from accounts.models import User
from contracts.chain import codec
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.models import Chain
from contracts.names import BONUS_POOL, FEE_VAULT
from governance.ground.errors import NoDaoError

from .bonuses import epochs_of
from .errors import NoBonusError


def prepare_release(*, user: User, chain: Chain, token: str) -> WalletCall:
    """Return the transaction that divides what the fee vault has of a token.

    Raises NoDaoError where there is no vault, and as ``prepare_call``: the vault refuses where it has nothing.
    """
    if FEE_VAULT not in chain.deployment:
        raise NoDaoError
    return prepare_call(chain, user.address, FEE_VAULT, "release", [token])


def prepare_bonus_claim(*, user: User, chain: Chain, epoch: int, model_id: str) -> WalletCall:
    """Return the transaction by which a seller draws a model's bonus of an epoch, to the wallet itself.

    Raises NoBonusError, also where the document that proves it is not at hand, and as ``prepare_call``.
    """
    found = next((each for each in epochs_of(chain) if int(each.fact.epoch) == epoch), None)
    bonuses = found.open_to(user.address) if found else []
    bonus = next((each for each in bonuses if each.model_id == model_id), None)
    if found is None or found.tree is None or bonus is None:
        raise NoBonusError
    args: list[codec.Value] = [epoch, model_id, bonus.amount, found.tree.proof_for(model_id), user.address]
    return prepare_call(chain, user.address, BONUS_POOL, "claim", args)
