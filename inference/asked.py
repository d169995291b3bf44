"""What an engine is asked, by the names of OpenAI's protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from common.text import clean_text

from .errors import BadQuestionError, EmptyQuestionError, TooLongError
from .upstream_wishes import ANY, Wish

Message = dict[str, Any]  # role, content, and what a call of tools adds

MAX_MESSAGES = 40  # of a conversation in the playground
ROLES = {"user", "assistant"}


@dataclass(frozen=True)
class Asked:
    """A conversation, or a text to go on with.

    ``stop`` are words before which the answer ends, ``choices`` how many answers are wanted. ``options`` is what is
    passed on as it is; only an engine that takes them is asked. ``hints`` are for who can follow them: without them the
    answer has the same form. ``wish`` is which upstream is to answer.
    """

    messages: Sequence[Message] = ()
    prompt: str | None = None
    stop: Sequence[str] = ()
    choices: int = 1
    options: dict[str, Any] = field(default_factory=dict)
    hints: dict[str, Any] = field(default_factory=dict)
    wish: Wish = ANY

    @property
    def needs(self) -> set[str]:
        """The names of what an engine has to be able to do."""
        return {*self.options, *({"n"} if self.choices > 1 else ())}

    @property
    def path(self) -> str:
        """Where an engine is asked."""
        return "/chat/completions" if self.prompt is None else "/completions"

    def fields(self, max_tokens: int, *, follows: bool) -> dict[str, Any]:
        """Return what is sent; ``follows``: the engine follows hints, and ends at a word by itself."""
        said: dict[str, Any] = {"messages": list(self.messages)} if self.prompt is None else {"prompt": self.prompt}
        said |= {**self.options, "max_tokens": max_tokens, "stream": True}
        if self.choices > 1:
            said["n"] = self.choices
        if follows:
            said |= {**self.hints, **({"stop": list(self.stop)} if self.stop else {})}
        return said


def read_messages(given: list[Any]) -> list[Message]:
    """Return a conversation that ends with the visitor's question. Raises BadQuestionError, TooLongError."""
    if len(given) > MAX_MESSAGES:
        raise TooLongError
    messages: list[Message] = []
    for each in given:
        match each:
            case {"role": str(role), "content": str(content)} if role in ROLES:
                messages.append({"role": role, "content": clean_text(content)})
            case _:
                raise BadQuestionError
    if not messages or messages[-1]["role"] != "user":
        raise BadQuestionError
    if not messages[-1]["content"]:
        raise EmptyQuestionError
    return messages
