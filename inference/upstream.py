"""Speaks OpenAI's protocol with an engine: transformers, vLLM or any other that does.

Leaving the iterator closes the connection, and that ends the generation. Everything read is bounded, in size and time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from ssl import SSLContext, create_default_context
from typing import Any, NamedTuple, cast

import httpx
from django.conf import settings

from common.embeddings import Vector, read_vectors
from common.errors import DomainError
from common.outbound import Outbound, OutboundError, TooSlowError, UnreachableError

from .answers import Answer, Usage, usage_of
from .errors import EngineBusyError, EngineGoneError, EngineWarmingError, TooLongError
from .sse import EventReader

Message = dict[str, str]  # role, content


class Waits(NamedTuple):
    """Seconds: for the first text, behind other prompts; for more; for the usage after the end; for the whole."""

    first: float = 60
    more: float = 30
    usage: float = 5
    whole: float = 600


WAITS = Waits()
STREAM_TIMEOUT = httpx.Timeout(None, connect=2)
EMBEDDING_SECONDS, EMBEDDING_BYTES = 8.0, 8_000_000
HEALTH_SECONDS, HEALTH_BYTES = 2.0, 65_536
CONNECTIONS = 8  # to an engine, for what is no stream
# Compressed, a few bytes could become gigabytes; so nothing compressed is asked for, and none is taken.
PLAIN = {"Accept-Encoding": "identity"}

BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
TOO_LONG = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}


@dataclass(frozen=True)
class Engine:
    """Where an engine is. ``url`` ends in /v1; ``streams`` is how many answers it may write at once."""

    name: str
    url: str
    model: str = ""
    key: str = ""
    streams: int = 8

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def body(self, **fields: Any) -> dict[str, Any]:
        """Return a request's body; an engine that serves one model need not hear its name."""
        return {"model": self.model, **fields} if self.model else fields


def engine_of(name: str) -> Engine:
    """Return the engine that settings name so."""
    return Engine(name, **cast(Any, settings.ENGINES[name]))


@lru_cache
def _certificates() -> SSLContext:
    return create_default_context()


@lru_cache
def _outbound() -> Outbound:
    return Outbound(CONNECTIONS)


@contextmanager
def _typed_errors(answer: Answer | None = None) -> Iterator[None]:
    """Turn what goes wrong into errors for the person who asked; once the answer is whole, nothing goes wrong."""
    try:
        yield
    except (httpx.HTTPError, OutboundError, TimeoutError, ValueError) as error:
        if answer is None or not answer.finished:
            raise _typed(error, began=answer is not None and answer.tokens > 0) from error


def _typed(error: Exception, *, began: bool) -> DomainError:
    if isinstance(error, (UnreachableError, httpx.ConnectError, httpx.ConnectTimeout)):
        return EngineWarmingError()
    if isinstance(error, (TooSlowError, httpx.TimeoutException, TimeoutError)) and not began:
        return EngineBusyError()
    return EngineGoneError()


async def stream_chat(engine: Engine, messages: Sequence[Message], *, max_tokens: int) -> AsyncGenerator[str | Usage]:
    """Yield an answer's text as it is written, at most ``max_tokens`` of it, then its usage if the engine tells.

    Raises EngineWarmingError, EngineBusyError, EngineGoneError, TooLongError.
    """
    answer = Answer(max_tokens)
    body = engine.body(messages=list(messages), max_tokens=max_tokens, stream=True)
    with _typed_errors(answer):
        async with _opened(engine, body) as response, aclosing(_events(response, answer)) as events:
            async for data in events:
                if text := answer.read(data):
                    yield text
        if not answer.finished:
            raise EngineGoneError
    if answer.usage:
        yield answer.usage


@asynccontextmanager
async def _opened(engine: Engine, body: dict[str, Any]) -> AsyncGenerator[httpx.Response]:
    """Ask, and give the answer that has begun."""
    url, headers = f"{engine.url}/chat/completions", {**engine.headers, **PLAIN}
    async with httpx.AsyncClient(timeout=STREAM_TIMEOUT, verify=_certificates(), trust_env=False) as client:
        request = client.build_request("POST", url, json=body, headers=headers)
        async with asyncio.timeout(WAITS.first):
            response = await client.send(request, stream=True)
        async with aclosing(response):
            _check(response.status_code)
            if response.headers.get("content-encoding", "identity") != "identity":
                raise EngineGoneError
            yield response


async def _events(response: httpx.Response, answer: Answer) -> AsyncGenerator[str]:
    """Yield the data of each event until the answer is over. Raises TimeoutError where its text does not come on."""
    now, reader = asyncio.get_running_loop().time, EventReader()
    whole_by = now() + WAITS.whole
    text_by, tokens = now() + WAITS.first, 0
    async with aclosing(cast(AsyncGenerator[bytes], response.aiter_raw())) as chunks:
        while not answer.over:
            async with asyncio.timeout_at(min(text_by, whole_by)):
                chunk = await anext(chunks, None)
            for data in reader.end() if chunk is None else reader.feed(chunk):
                yield data
                if answer.over:
                    return
            if chunk is None:
                return
            # Only text moves the deadline: an engine could send empty events for ever.
            if answer.tokens > tokens:
                tokens, text_by = answer.tokens, now() + WAITS.more
            if answer.finished:
                text_by = min(text_by, now() + WAITS.usage)


def _check(status: int) -> None:
    if status in BUSY:
        raise EngineBusyError
    if status in TOO_LONG:
        raise TooLongError
    if status != HTTPStatus.OK:
        raise EngineGoneError


def embed(engine: Engine, texts: Sequence[str]) -> tuple[list[Vector], int | None]:
    """Return a vector for each text, and how many tokens were read, if the engine tells.

    Raises as ``stream_chat`` does.
    """
    url, body = f"{engine.url}/embeddings", engine.body(input=list(texts))
    with _typed_errors():
        found = _outbound().post(
            url, body, seconds=EMBEDDING_SECONDS, most_bytes=EMBEDDING_BYTES, headers=engine.headers
        )
        _check(found.status)
        vectors, usage = read_vectors(found.body, len(texts))
    return vectors, usage_of(usage).prompt_tokens


def is_alive(engine: Engine) -> bool:
    """Say whether something that is well answers at the engine's address."""
    address = engine.url.removesuffix("/v1") + "/health"
    try:
        found = _outbound().get(address, seconds=HEALTH_SECONDS, most_bytes=HEALTH_BYTES, headers=engine.headers)
    except OutboundError:
        return False
    return found.status == HTTPStatus.OK
