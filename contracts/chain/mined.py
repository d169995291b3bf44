"""What a node has of one transaction: who sent it, whether it is in a block, and what its sender paid for that.

Events do not tell the network's fee, so it is asked for once, and kept as soon as no reorganisation can change it.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from django.core.cache import cache

from contracts.errors import ChainError, EndpointError
from contracts.models import Chain

from .client import client
from .fate import Quantity, Transaction

RECENT_SECONDS = 5  # for which an answer holds that may still change


class Spent(msgspec.Struct, rename={"gas": "gasUsed", "price": "effectiveGasPrice", "elsewhere": "l1Fee"}):
    """The receipt of a transaction. ``elsewhere`` is what a rollup charges for the chain below it."""

    status: Quantity
    gas: Quantity
    price: Quantity
    elsewhere: Quantity = "0x0"


@dataclass(frozen=True)
class Mined:
    """A transaction. Amounts are wei, ``gas`` is the most it may use.

    While it waits for a block, ``block`` is None, and so is what it used.
    """

    hash: str
    sender: str
    to: str
    value: int
    data: str
    nonce: int
    gas: int
    block: int | None = None
    succeeded: bool = False
    gas_used: int | None = None
    fee: int | None = None


_transactions: msgspec.json.Decoder[Transaction | None] = msgspec.json.Decoder(Transaction | None)
_receipts: msgspec.json.Decoder[Spent | None] = msgspec.json.Decoder(Spent | None)


def find_mined(chain: Chain, tx_hash: str, final: int) -> Mined | None:
    """Return a transaction as a node has it, None where it has none. Asked again until it is in a ``final`` block.

    Raises RetryableChainError, PermanentChainError.
    """
    # With the genesis: a local chain that was started over has other transactions.
    key = f"mined:{chain.pk}:{chain.genesis_hash}:{tx_hash}"
    kept: tuple[Mined | None] | None = cache.get(key)
    if kept is None:
        kept = (_ask(chain, tx_hash),)
        is_final = kept[0] is not None and kept[0].block is not None and kept[0].block <= final
        cache.set(key, kept, None if is_final else RECENT_SECONDS)
    return kept[0]


def known_mined(chain: Chain, tx_hash: str, final: int) -> Mined | None:
    """Return the same, None where no node answers: for pages that can do without."""
    try:
        return find_mined(chain, tx_hash, final)
    except ChainError:
        return None


def _ask(chain: Chain, tx_hash: str) -> Mined | None:
    sent, receipt = client(chain).raw(
        [("eth_getTransactionByHash", [tx_hash]), ("eth_getTransactionReceipt", [tx_hash])]
    )
    try:
        return _mined(tx_hash, _transactions.decode(sent), _receipts.decode(receipt))
    except (ValueError, RecursionError) as error:
        raise EndpointError(reason=type(error).__name__) from error


def _mined(tx_hash: str, sent: Transaction | None, spent: Spent | None) -> Mined | None:
    if sent is None:
        return None
    to, value, nonce = (sent.to or "").lower(), int(sent.value, 16), int(sent.nonce, 16)
    limit = int(sent.gas, 16)
    waiting = Mined(tx_hash, sent.sender.lower(), to, value, sent.input, nonce, limit)
    if sent.block is None or spent is None:
        return waiting
    gas = int(spent.gas, 16)
    fee = gas * int(spent.price, 16) + int(spent.elsewhere, 16)
    used = (int(sent.block, 16), int(spent.status, 16) == 1, gas, fee)
    return Mined(tx_hash, waiting.sender, to, value, sent.input, nonce, limit, *used)
