"""Reads one streamed answer of OpenAI's protocol, event by event: its text, its end and the engine's own count.

Engines of every kind say odd things, and a seller's engine may say anything. What is left out is passed over, what
cannot be an answer is a ValueError, and whatever is read is text that can be sent and stored.
"""

from __future__ import annotations

import json
from codecs import getincrementaldecoder
from dataclasses import dataclass
from math import isinf
from typing import Any

from common.text import well_formed

from .tokens import TokenCount

TOKEN_CHARACTERS = 64  # that a token has at most
MOST_MODELS = 100
MOST_TOKENS = 2**31 - 1  # what the database holds
BROKEN = {"abort", "error"}  # reasons to finish that say that it is not whole
REASONS = {"stop", "length", "tool_calls", "content_filter", "function_call"}
MOST_TOOLS = 128  # that one piece may call


@dataclass(frozen=True)
class Usage:
    """The engine's own count of tokens, as far as it is one: it comes last, if the answer was not cut off."""

    prompt_tokens: int | None
    completion_tokens: int | None


@dataclass(slots=True)
class Delta:
    """A piece of a choice: text, tools that it calls, or why it ended; ``logprobs`` are the engine's words."""

    text: str = ""
    index: int = 0
    tools: list[dict[str, Any]] | None = None
    logprobs: dict[str, Any] | None = None
    reason: str = ""

    @property
    def words(self) -> str:
        """All of it that the model has written."""
        if not self.tools:
            return self.text
        called = (each.get("function") or {} for each in self.tools)
        return self.text + "".join(f"{each.get('name') or ''}{each.get('arguments') or ''}" for each in called)


class Choice:
    """One of the answers to a question, of at most ``most`` tokens."""

    def __init__(self, index: int, most: int) -> None:
        self.finished = False
        self.is_cut = False  # the engine would have gone on
        self.count = TokenCount()
        self._index, self._most = index, most
        self._room = most * TOKEN_CHARACTERS  # what blanks alone would fill: they count for no words
        self._halves = getincrementaldecoder("utf-16-le")("replace")  # keeps half a character for the next piece
        self._has_half = False

    def read(self, said: dict[str, Any]) -> Delta | None:
        """Return what an event says of it, if anything. Raises ValueError for what is no part of an answer."""
        if self.finished:
            return None
        delta = Delta(index=self._index)
        delta.text = self._take(_content_of(said))
        delta.tools = None if self.is_cut else self._tools(said)
        if delta.text or delta.tools:
            delta.logprobs = _logprobs_of(said)
        if reason := said.get("finish_reason"):
            if isinstance(reason, str) and reason in BROKEN:
                raise ValueError(f"The engine finished with {reason}.")
            delta.text += self.finish()
            delta.reason = reason if isinstance(reason, str) and reason in REASONS else "stop"
        if self.is_cut:
            delta.reason = "length"
        return delta if delta.text or delta.tools or delta.reason else None

    def _take(self, content: str) -> str:
        """Return what may be sent of a piece, and stop listening to an engine that goes on for ever."""
        if not content:
            return ""
        text = self._whole(content).replace("\x00", "\ufffd")
        if not text:
            return ""
        wanted = self.count.within(text, self._most)[: self._room]
        self._room -= len(wanted)
        if wanted:
            self.count.add(wanted)
        if wanted != text:
            self._halves.reset()
            self._has_half, self.finished, self.is_cut = False, True, True
        return wanted

    def _whole(self, content: str) -> str:
        """Return a piece in whole characters: with the half that the piece before ended with, without its own."""
        if not self._has_half:
            try:
                content.encode()  # nearly always
            except UnicodeEncodeError:
                pass
            else:
                return content
        text = self._halves.decode(content.encode("utf-16-le", "surrogatepass"))
        self._has_half = bool(self._halves.getstate()[0])
        return text

    def _tools(self, said: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Return the pieces of calls of tools in an event: counted as what else is written, and cut off whole."""
        found = _tools_of(said)
        words = Delta(tools=found).words
        if not words:
            return found
        if self.count.within(words, self._most) != words or len(words) > self._room:
            self.finished = self.is_cut = True
            return None
        self._room -= len(words)
        self.count.add(words)
        return found

    def finish(self) -> str:
        """Return what is left of an answer that is whole: half a character at most."""
        if self.finished:
            return ""
        self.finished = True
        return self._halves.decode(b"", final=True)


class Answer:
    """An answer of so many ``choices``, of at most ``most`` tokens each.

    ``finished``: nothing of its text is missing. ``over``: nothing is worth waiting for any more.
    """

    def __init__(self, most: int, choices: int = 1) -> None:
        self.over = False
        self.usage: Usage | None = None
        self._choices = [Choice(index, most) for index in range(choices)]

    @property
    def finished(self) -> bool:
        """Whether nothing of its text is missing."""
        return all(choice.finished for choice in self._choices)

    @property
    def tokens(self) -> int:
        """How many tokens its text had so far, or a little more."""
        return sum(choice.count.total for choice in self._choices)

    def read(self, data: str) -> list[Delta]:
        """Return what one event says, often nothing. Raises ValueError for what is no part of an answer."""
        if data.lstrip().startswith("[DONE]"):
            self.over = True
            return self._end()
        event = _parsed(data)
        if event.get("usage"):
            self.usage = usage_of(event["usage"])
        found = [delta for each in _choices_of(event.get("choices"), self._choices) if (delta := each[0].read(each[1]))]
        if self.finished and any(choice.is_cut for choice in self._choices):
            # The engine's count covers more than was passed on, so it is not believed.
            self.usage, self.over = None, True
        elif self.finished and self.usage:
            self.over = True
        return found

    def _end(self) -> list[Delta]:
        """Return the ends of choices whose engine gave no reason to end."""
        open_ones = [(index, choice) for index, choice in enumerate(self._choices) if not choice.finished]
        return [Delta(choice.finish(), index, reason="stop") for index, choice in open_ones]


def as_event(document: bytes, *, goes_on: bool = False) -> str:
    """Return an answer that came at once as the event that a stream would have; ``goes_on`` with a text, in no message.

    Raises ValueError.
    """
    whole = _parsed(document.decode(errors="replace"))
    said = [each for each in whole.get("choices") or () if isinstance(each, dict)]
    choices = [_as_piece(choice, goes_on=goes_on) for choice in said]
    if not choices:
        raise ValueError("The engine answers at once, and without a message.")
    return json.dumps({"choices": choices, "usage": whole.get("usage")})


def _as_piece(choice: dict[str, Any], *, goes_on: bool) -> dict[str, Any]:
    """Return a whole choice as the one piece of a stream."""
    more = {"index": choice.get("index"), "logprobs": choice.get("logprobs")}
    more["finish_reason"] = choice.get("finish_reason") or "stop"
    if goes_on and isinstance(choice.get("text"), str):
        return {"text": choice["text"], **more}
    message = choice.get("message")
    if not isinstance(message, dict):
        raise ValueError("The engine answers at once, and without a message.")
    tools = message.get("tool_calls")
    numbered = [{"index": n, **each} for n, each in enumerate(tools) if isinstance(each, dict)] if tools else None
    return {"delta": {"content": message.get("content"), "tool_calls": numbered}, **more}


def read_models(document: bytes) -> list[dict[str, Any]]:
    """Return the models that a server lists, with what it says of each. Raises ValueError for what is no list."""
    said = _parsed(document.decode(errors="replace")).get("data")
    if not isinstance(said, list):
        raise ValueError("The engine lists no models.")
    return [each for each in said[:MOST_MODELS] if isinstance(each, dict) and isinstance(each.get("id"), str)]


def _parsed(data: str) -> dict[str, Any]:
    try:
        event = _JSON.decode(data)
    except RecursionError as error:
        raise ValueError("An event is nested too deeply.") from error
    if not isinstance(event, dict) or event.get("error"):
        raise ValueError("The engine says what is no part of an answer.")
    return event


def _no_number(_name: str) -> None:
    """Return what stands for NaN and Infinity, which no reader of JSON takes."""


def _number_of(text: str) -> float | None:
    number = float(text)
    return None if isinf(number) else number


# Made once: of a decoder with readers of its own, making it takes as long as reading an event.
_JSON = json.JSONDecoder(parse_constant=_no_number, parse_float=_number_of)


def _choices_of(said: object, choices: list[Choice]) -> list[tuple[Choice, dict[str, Any]]]:
    """Return what is said of each choice that was asked for, where others come along."""
    found = []
    for each in said if isinstance(said, list) else ():
        if not isinstance(each, dict):
            continue
        index = 0 if each.get("index") is None else each["index"]
        if type(index) is int and 0 <= index < len(choices):
            found.append((choices[index], each))
    return found


def _content_of(choice: dict[str, Any]) -> str:
    """Return the text of a choice; an end or a role has none. Raises ValueError for what is not text."""
    delta = choice.get("delta")
    content = delta.get("content") if isinstance(delta, dict) else delta
    if delta is None:
        content = delta = choice.get("text")  # of what goes on with a text
        if isinstance(content, str):
            return content
    if isinstance(content, str) and content is not delta:
        return content
    if content is None:
        return ""
    raise ValueError("The engine answers with what is no text.")


def _tools_of(choice: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return the pieces of calls of tools, each with its number. Raises ValueError for what is none."""
    delta = choice.get("delta")
    said = delta.get("tool_calls") if isinstance(delta, dict) else None
    if not said:
        return None
    if not isinstance(said, list) or len(said) > MOST_TOOLS:
        raise ValueError("The engine calls tools in a way that nobody understands.")
    return [_tool_of(each, number) for number, each in enumerate(said)]


def _tool_of(said: object, number: int) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise ValueError("The engine calls a tool in a way that nobody understands.")
    function = said.get("function")
    called = function if isinstance(function, dict) else {}
    index = said.get("index")
    found: dict[str, Any] = {"index": index if type(index) is int and 0 <= index < MOST_TOOLS else number}
    if isinstance(said.get("id"), str):
        found |= {"id": well_formed(said["id"]), "type": "function"}
    texts = {name: called[name] for name in ("name", "arguments") if isinstance(called.get(name), str)}
    found["function"] = {name: well_formed(text) for name, text in texts.items()}
    return found


def _logprobs_of(choice: dict[str, Any]) -> dict[str, Any] | None:
    found = choice.get("logprobs")
    return found if isinstance(found, dict) else None


def usage_of(usage: object) -> Usage:
    """Return what an engine says of its use: of each count, whether it is a number of tokens at all."""
    counts = usage if isinstance(usage, dict) else {}
    return Usage(_count_of(counts.get("prompt_tokens")), _count_of(counts.get("completion_tokens")))


def _count_of(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else None
