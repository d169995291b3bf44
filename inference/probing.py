"""Asks a seller's server what it can do: its models, whether it streams and counts, how fast its first word is.

A seller pays for each answer, so what is asked is small, and asked once: the list of models, then one question.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from common.errors import DomainError
from common.text import clean_line, clean_text

from .answers import Usage
from .models import Mode, Probe, Upstream
from .reasons import reason_of
from .servers import Engine, server_of
from .upstream import Manner, embed, known_models, stream_chat

QUESTION = "Write one line about a lemon tree."
TOKENS, SECONDS = 24, 25.0
MOST_NAME = 200  # characters
MOST_CONTEXT = 2**31 - 1
# Where servers say how many tokens a model reads: vLLM, OpenRouter and others, llama.cpp.
CONTEXTS = ("max_model_len", "context_length", "context_window", "max_context_length", "n_ctx", "n_ctx_train")


@dataclass(frozen=True)
class Finding:
    """What one try found; ``says`` is the code of why nothing was answered, "" where it was."""

    says: str = ""
    model: str = ""
    known: tuple[str, ...] = ()
    context: int | None = None
    streams: bool | None = None
    tells_usage: bool | None = None
    first_token_ms: int | None = None
    tokens_per_second: float | None = None
    question: str = QUESTION
    answer: str = ""
    tokens: int = 0

    @property
    def answered(self) -> bool:
        """Whether it does what it is for."""
        return not self.says

    def probe(self, engine: str) -> Probe:
        """Return what the figures count of it."""
        return Probe(
            engine=engine,
            answered=self.answered,
            first_token_ms=self.first_token_ms if self.answered else None,
            tokens_per_second=self.tokens_per_second,
            question=self.question,
            answer=self.answer,
            tokens=self.tokens,
        )


def examine(upstream: Upstream) -> Finding:
    """Ask a server what it can do. Takes up to half a minute, and must not be called inside a transaction."""
    try:
        engine = server_of(upstream)
        found = _of_models(engine)
    except DomainError as error:
        return Finding(reason_of(error))
    if found.says:
        return found
    engine = replace(engine, model=found.model)
    if upstream.mode != Mode.CHAT:
        return _with_vectors(engine, found)
    asked = ask(replace(engine, asks_usage=True), QUESTION, found)
    # Some servers refuse the wish to hear their count; those are asked without it from now on.
    if asked.says == "refused":
        asked = replace(ask(replace(engine, asks_usage=False), QUESTION, found), tells_usage=False)
    if not asked.answered and found.known and engine.model not in found.known:
        return replace(asked, says="model-unknown")
    return asked


def _of_models(engine: Engine) -> Finding:
    """Return which model is meant, and what the server says of it."""
    listed = known_models(engine)
    names = tuple(dict.fromkeys(name for each in listed if (name := clean_line(each["id"])[:MOST_NAME])))
    model = engine.model or (names[0] if len(names) == 1 else "")
    if not model and names:
        return Finding("which-model", known=names)
    entry = next((each for each in listed if each["id"] == model), {})
    return Finding(model=model, known=names, context=_context_of(entry))


def _context_of(entry: dict[str, Any]) -> int | None:
    """Return how many tokens a model reads, where the server says so."""
    meta = entry.get("meta")
    for said in (entry, meta if isinstance(meta, dict) else {}):
        for name in CONTEXTS:
            if type(said.get(name)) is int and 0 < said[name] <= MOST_CONTEXT:
                return int(said[name])
    return None


def _with_vectors(engine: Engine, found: Finding) -> Finding:
    started = time.monotonic()
    try:
        embed(engine, [QUESTION])
    except DomainError as error:
        why = reason_of(error)
        return replace(found, says="no-vectors" if why == "no-answer" else why)
    return replace(found, streams=None, first_token_ms=_since(started))


def ask(engine: Engine, question: str, found: Finding = Finding(), tokens: int = TOKENS) -> Finding:
    """Ask one question, and return what was found before with what came."""
    heard = _Heard()
    try:
        asyncio.run(_listen(engine, question, heard, tokens))
    except (DomainError, TimeoutError) as error:
        return replace(found, says=reason_of(error), question=question)
    answer = clean_text("".join(heard.pieces))
    rest = (_since(heard.started) - (heard.first_ms or 0)) / 1000
    pieces = len(heard.pieces)
    return replace(
        found,
        says="" if answer else "empty",
        streams=heard.manner.streams,
        tells_usage=heard.usage is not None and heard.usage.completion_tokens is not None,
        first_token_ms=heard.first_ms,
        tokens_per_second=(pieces - 1) / rest if pieces > 1 and rest > 0 else None,
        question=question,
        answer=answer,
        tokens=pieces,
    )


@dataclass
class _Heard:
    started: float = field(default_factory=time.monotonic)
    manner: Manner = field(default_factory=Manner)
    pieces: list[str] = field(default_factory=list)
    first_ms: int | None = None
    usage: Usage | None = None


async def _listen(engine: Engine, question: str, heard: _Heard, tokens: int) -> None:
    messages = [{"role": "user", "content": question}]
    answer = stream_chat(engine, messages, max_tokens=tokens, manner=heard.manner)
    async with asyncio.timeout(SECONDS), aclosing(answer):
        async for piece in answer:
            if isinstance(piece, Usage):
                heard.usage = piece
                continue
            heard.pieces.append(piece)
            heard.first_ms = _since(heard.started) if heard.first_ms is None else heard.first_ms


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
