"""How much a model reads: as many tokens as the server says that its context has, question and answer together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any

from django.conf import settings

from common.text import has_text, well_formed

from .errors import BadQuestionError, EmptyQuestionError, TooLongError
from .models import Kind, Mode, Upstream

NOT_SAID = 32_768  # tokens, of a server that does not say
OF_ONE_QUESTION = 12_000  # characters, of what answers with no text: all of them together
TEMPLATE_TOKENS = 8  # what the chat's form adds to a message
SYSTEM_TOKENS = 24  # what it says of itself where nothing else is its system prompt
LEAST_BYTES = 4  # that a token of an ordinary text has; what is between this and our own count, the server decides


def context_of(upstream: Upstream) -> int:
    """Return how many tokens a server of a chat model holds in mind."""
    if upstream.kind == Kind.URL:
        return upstream.context or NOT_SAID
    engines: dict[str, Any] = settings.ENGINES
    return int(engines[upstream.engine].get("context", NOT_SAID))


def readers(found: Sequence[Upstream], texts: Sequence[str]) -> list[Upstream]:
    """Return which of the servers can read these texts. Raises TooLongError where none can."""
    chats = [each for each in found if each.mode == Mode.CHAT]
    if not chats:
        refuse_many(texts)
        return list(found)
    tokens = sum(len(text.encode(errors="replace")) for text in texts) // LEAST_BYTES
    reading = [each for each in chats if tokens < context_of(each)]
    if not reading:
        raise TooLongError(tokens=tokens, context=max(map(context_of, chats)))
    return reading


def refuse_many(texts: Sequence[str]) -> None:
    """Raise TooLongError for texts that nothing reads at once."""
    characters = sum(map(len, texts))
    if characters > OF_ONE_QUESTION:
        raise TooLongError(characters=characters, limit=OF_ONE_QUESTION)


def prompt_tokens(texts: Iterable[str]) -> int:
    """Return about how many tokens the texts are, rather more than fewer. Raises BadQuestionError."""
    texts = list(texts)
    if any(well_formed(text) != text for text in texts):
        raise BadQuestionError
    if not any(map(has_text, texts[1:])):
        raise EmptyQuestionError
    form = TEMPLATE_TOKENS * len(texts) + (0 if texts[0] else SYSTEM_TOKENS)
    return ceil(sum(len(text.encode()) for text in texts) / 3) + form


def holds(upstream: Upstream, prompt: int) -> bool:
    """Whether a server can read as many tokens as ``prompt_tokens`` has counted, which are rather too many."""
    return upstream.mode != Mode.CHAT or prompt * 3 // LEAST_BYTES < context_of(upstream)


def room_beside(upstream: Upstream, prompt: int, least: int) -> int:
    """Return how long an answer can be beside a prompt of so many tokens by that count; ``least`` in any case."""
    return max(context_of(upstream) - prompt * 7 // 8, least)
