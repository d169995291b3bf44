"""A transaction that somebody's own wallet is to sign: what it is, and whether the chain would take it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from common.money import format_units
from contracts.errors import TooLittleBalanceError
from contracts.models import Chain

from . import codec
from .client import GAS_OF_OTHERS, client

USUAL_GAS = 150_000  # what is said to be needed where a balance is too small to try
HEADROOM = 2  # wallets reserve up to twice the present price of gas


@dataclass(frozen=True)
class WalletCall:
    """A call of a contract. Addresses and ``data`` are 0x text, ``value`` is wei.

    ``nonce`` is the number that the transaction is to have; None leaves it to the wallet.
    """

    chain: Chain
    sender: str
    to: str
    data: str
    value: int = 0
    nonce: int | None = None

    def request(self) -> dict[str, str]:
        """Return it as JSON-RPC names its parts."""
        parts = {"from": self.sender, "data": self.data, "value": hex(self.value)}
        # Without an address it creates a contract.
        parts |= {"to": self.to} if self.to else {}
        return parts if self.nonce is None else {**parts, "nonce": hex(self.nonce)}

    def for_wallet(self) -> dict[str, Any]:
        """Return it as the wallet script takes it; JSON has no integers of that size."""
        parts = {"to": self.to, "data": self.data, "value": str(self.value), "chainId": self.chain.pk}
        return parts if self.nonce is None else {**parts, "nonce": self.nonce}


def prepare_call(chain: Chain, sender: str, contract: str, function: str, args: Sequence[codec.Value]) -> WalletCall:
    """Return a call of one of our contracts that somebody's wallet is to sign, tried already. Raises as check_call."""
    call = WalletCall(chain, sender, chain.deployment[contract], codec.call_data(contract, function, args))
    check_call(call)
    return call


def check_call(call: WalletCall) -> int:
    """Try the call at the latest block without sending it; return what its sender needs for it in all, in wei.

    Raises RevertedError where a contract would refuse it, TooLittleBalanceError with both figures, and
    RetryableChainError where the chain does not answer.
    """
    rpc = client(call.chain)
    balance, gas_price = rpc.quantities([("eth_getBalance", [call.sender, "latest"]), ("eth_gasPrice", [])])
    usual = call.value + USUAL_GAS * gas_price * HEADROOM
    # First, because each node says in words of its own that a balance is too small.
    if balance < call.value:
        raise _too_little(call, balance, usual)
    # Bounded: a token is somebody else's code, and could keep the node busy.
    gas = rpc.quantity("eth_estimateGas", {**call.request(), "gas": hex(GAS_OF_OTHERS)}, "latest")
    needed = call.value + gas * gas_price * HEADROOM
    if balance < needed:
        raise _too_little(call, balance, needed)
    return needed


def _too_little(call: WalletCall, balance: int, needed: int) -> TooLittleBalanceError:
    detail = _("Your wallet has %(balance)s %(coin)s on %(chain)s, and this needs %(needed)s %(coin)s with its gas.")
    words = {
        "balance": format_units(balance),
        "needed": format_units(needed),
        "coin": call.chain.coin,
        "chain": call.chain.name,
    }
    return TooLittleBalanceError(detail % words, balance=str(balance), needed=str(needed))
