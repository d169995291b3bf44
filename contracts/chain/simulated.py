"""Calls tried one after the other on a chain's state, without being sent: ``eth_simulateV1``.

What one call changes holds for the next, and is forgotten afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from contracts.errors import ChainError, EndpointError
from contracts.models import Chain

from .client import Client, block_tag
from .refusals import REVERTED, error_of

METHOD = "eth_simulateV1"
SECONDS = 6  # a page waits for it


@dataclass(frozen=True)
class Tried:
    """A call that is to be tried; ``gas`` is the most that it may use."""

    sender: str
    to: str
    data: str
    value: int = 0
    gas: int = 100_000

    def request(self) -> dict[str, str]:
        """Return it as JSON-RPC names its parts."""
        parts = {"from": self.sender, "to": self.to, "data": self.data}
        return {**parts, "value": hex(self.value), "gas": hex(self.gas)}


@dataclass(frozen=True)
class Came:
    """What came of a call: what it returned, the gas that it took, its logs, or the ``error`` that it ended with."""

    returned: str
    gas: int
    logs: Sequence[Mapping[str, Any]] = ()
    error: ChainError | None = None


@dataclass(frozen=True)
class Changed:
    """A chain's state as it is to be: words of accounts' storage by account and slot, code by account, the time."""

    storage: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)
    time: int | None = None

    def request(self) -> dict[str, Any]:
        """Return it as JSON-RPC names its parts."""
        accounts: dict[str, dict[str, Any]] = {place: {"stateDiff": dict(kept)} for place, kept in self.storage.items()}
        for place, code in self.code.items():
            accounts.setdefault(place, {})["code"] = code
        asked: dict[str, Any] = {"stateOverrides": accounts}
        return asked if self.time is None else {**asked, "blockOverrides": {"time": hex(self.time)}}


def try_calls(chain: Chain, block: str, calls: Sequence[Tried], changed: Changed) -> list[Came]:
    """Try calls on the state of a block, named by its hash; return what came of each.

    Raises NoMethodError where the chain's endpoints cannot, RetryableChainError where none answers, and
    PermanentChainError where they refuse all of it.
    """
    asked = {**changed.request(), "calls": [call.request() for call in calls]}
    request = {"blockStateCalls": [asked], "validation": False, "traceTransfers": False}
    answer = _client(tuple(chain.endpoints)).call(METHOD, request, block_tag(block))
    try:
        came = [_came(each) for each in answer[0]["calls"]]
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise EndpointError(reason=f"{METHOD}: {type(error).__name__}") from error
    if len(came) != len(calls):
        raise EndpointError(reason=f"{METHOD}: {len(came)} answers to {len(calls)} calls")
    return came


def _came(said: Mapping[str, Any]) -> Came:
    returned, gas = str(said.get("returnData") or "0x"), int(said["gasUsed"], 16)
    if int(said["status"], 16):
        return Came(returned, gas, said.get("logs") or ())
    # Some nodes leave the revert's bytes in ``returnData``, others put them into the error.
    error = {"code": REVERTED, **(said.get("error") or {})}
    if not error.get("data"):
        error["data"] = returned
    return Came(returned, gas, error=error_of(error, METHOD))


@lru_cache
def _client(urls: tuple[str, ...]) -> Client:
    return Client(urls, SECONDS)
