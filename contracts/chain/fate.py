"""What became of a transaction that somebody else's wallet sent, where no event of ours tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from contracts.errors import PermanentChainError, RevertedError
from contracts.models import Chain

from .client import Call, Client, client

Answer = dict[str, Any] | None


class Fate(StrEnum):
    """The end of a transaction, as far as the chain knows it."""

    PENDING = "pending"  # it may still come, or has come and is not indexed yet
    REVERTED = "reverted"
    REPLACED = "replaced"  # its sender has used its nonce for another one
    MISSING = "missing"  # no block has it, and the endpoint's pool neither


@dataclass(frozen=True)
class Observation:
    """``reason`` is a sentence, for what reverted; ``nonce`` is None until the transaction was seen."""

    fate: Fate
    reason: str = ""
    nonce: int | None = None


def observe(chain: Chain, hashes: Sequence[str], sender: str, nonce: int | None, head: int) -> Observation:
    """Return what became of the transactions with these hashes, of which one was to happen, by the block ``head``.

    Hashes are only hints: what happened under another hash is for events to tell.
    """
    rpc = client(chain)
    calls: list[Call] = [("eth_getTransactionCount", [sender, hex(head)])]
    calls += [("eth_getTransactionReceipt", [each]) for each in hashes]
    calls += [("eth_getTransactionByHash", [each]) for each in hashes]
    count, *answers = rpc.batch(calls)
    receipts, found = answers[: len(hashes)], answers[len(hashes) :]
    own = [answer for answer in found if answer and answer["from"].lower() == sender]  # not what others send for it
    nonce = int(own[-1]["nonce"], 16) if own else nonce
    if any(_is_open(answer, head) for answer in found if answer):
        return Observation(Fate.PENDING, nonce=nonce)
    failed = [receipt for receipt in receipts if receipt and receipt["status"] == "0x0"]
    if failed:
        return Observation(Fate.REVERTED, _reason(rpc, failed[-1], found), nonce)
    used = nonce is not None and int(count, 16) > nonce
    return Observation(Fate.REPLACED if used else Fate.MISSING, nonce=nonce)


def _is_open(transaction: dict[str, Any], head: int) -> bool:
    """Whether it waits in the pool, or is in a block that is not indexed yet."""
    return transaction["blockNumber"] is None or int(transaction["blockNumber"], 16) > head


def _reason(rpc: Client, receipt: dict[str, Any], found: Sequence[Answer]) -> str:
    """Return why it reverted, by asking the same again where it happened: before its block, then after."""
    sent = next(each for each in found if each and each["hash"] == receipt["transactionHash"])
    request = {"from": sent["from"], "to": sent["to"], "data": sent["input"], "value": sent["value"]}
    block = int(receipt["blockNumber"], 16)
    for number in (block - 1, block):
        try:
            rpc.call("eth_call", request | {"gas": sent["gas"]}, hex(number))
        except RevertedError as error:
            return str(error.detail)
        except PermanentChainError:
            continue
    return _("The contract refused it when its turn came; asked again, it gives no reason.")
