"""What became of transactions that other people's wallets sent, where no event of ours says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypeVar

import msgspec

from contracts.errors import EndpointError, PermanentChainError, RevertedError
from contracts.models import Chain

from .client import Call, client

Quantity = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-fA-F]{1,64}$")]
T = TypeVar("T")


class Transaction(msgspec.Struct, rename={"sender": "from", "block": "blockNumber"}):
    """A transaction as a node gives it; ``block`` is None while it waits in the pool."""

    sender: str
    to: str | None
    input: str
    value: Quantity
    gas: Quantity
    nonce: Quantity
    block: Quantity | None


class Receipt(msgspec.Struct):
    """What a node says of a transaction that is in a block."""

    status: Quantity


_transactions: msgspec.json.Decoder[Transaction | None] = msgspec.json.Decoder(Transaction | None)
_receipts: msgspec.json.Decoder[Receipt | None] = msgspec.json.Decoder(Receipt | None)


class Fate(StrEnum):
    """The end of a transaction, as far as the chain knows it."""

    PENDING = "pending"  # it may still come, or has come and is not indexed yet
    REVERTED = "reverted"
    REPLACED = "replaced"  # its sender has used its nonce for another one
    MISSING = "missing"  # no block has it, and the endpoint's pool neither


@dataclass(frozen=True)
class Sent:
    """What a wallet says that it sent: one transaction of ``sender``, under one of ``hashes``.

    ``nonce`` is its number, None until it was seen.
    """

    hashes: Sequence[str]
    sender: str
    nonce: int | None = None


@dataclass(frozen=True)
class Observation:
    """``nonce`` is None until the transaction was seen; ``failed`` is the one that reverted."""

    fate: Fate
    nonce: int | None = None
    failed: Transaction | None = None


def observe(chain: Chain, watched: Sequence[Sent], head: int) -> list[Observation]:
    """Return what became of each by the block ``head``, in three batches whatever their number: of nonces, of
    transactions, and of the receipts of what is in a block.

    Hashes are only hints: what happened under another hash is for events to tell.
    """
    rpc = client(chain)
    senders = sorted({each.sender for each in watched})
    hashes = sorted({given for each in watched for given in each.hashes})
    # At the indexed head: by a later block the event may exist that we have not read yet.
    counts = rpc.quantities([("eth_getTransactionCount", [sender, hex(head)]) for sender in senders])
    used = dict(zip(senders, counts, strict=True))
    answers = rpc.ask([("eth_getTransactionByHash", [given]) for given in hashes], _transaction)
    found = {given: answer for given, answer in zip(hashes, answers, strict=True) if answer}
    mined = [given for given, answer in found.items() if not _is_open(answer, head)]
    asked: list[Call] = [("eth_getTransactionReceipt", [given]) for given in mined]
    receipts = rpc.ask(asked, _receipt) if asked else []
    failed = {given for given, receipt in zip(mined, receipts, strict=True) if receipt and not int(receipt.status, 16)}
    return [_observed(each, used[each.sender], found, failed, head) for each in watched]


def why_failed(chain: Chain, failed: Transaction) -> RevertedError | None:
    """Return why a transaction reverted, by asking the same again where it happened: before its block, then after.

    None where it gives no reason any more. Raises RetryableChainError.
    """
    request = {"from": failed.sender, "to": failed.to, "data": failed.input, "value": failed.value, "gas": failed.gas}
    block = int(failed.block or "0x1", 16)
    # Nobody can be asked about the middle of a block, where it failed: these are the nearest.
    for number in (block - 1, block):
        try:
            client(chain).call("eth_call", request, hex(number))
        except RevertedError as error:
            return error
        except PermanentChainError:
            continue
    return None


def _observed(sent: Sent, used: int, found: Mapping[str, Transaction], failed: set[str], head: int) -> Observation:
    known = [found[given] for given in sent.hashes if given in found]
    own = [answer for answer in known if answer.sender.lower() == sent.sender]  # not what others send for it
    nonce = int(own[-1].nonce, 16) if own else sent.nonce
    # Any of them: a wallet that was asked to hurry sent several, and one may still be mined.
    if any(_is_open(answer, head) for answer in known):
        return Observation(Fate.PENDING, nonce)
    if last := next(_failed(sent, found, failed), None):
        return Observation(Fate.REVERTED, nonce, last)
    return Observation(Fate.REPLACED if nonce is not None and used > nonce else Fate.MISSING, nonce)


def _failed(sent: Sent, found: Mapping[str, Transaction], failed: set[str]) -> Iterator[Transaction]:
    """Yield what reverted of it, the last that the wallet named first."""
    return (found[given] for given in reversed(sent.hashes) if given in failed)


def _is_open(transaction: Transaction, head: int) -> bool:
    """Whether it waits in the pool, or is in a block that is not indexed yet."""
    return transaction.block is None or int(transaction.block, 16) > head


def _transaction(answer: msgspec.Raw) -> Transaction | None:
    return _read(_transactions, answer)


def _receipt(answer: msgspec.Raw) -> Receipt | None:
    return _read(_receipts, answer)


def _read(decoder: msgspec.json.Decoder[T], answer: msgspec.Raw) -> T:
    try:
        return decoder.decode(answer)
    except (ValueError, RecursionError) as error:
        raise EndpointError(reason=type(error).__name__) from error
