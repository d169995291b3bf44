"""Many calls on a copy of a real chain in one request (``eth_simulateV1``): each in a block of its own, none kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.chain import codec, reverts
from contracts.chain.client import Client
from contracts.chain.events import decode_log

RICH = hex(10**45)


@dataclass(frozen=True)
class Step:
    """One call at a time, in seconds since 1970, by an account; ``value`` is wei."""

    time: int
    sender: str
    contract: str
    function: str
    args: Sequence[Any] = ()
    value: int = 0


@dataclass(frozen=True)
class Outcome:
    """What came of one step: the error's name where it was refused, else what it returned and told."""

    error: str
    returned: Any
    logs: list[tuple[str, dict[str, Any]]]

    def event(self, name: str) -> list[dict[str, Any]]:
        return [args for logged, args in self.logs if logged == name]


def simulate(rpc: Client, deployment: dict[str, str], steps: Sequence[Step]) -> list[Outcome]:
    """Do the steps one after the other, at times that rise, and return what came of each."""
    rich = {step.sender: {"balance": RICH} for step in steps}
    blocks = [
        {
            "blockOverrides": {"time": hex(step.time)},
            "calls": [
                {
                    "from": step.sender,
                    "to": deployment[step.contract],
                    "data": codec.call_data(step.contract, step.function, step.args),
                    "value": hex(step.value),
                }
            ],
        }
        for step in steps
    ]
    blocks[0]["stateOverrides"] = rich
    answers = rpc.call("eth_simulateV1", {"blockStateCalls": blocks}, "latest")
    names = {address: name for name, address in deployment.items()}
    return [_outcome(names, step, answer["calls"][0]) for step, answer in zip(steps, answers, strict=True)]


def _outcome(names: dict[str, str], step: Step, call: dict[str, Any]) -> Outcome:
    if call["status"] != "0x1":
        data = call["error"].get("data") or call["returnData"]
        return Outcome(reverts.explain(data).name or "unknown", None, [])
    logs = [decode_log(names[log["address"]], log["topics"], log["data"]) for log in call["logs"]]
    returned = codec.decode_result(step.contract, step.function, call["returnData"])
    return Outcome("", returned, [log for log in logs if log])
