"""What a node's error means: the contract's own answer, the endpoint's trouble, or a question that nobody answers.

The code alone does not tell. Each kind of node (geth, erigon, reth, nethermind, besu, anvil, hardhat) has others for a
call that the EVM ended, and anvil's for running out of gas is the one for a node's own trouble. A contract that others
control must not be able to make an endpoint look broken: what the EVM may have ended is the contract's answer,
and what is left of the doubt blames nobody.
"""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext

from contracts.errors import (
    ChainError,
    EndpointError,
    NoMethodError,
    PermanentChainError,
    RetryableChainError,
    RevertedError,
    TooMuchError,
)

from . import reverts

REVERTED = 3  # for a call that the EVM refused, with what the contract returned
EXECUTION = -32015  # nethermind's, for whatever the EVM ended
LIMITS = (-32005, -32016, -32097, 429)  # what providers say when it was too much just now
NO_METHOD = (-32601, -32004)  # no such method; not supported
INTERNAL = -32603  # a node's own trouble, and in some also the EVM's
BATCHED = "a batch"  # stands for the method where a batch is refused as a whole
BOUNDED = {"eth_getLogs", BATCHED}  # what providers limit
EXECUTES = {"eth_call", "eth_estimateGas", "eth_simulateV1"}  # what runs a contract's code
# Providers write what they mean in prose, under codes that differ. Being asked too often is not being asked too much.
TOO_OFTEN = re.compile(r"\brate\b|too many requests|per (second|minute|day)|capacity|daily|throughput", re.IGNORECASE)
TOO_MUCH = re.compile(
    r"more than [\d,]+ (results|logs)|(block|log|logs) range|range (is )?(too|exceed|limit|large)"
    r"|limited to|too large|(response|result|reply|batch)( set)? (size|limit|is too)|query (timeout|exceeds)"
    r"|exceed\w* (the )?(max|limit|range|block)|too many (results|logs|blocks)|max(imum)? (results|block|batch)",
    re.IGNORECASE,
)
HALTED = re.compile(
    r"revert|out ?of ?gas|insufficient[_ ]gas|gas required exceeds|gas uint64 overflow|intrinsic gas"
    r"|opcode|bad ?(instruction|jump)|(invalid|illegal) ?(jump|operation|state change)|undefined instruction"
    r"|stack ?(under|over)flow|stack ?limit|stack size|EVM error|EVM halt|VM (execution )?(error|exception)"
    r"|execution (halted|aborted|failed)|write protection|static ?(call|state)|during ?static"
    r"|return data (out of bounds|buffer)|out ?of ?offset|out ?of ?funds?\b|access violation"
    r"|max (code|initcode) size|code ?size|init ?code|code store|contract (creation code|address collision)"
    r"|create ?(collision|contract)|must not begin with 0xef|precompile|call ?(too ?deep|depth)|nonce ?overflow"
    r"|insufficient balance for transfer|transaction processing could not be completed",
    re.IGNORECASE,
)
METHOD_MISSING = re.compile(
    r"method\b.*\b(not (found|supported|available|allowed|exist)|(does not|doesn't) exist|unavailable|unsupported)"
    r"|(unknown|unsupported|unrecognized) (rpc )?method",
    re.IGNORECASE,
)
HEXADECIMAL = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
MOST_NESTED = 3


def error_of(said: Any, method: str) -> ChainError:
    """Return the error that a JSON-RPC error stands for, which was the answer to a call of the method."""
    error = said if isinstance(said, dict) else {"message": said}
    code, message, data = error.get("code"), str(error.get("message", "")), error.get("data")
    if code == REVERTED or (isinstance(data, str) and "revert" in message.lower()):
        return _reverted(data, message)
    if method in EXECUTES and (code == EXECUTION or HALTED.search(message) or HALTED.search(str(data or ""))):
        return _reverted(data, message)
    if method in BOUNDED and TOO_MUCH.search(message) and not TOO_OFTEN.search(message):
        return TooMuchError(reason=message)
    if code in NO_METHOD or METHOD_MISSING.search(message):
        return NoMethodError(reason=message)
    if code in LIMITS or TOO_OFTEN.search(message):
        return EndpointError(reason=message)
    # For what runs a contract's code the doubt remains: ask again, but blame no endpoint.
    if code == INTERNAL:
        return RetryableChainError(reason=message) if method in EXECUTES else EndpointError(reason=message)
    return PermanentChainError(reason=message)


def _reverted(data: Any, message: str) -> RevertedError:
    returned = _returned(data)
    if returned in ("", "0x") and "revert" not in f"{message} {data}".lower():
        return RevertedError(_halt(message), reason=message, name="", args={})
    found = reverts.explain(returned)
    return RevertedError(found.sentence, reason=message, name=found.name, args=found.args)


def _halt(message: str) -> str:
    if re.search(r"out ?of ?gas|insufficient.gas|gas required exceeds", message, re.IGNORECASE):
        return gettext("The contract ran out of gas, and nothing was changed.")
    return gettext("The contract failed, and nothing was changed.")


def _returned(data: Any, depth: int = 0) -> str:
    """Return the bytes that a contract returned, 0x…, wherever the kind of node puts them; "" where it keeps them."""
    if isinstance(data, str):
        found = HEXADECIMAL.search(data)
        return found.group() if found else ""
    if not isinstance(data, dict) or depth == MOST_NESTED:
        return ""
    named = [data[name] for name in ("data", "result", "return") if name in data]
    return next(filter(None, (_returned(each, depth + 1) for each in named or data.values())), "")
