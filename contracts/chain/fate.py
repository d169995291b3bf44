"""What became of transactions that other people's wallets sent, where no event of ours tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contracts.errors import PermanentChainError, RevertedError
from contracts.models import Chain

from .client import Call, client

Transaction = Mapping[str, Any]


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
    """Return what became of each by the block ``head``, in two batches whatever their number: one that asks for
    transactions and nonces, and one for the receipts of what is in a block.

    Hashes are only hints: what happened under another hash is for events to tell.
    """
    rpc = client(chain)
    senders = sorted({each.sender for each in watched})
    hashes = sorted({given for each in watched for given in each.hashes})
    calls: list[Call] = [("eth_getTransactionCount", [sender, hex(head)]) for sender in senders]
    answers = rpc.batch([*calls, *(("eth_getTransactionByHash", [given]) for given in hashes)])
    used = {sender: int(count, 16) for sender, count in zip(senders, answers, strict=False)}
    found = {given: answer for given, answer in zip(hashes, answers[len(senders) :], strict=True) if answer}
    mined = [given for given, answer in found.items() if not _is_open(answer, head)]
    receipts = rpc.batch([("eth_getTransactionReceipt", [given]) for given in mined]) if mined else []
    failed = {given for given, receipt in zip(mined, receipts, strict=True) if receipt and receipt["status"] == "0x0"}
    return [_observed(each, used[each.sender], found, failed, head) for each in watched]


def why_failed(chain: Chain, failed: Transaction) -> RevertedError | None:
    """Return why a transaction reverted, by asking the same again where it happened: before its block, then after.

    None where it gives no reason any more. Raises RetryableChainError.
    """
    request = {"from": failed["from"], "to": failed["to"], "data": failed["input"], "value": failed["value"]}
    for number in (int(failed["blockNumber"], 16) - 1, int(failed["blockNumber"], 16)):
        try:
            client(chain).call("eth_call", request | {"gas": failed["gas"]}, hex(number))
        except RevertedError as error:
            return error
        except PermanentChainError:
            continue
    return None


def _observed(sent: Sent, used: int, found: Mapping[str, Transaction], failed: set[str], head: int) -> Observation:
    known = [found[given] for given in sent.hashes if given in found]
    own = [answer for answer in known if answer["from"].lower() == sent.sender]  # not what others send for it
    nonce = int(own[-1]["nonce"], 16) if own else sent.nonce
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
    return transaction["blockNumber"] is None or int(transaction["blockNumber"], 16) > head
