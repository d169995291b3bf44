"""How a batch of the timelock is tried without a vote: what has to be true of the chain's storage for it.

The timelock executes what it was told to schedule, and the governor takes orders from the timelock's batch only where
``Governor.execute`` has noted them. Two words of storage say so, at slots that OpenZeppelin's contracts have had since
they were deployed and that no proxy can move (docs/decisions/0234).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eth_utils.crypto import keccak

from contracts.chain import codec
from contracts.chain.simulated import Changed, Tried
from contracts.models import Chain
from contracts.names import DAO, TREASURY

TIMESTAMPS = 1  # the slot of TimelockController._timestamps: when an operation may be executed
GOVERNANCE_CALLS = 5  # the slot of Governor._governanceCall: a queue's ends, and after it what stands in it
READY = 2  # seconds since 1970; 1 stands for what is done
NOTHING = "0x" + "0" * 64
MOST_GAS = 15_000_000  # of a batch
# It answers with the balance of the account in its input: 32 bytes in, 32 bytes out.
BALANCE_CODE = "0x6000353160005260206000f3"
BALANCE_AT = "0x" + "0" * 32 + "ba1a9ce5"
Batch = tuple[Sequence[str], Sequence[int], Sequence[str]]


@dataclass(frozen=True)
class Rehearsal:
    """The call that executes a batch, and what has to be changed for it; ``alone`` are its actions, one by one."""

    whole: Tried
    alone: Sequence[Tried]
    changed: Changed


def rehearse(chain: Chain, batch: Batch, time: int | None) -> Rehearsal:
    """Return how a batch is tried as of ``time``, in seconds since 1970; None: the block's own."""
    targets, values, calldatas = batch
    treasury, dao = chain.deployment[TREASURY], chain.deployment[DAO]
    args = [targets, values, calldatas, NOTHING, NOTHING]
    storage = {treasury: {_of_mapping(_operation(args), TIMESTAMPS): _word(READY)}, dao: dict(_orders(dao, batch))}
    whole = Tried(dao, treasury, codec.call_data(TREASURY, "executeBatch", args), gas=MOST_GAS)
    alone = [
        Tried(treasury, to, data, value, MOST_GAS) for to, value, data in zip(targets, values, calldatas, strict=True)
    ]
    return Rehearsal(whole, alone, Changed(storage, {BALANCE_AT: BALANCE_CODE}, time))


def balance_call(account: str) -> Tried:
    """Return the call that answers with an account's coin."""
    return Tried(BALANCE_AT, BALANCE_AT, f"0x{account.removeprefix('0x'):>064}")


def _operation(args: Sequence[codec.Value]) -> bytes:
    """Return the batch's id, as ``TimelockController.hashOperationBatch`` makes it."""
    kinds = ("address[]", "uint256[]", "bytes[]", "bytes32", "bytes32")
    return keccak(codec.encode([{"type": kind} for kind in kinds], args))


def _orders(dao: str, batch: Batch) -> Iterator[tuple[str, str]]:
    """Yield the slots and words of the governor's queue of what the timelock may tell it, in the batch's order."""
    orders = [data for to, _value, data in zip(*batch, strict=True) if to == dao]
    yield _word(GOVERNANCE_CALLS), _word(len(orders) << 128)
    for place, data in enumerate(orders):
        yield _of_mapping(place.to_bytes(32), GOVERNANCE_CALLS + 1), f"0x{keccak(codec.to_bytes(data)).hex()}"


def _of_mapping(key: bytes, slot: int) -> str:
    return f"0x{keccak(key + slot.to_bytes(32)).hex()}"


def _word(number: int) -> str:
    return f"0x{number:064x}"
