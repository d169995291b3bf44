"""Speaks OpenAI's protocol with an engine: transformers, vLLM or any other that does.

Leaving the iterator closes the connection, and that ends the generation. Everything read is bounded.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from ssl import SSLContext, create_default_context
from typing import Any, cast

import httpx
from django.conf import settings

from .errors import EngineBusyError, EngineGoneError, EngineWarmingError, TooLongError

Message = dict[str, str]  # role, content
Vector = list[float]

# Seconds. The first token may wait for other prompts; later ones follow each other.
STREAM_TIMEOUT = httpx.Timeout(60, connect=2)
EMBEDDING_TIMEOUT = httpx.Timeout(8, connect=2)
HEALTH_TIMEOUT = httpx.Timeout(2)
LINE_BYTES, STREAM_BYTES, ANSWER_BYTES = 65_536, 4_000_000, 8_000_000

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


@dataclass(frozen=True)
class Usage:
    """The engine's own count of tokens; it comes last, and only if the answer was not cut off."""

    prompt_tokens: int
    completion_tokens: int


@lru_cache
def _certificates() -> SSLContext:
    return create_default_context()


@contextmanager
def _typed_errors() -> Iterator[None]:
    """Turn what httpx raises into errors for the person who asked."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise EngineWarmingError from error
    except httpx.TimeoutException as error:
        raise EngineBusyError from error
    except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise EngineGoneError from error


async def stream_chat(engine: Engine, messages: Sequence[Message], *, max_tokens: int) -> AsyncGenerator[str | Usage]:
    """Yield an answer's text as it is written, then its usage if the engine tells.

    Raises EngineWarmingError, EngineBusyError, EngineGoneError, TooLongError.
    """
    body = engine.body(messages=list(messages), max_tokens=max_tokens, stream=True)
    with _typed_errors():
        async with (
            httpx.AsyncClient(timeout=STREAM_TIMEOUT, verify=_certificates(), headers=engine.headers) as client,
            client.stream("POST", f"{engine.url}/chat/completions", json=body) as response,
        ):
            _check(response.status_code)
            finished = False
            async for event in _events(response.aiter_bytes()):
                finished = finished or bool(event["choices"] and event["choices"][0].get("finish_reason"))
                if event["choices"] and (text := event["choices"][0]["delta"].get("content")):
                    yield str(text)
                if usage := event.get("usage"):
                    yield Usage(int(usage["prompt_tokens"]), int(usage["completion_tokens"]))
            if not finished:
                raise EngineGoneError


async def _events(chunks: AsyncIterator[bytes]) -> AsyncGenerator[dict[str, Any]]:
    """Yield the JSON of each server-sent event. Raises ValueError on one that is no answer, or is too large."""
    rest, total = b"", 0
    async for chunk in chunks:
        total += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > LINE_BYTES or total > STREAM_BYTES:
            raise ValueError("The engine sends more than any answer has.")
        for line in lines:
            if line.startswith(b"data:") and (data := line[5:].strip()) != b"[DONE]":
                yield json.loads(data)


def _check(status: int) -> None:
    if status in BUSY:
        raise EngineBusyError
    if status in TOO_LONG:
        raise TooLongError
    if status != HTTPStatus.OK:
        raise EngineGoneError


def embed(engine: Engine, texts: Sequence[str]) -> tuple[list[Vector], int]:
    """Return a vector for each text, and how many tokens were read. Raises as ``stream_chat`` does."""
    with _typed_errors(), httpx.Client(timeout=EMBEDDING_TIMEOUT, verify=_certificates()) as client:
        response = client.post(f"{engine.url}/embeddings", json=engine.body(input=list(texts)), headers=engine.headers)
        _check(response.status_code)
        if len(response.content) > ANSWER_BYTES:
            raise EngineGoneError
        answer = response.json()
        vectors = [item["embedding"] for item in sorted(answer["data"], key=lambda item: item["index"])]
        if len(vectors) != len(texts):
            raise EngineGoneError
        return vectors, int(answer["usage"]["prompt_tokens"])


def is_alive(engine: Engine) -> bool:
    """Say whether something that is well answers at the engine's address."""
    address = engine.url.removesuffix("/v1") + "/health"
    try:
        with httpx.Client(timeout=HEALTH_TIMEOUT, verify=_certificates()) as client:
            return client.get(address, headers=engine.headers).status_code == HTTPStatus.OK
    except httpx.HTTPError:
        return False
