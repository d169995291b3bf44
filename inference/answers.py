"""Reads one streamed answer of OpenAI's protocol, event by event: its text, its end and the engine's own count.

Engines of every kind say odd things, and a seller's engine may say anything. What is left out is passed over, what
cannot be an answer is a ValueError, and whatever is read is text that can be sent and stored.
"""

from __future__ import annotations

import json
from codecs import getincrementaldecoder
from dataclasses import dataclass
from typing import Any

from .tokens import TokenCount

TOKEN_CHARACTERS = 64  # that a token has at most
MOST_MODELS = 100
MOST_TOKENS = 2**31 - 1  # what the database holds
BROKEN = {"abort", "error"}  # reasons to finish that say that it is not whole


@dataclass(frozen=True)
class Usage:
    """The engine's own count of tokens, as far as it is one: it comes last, if the answer was not cut off."""

    prompt_tokens: int | None
    completion_tokens: int | None


class Answer:
    """An answer of at most ``most`` tokens.

    ``finished``: nothing of its text is missing. ``over``: nothing is worth waiting for any more.
    """

    def __init__(self, most: int) -> None:
        self.finished = self.over = False
        self.usage: Usage | None = None
        self._most, self._count = most, TokenCount()
        self._room = most * TOKEN_CHARACTERS  # what blanks alone would fill: they count for no words
        self._halves = getincrementaldecoder("utf-16-le")("replace")  # keeps half a character for the next piece

    @property
    def tokens(self) -> int:
        """How many tokens its text had so far, or a little more."""
        return self._count.total

    def read(self, data: str) -> str:
        """Return the text of one event, often none. Raises ValueError for what is no part of an answer."""
        if data.lstrip().startswith("[DONE]"):
            self.over = True
            return self._finish()
        event = _parsed(data)
        if event.get("usage"):
            self.usage = usage_of(event["usage"])
        choice = _first_choice(event.get("choices"))
        text = "" if self.finished else self._take(_content_of(choice))
        if reason := choice.get("finish_reason"):
            if isinstance(reason, str) and reason in BROKEN:
                raise ValueError(f"The engine finished with {reason}.")
            text += self._finish()
        if self.finished and self.usage:
            self.over = True
        return text

    def _take(self, content: str) -> str:
        """Return what may be sent of a piece, and stop listening to an engine that goes on for ever."""
        text = self._halves.decode(content.encode("utf-16-le", "surrogatepass")).replace("\x00", "\ufffd")
        if not text:
            return ""
        wanted = self._count.within(text, self._most)[: self._room]
        self._room -= len(wanted)
        if wanted:
            self._count.add(wanted)
        if wanted != text:
            self._halves.reset()
            # The engine's count covers more than was passed on, so it is not believed.
            self.usage, self.finished, self.over = None, True, True
        return wanted

    def _finish(self) -> str:
        """Return what is left of an answer that is whole: half a character at most."""
        if self.finished:
            return ""
        self.finished = True
        return self._halves.decode(b"", final=True)


def as_event(document: bytes) -> str:
    """Return an answer that came at once as the event that a stream would have. Raises ValueError."""
    whole = _parsed(document.decode(errors="replace"))
    choice = _first_choice(whole.get("choices"))
    message = choice.get("message")
    if not isinstance(message, dict):
        raise ValueError("The engine answers at once, and without a message.")
    delta = {"content": message.get("content")}
    reason = choice.get("finish_reason") or "stop"
    return json.dumps({"choices": [{"delta": delta, "finish_reason": reason}], "usage": whole.get("usage")})


def read_models(document: bytes) -> list[dict[str, Any]]:
    """Return the models that a server lists, with what it says of each. Raises ValueError for what is no list."""
    said = _parsed(document.decode(errors="replace")).get("data")
    if not isinstance(said, list):
        raise ValueError("The engine lists no models.")
    return [each for each in said[:MOST_MODELS] if isinstance(each, dict) and isinstance(each.get("id"), str)]


def _parsed(data: str) -> dict[str, Any]:
    try:
        event = json.loads(data)
    except RecursionError as error:
        raise ValueError("An event is nested too deeply.") from error
    if not isinstance(event, dict) or event.get("error"):
        raise ValueError("The engine says what is no part of an answer.")
    return event


def _first_choice(choices: object) -> dict[str, Any]:
    """Return the choice that was asked for, where others come along."""
    if isinstance(choices, list):
        for choice in choices:
            if isinstance(choice, dict) and choice.get("index") in (0, None):
                return choice
    return {}


def _content_of(choice: dict[str, Any]) -> str:
    """Return the text of a choice; an end or a role has none. Raises ValueError for what is not text."""
    delta = choice.get("delta")
    content = delta.get("content") if isinstance(delta, dict) else delta
    if isinstance(content, str) and content is not delta:
        return content
    if content is None:
        return ""
    raise ValueError("The engine answers with what is no text.")


def usage_of(usage: object) -> Usage:
    """Return what an engine says of its use: of each count, whether it is a number of tokens at all."""
    counts = usage if isinstance(usage, dict) else {}
    return Usage(_count_of(counts.get("prompt_tokens")), _count_of(counts.get("completion_tokens")))


def _count_of(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else None
