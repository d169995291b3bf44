"""Writes answers of OpenAI's protocol: whole, or piece by piece, with ``delta.role`` first.

Some of its clients put an answer together from its pieces, and need id, object, created, model and index in each, and
the reason why it ended.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from common.embeddings import Vector
from inference.answers import Delta

DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True)
class Form:
    """What all pieces of an answer have in common; ``is_chat``: it is a message, and not a text that goes on."""

    id: str
    model: str
    created: int
    is_chat: bool = True
    provider: str = ""  # the upstream that answers

    @property
    def _same(self) -> dict[str, Any]:
        return {"created": self.created, "model": self.model, **({"provider": self.provider} if self.provider else {})}

    def piece(self, choices: list[dict[str, Any]], **more: Any) -> bytes:
        """Return one event of a stream."""
        kind = "chat.completion.chunk" if self.is_chat else "text_completion"
        return event({"id": self.id, "object": kind, **self._same, "choices": choices, **more})

    def role(self, choices: int) -> bytes:
        """Return what comes before any text."""
        if not self.is_chat:
            return b""
        first = {"role": "assistant", "content": ""}
        return b"".join(
            self.piece([{"index": index, "delta": first, "logprobs": None, "finish_reason": None}])
            for index in range(choices)
        )

    def text(self, delta: Delta) -> bytes:
        """Return one event of a stream as ``piece`` of a ``delta`` makes it, of which there is one for each token.

        All but the words of it is the same each time.
        """
        if not self.is_chat or not delta.text or delta.tools or delta.logprobs or delta.index:
            return self.piece([self.delta(delta)])
        return b"".join((self._around[0], json.dumps(delta.text).encode(), self._around[1]))

    @cached_property
    def _around(self) -> tuple[bytes, bytes]:
        before, _word, after = self.piece([self.delta(Delta("word"))]).rpartition(b'"word"')
        return before, after

    def delta(self, delta: Delta, reason: str | None = None) -> dict[str, Any]:
        """Return a choice of a piece."""
        rest = {"index": delta.index, "logprobs": delta.logprobs, "finish_reason": reason}
        if not self.is_chat:
            return {"text": delta.text, **rest}
        said: dict[str, Any] = {"content": delta.text} if delta.text else {}
        if delta.tools:
            said["tool_calls"] = delta.tools
        return {"delta": said, **rest}

    def end(self, reasons: dict[int, str], usage: dict[str, Any], *, apart: bool) -> bytes:
        """Return the last events: why each choice ended, what it cost, and that it is over.

        ``apart``: the use comes once more, in a piece without choices, as who asked for it expects.
        """
        last = max(reasons, default=0)
        ends = [
            self.piece([self.delta(Delta(index=index), reason)], **({"usage": usage} if index == last else {}))
            for index, reason in sorted(reasons.items())
        ]
        return b"".join([*ends, self.piece([], usage=usage) if apart else b"", DONE])

    def whole(self, choices: Sequence[dict[str, Any]], usage: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Return an answer in one piece, of choices as ``Gathered`` has them."""
        kind = "chat.completion" if self.is_chat else "text_completion"
        return {
            "id": self.id,
            "object": kind,
            **self._same,
            "choices": [self._choice(each) for each in choices],
            "usage": usage,
            **more,
        }

    def _choice(self, choice: dict[str, Any]) -> dict[str, Any]:
        rest = {"index": choice["index"], "logprobs": choice["logprobs"], "finish_reason": choice["reason"]}
        if not self.is_chat:
            return {"text": choice["text"], **rest}
        tools = choice["tools"]
        message: dict[str, Any] = {"role": "assistant", "content": choice["text"] or (None if tools else "")}
        if tools:
            message["tool_calls"] = tools
        return {"message": {**message, "refusal": None}, **rest}


@dataclass
class Gathered:
    """Puts an answer together from its pieces."""

    choices: dict[int, dict[str, Any]] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, choices: int) -> Gathered:
        """Begin an answer of so many choices."""
        empty: dict[str, Any] = {"text": "", "logprobs": None, "reason": "stop"}
        return cls({index: {"index": index, **empty, "tools": []} for index in range(choices)})

    def add(self, delta: Delta) -> None:
        """Take one piece."""
        choice = self.choices[delta.index]
        choice["text"] += delta.text
        for tool in delta.tools or ():
            _add_tool(choice["tools"], tool)
        if delta.logprobs:
            choice["logprobs"] = _joined(choice["logprobs"] or {}, delta.logprobs)
        if delta.reason:
            choice["reason"] = self.reasons[delta.index] = delta.reason

    @property
    def has_words(self) -> bool:
        """Whether there is anything yet."""
        return any(each["text"] or each["tools"] for each in self.choices.values())

    @property
    def whole(self) -> list[dict[str, Any]]:
        """The choices, in their order."""
        return [{**each, "tools": [_whole_tool(tool) for tool in each["tools"]]} for each in self.choices.values()]


def _add_tool(tools: list[dict[str, Any]], piece: dict[str, Any]) -> None:
    found = next((each for each in tools if each["index"] == piece["index"]), None)
    called = piece["function"]
    if found is None:
        found = {"index": piece["index"], "id": "", "name": "", "arguments": ""}
        tools.append(found)
    found["id"] = found["id"] or piece.get("id", "")
    found["name"] += called.get("name", "")
    found["arguments"] += called.get("arguments", "")


def _whole_tool(tool: dict[str, Any]) -> dict[str, Any]:
    if "function" in tool:
        return tool
    function = {"name": tool["name"], "arguments": tool["arguments"]}
    return {"id": tool["id"] or f"call_{tool['index']}", "type": "function", "function": function}


def _joined(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """Return what is told of two pieces that follow each other: lists one after the other."""
    both = {**left}
    for name, value in right.items():
        before = both.get(name)
        both[name] = before + value if isinstance(before, list) and isinstance(value, list) else value
    return both


def event(said: dict[str, Any]) -> bytes:
    """Return a server-sent event."""
    return b"data: " + json.dumps(said, separators=(",", ":")).encode() + b"\n\n"


def vector(found: Vector, *, encodes: bool) -> list[float] | str:
    """Return a vector as it is asked for: numbers, or base64 of little-endian 32-bit floats."""
    return base64.b64encode(struct.pack(f"<{len(found)}f", *found)).decode() if encodes else found
