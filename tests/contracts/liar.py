"""Faults that endpoints have: each is something that a provider was seen to do. Seeded, to be repeated."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from tests.waiting import take

from .node import Between

FAULTS = ("slow", "old head", "future head", "stale block", "shuffled", "missing", "rate limit", "too much", "no logs")


class Liar:
    """Makes one endpoint lie, now and then. ``may_hide`` lets it answer "no logs" for blocks that have some.

    Only one endpoint may: where two agree that there are none, that is what counts.
    """

    def __init__(self, between: Between, seed: int, may_hide: bool) -> None:
        self.random = Random(seed)  # noqa: S311  repeatable
        self.faults = [fault for fault in FAULTS if may_hide or fault != "no logs"]
        self.seen: dict[str, dict[str, Any]] = {}  # blocks as they once were, by number
        self.told: Counter[str] = Counter()
        self.chance = 0.0
        between.lie = self.change
        between.rewrite = self.rewrite

    def change(self, request: dict[str, Any], answer: Any) -> Any:
        """Return what is answered to one call."""
        method, params = request["method"], request["params"]
        if method == "eth_getBlockByNumber" and answer:
            return self._block(params[0], answer)
        if method == "eth_getLogs" and self._now("no logs"):
            return []
        return answer

    def rewrite(self, answers: Any) -> Any:
        """Return the whole answer to one HTTP request."""
        if self._now("slow"):
            take(1.2)
        if self._now("rate limit"):
            return _refusal(-32005, "Too many requests per second")
        if isinstance(answers, list) and self._now("too much"):
            return _refusal(-32005, "query returned more than 10000 results")
        if isinstance(answers, list) and self._now("shuffled"):
            self.random.shuffle(answers)
        if isinstance(answers, list) and self._now("missing"):
            answers = answers[1:]
        return answers

    def _block(self, asked: str, answer: dict[str, Any]) -> dict[str, Any] | None:
        old = self.seen.get(answer["number"])
        if asked == "latest":
            number = int(answer["number"], 16)
            if self._now("old head"):
                return self.seen.get(hex(max(0, number - self.random.randint(1, 5)))) or answer
            if self._now("future head"):
                return {**answer, "number": hex(number + 3), "hash": "0x" + "f" * 64}
        if old and old["hash"] != answer["hash"] and self._now("stale block", 0.3):
            return dict(old)
        if not old or self.random.random() < 0.5:
            self.seen[answer["number"]] = answer
        return answer

    def _now(self, fault: str, weight: float = 1.0) -> bool:
        now = fault in self.faults and self.chance > 0 and self.random.random() < self.chance * weight
        self.told[fault] += now
        return now


def _refusal(code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}
