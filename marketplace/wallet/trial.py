"""A call tried at the latest block without being sent: what it costs, or why the chain would refuse it."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.chain import codec
from contracts.chain.client import GAS_OF_OTHERS, client
from contracts.chain.preflight import USUAL_GAS, WalletCall
from contracts.currencies import ERC20
from contracts.errors import PermanentChainError, RetryableChainError
from contracts.models import Chain


@dataclass(frozen=True)
class Trial:
    """What came of it: ``balance`` and ``fee`` in wei, ``gas`` in units; ``refused`` where it would fail.

    Where it was not tried, because the balance is below what is sent along, the fee is that of a usual call.
    """

    block: int
    balance: int
    fee: int
    gas: int | None = None
    refused: PermanentChainError | None = None

    def missing(self, value: int) -> int:
        """How much too little the account has for what is sent along and the fee, in wei; 0 where it has enough."""
        return max(0, value + self.fee - self.balance)


def tried(call: WalletCall) -> Trial:
    """Try a call. Raises RetryableChainError where the chain does not answer."""
    rpc = client(call.chain)
    asked = [("eth_blockNumber", []), ("eth_getBalance", [call.sender, "latest"]), ("eth_gasPrice", [])]
    block, balance, price = rpc.quantities(asked)
    if balance < call.value:
        return Trial(block, balance, USUAL_GAS * price)
    try:
        gas = rpc.quantity("eth_estimateGas", {**call.request(), "gas": hex(GAS_OF_OTHERS)}, "latest")
    except PermanentChainError as error:
        return Trial(block, balance, USUAL_GAS * price, refused=error)
    return Trial(block, balance, gas * price, gas)


def token_balance(chain: Chain, token: str, account: str) -> int | None:
    """Return what an account has of a token; None where the token does not tell."""
    try:
        answer = client(chain).eth_call(token, codec.call_data(ERC20, "balanceOf", [account]), gas=GAS_OF_OTHERS)
        return int(codec.decode_result(ERC20, "balanceOf", answer))
    except RetryableChainError:
        raise
    except PermanentChainError:
        return None


def is_registered(chain: Chain, name: str, address: str) -> bool:
    """Say whether the Registry on chain names this address under the name. Raises RetryableChainError."""
    registry = chain.deployment.get("Registry")
    if not registry:
        return False
    data = codec.call_data("Registry", "addressOf", [f"0x{name.encode().hex():0<64}"])
    try:
        found = codec.decode_result("Registry", "addressOf", client(chain).eth_call(registry, data))
    except RetryableChainError:
        raise
    except PermanentChainError:
        return False
    return bool(found == address)
