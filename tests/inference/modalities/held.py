"""Engines that answer when a test lets them, behind the real door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from inference.modalities.door import Door
from inference.modalities.running import Question

from .conftest import KEY

SAID = {"classes": [{"label": "de", "share": 1.0}]}
KIND = "language"


class Held:
    """What they were asked, each question under the id of its call."""

    def __init__(self) -> None:
        self.questions: dict[str, Question] = {}

    def ask(self, name: str, kind: str, asked: Mapping[str, Any]) -> Question:
        return self.questions.setdefault(name, Question(kind, asked))

    def find(self, name: str) -> Question | None:
        return self.questions.get(name)

    def waiting(self, kind: str) -> int:
        return sum(each.told is None for each in self.questions.values())

    def is_awake(self, kind: str) -> bool:
        return kind == KIND

    def awake(self) -> list[str]:
        return [KIND]

    def close(self) -> None:
        self.answer()

    def answer(self) -> None:
        """Answer all that was asked."""
        for each in list(self.questions.values()):
            each.told = each.told or {"said": SAID}
            each.done.set()


@contextmanager
def holding(settings: Any, streams: int = 1) -> Iterator[Held]:
    """Have them where the settings look for them, with so many places."""
    held: Any = Held()
    door = Door(0, KEY, held)
    door.open()
    told = {"url": f"http://127.0.0.1:{door.server_port}/v1", "key": KEY, "streams": streams}
    settings.ENGINES = settings.ENGINES | {KIND: told}
    try:
        yield held
    finally:
        door.close()
