"""Speaks OpenAI's protocol with an engine: transformers, vLLM or any other that does.

Leaving the iterator closes the connection, and that ends the generation. Everything read is bounded, in size and time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ConnectionTimeoutError,
)
from django.conf import settings
from yarl import URL

from common.embeddings import Vector, read_vectors
from common.errors import DomainError
from common.outbound import Answer as Told
from common.outbound import Outbound, OutboundError, TooLargeError, TooSlowError, UnreachableError
from common.pinned import AddressRefusedError, Pinned, checked_url, resolved

from .answers import Answer, Delta, Usage, as_event, read_models, usage_of
from .asked import Asked, Message
from .errors import EngineBusyError, EngineGoneError, EngineStatusError, EngineWarmingError, NotTakenError, TooLongError
from .patience import Patience
from .servers import Engine
from .sse import STREAM_BYTES, EventReader
from .stops import Stops
from .wire import kept_session, post, session


class Waits(NamedTuple):
    """Seconds: for the first text, behind other prompts; for more; for the usage after the end; for the whole."""

    first: float = 60
    more: float = 30
    usage: float = 5
    whole: float = 600


WAITS = Waits()
TURN = 8_192  # bytes of a stream that are read before others have a turn
EMBEDDING_SECONDS, EMBEDDING_BYTES = 8.0, 8_000_000
HEALTH_SECONDS, HEALTH_BYTES = 2.0, 65_536
MODELS_SECONDS, MODELS_BYTES = 8.0, 1_000_000
NOT_SAID = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}
CONNECTIONS = 8  # to an engine, for what is no stream
# Compressed, a few bytes could become gigabytes; so nothing compressed is asked for, and none is taken.
PLAIN = {"Accept-Encoding": "identity"}

BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
NOT_TAKEN = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.NOT_IMPLEMENTED}
TOO_LONG = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}


@lru_cache
def _outbound() -> Outbound:
    return Outbound(CONNECTIONS)


@contextmanager
def _typed_errors(answer: Answer | None = None) -> Iterator[None]:
    """Turn what goes wrong into errors for the person who asked; once the answer is whole, nothing goes wrong."""
    try:
        yield
    except (ClientError, OutboundError, TimeoutError, ValueError, AddressRefusedError) as error:
        if answer is None or not answer.finished:
            raise _typed(error, began=answer is not None and answer.tokens > 0) from error


def _typed(error: Exception, *, began: bool) -> DomainError:
    if isinstance(error, (UnreachableError, ClientConnectorError, ConnectionTimeoutError)):
        return EngineWarmingError()
    if isinstance(error, (TooSlowError, TimeoutError)) and not began:
        return EngineBusyError()
    return EngineGoneError()


@dataclass
class Manner:
    """How an engine answered: as a stream, or at once though a stream was asked for."""

    streams: bool | None = None


async def stream_chat(
    engine: Engine, messages: Sequence[Message], *, max_tokens: int, manner: Manner | None = None
) -> AsyncGenerator[str | Usage]:
    """Yield an answer's text as it is written, at most ``max_tokens`` of it, then its usage if the engine tells.

    ``manner`` is filled in with how it answers. Raises as ``stream_answer`` does.
    """
    answer = stream_answer(engine, Asked(messages), max_tokens=max_tokens, manner=manner)
    async with aclosing(answer):
        async for piece in answer:
            if isinstance(piece, Usage):
                yield piece
            elif piece.text:
                yield piece.text


async def stream_answer(
    engine: Engine, asked: Asked, *, max_tokens: int, manner: Manner | None = None
) -> AsyncGenerator[Delta | Usage]:
    """Yield what is answered as it is written, at most ``max_tokens`` of each choice, then the usage if it is told.

    ``manner`` is filled in with how the engine answers.

    Raises EngineWarmingError, EngineBusyError, EngineGoneError, TooLongError, NotTakenError.
    """
    if refused := engine.refused_of(asked):
        raise NotTakenError(refused)
    answer = Answer(max_tokens, asked.choices)
    stops = [Stops(asked.stop) for _ in range(asked.choices)]
    with _typed_errors(answer):
        async with _opened(engine, asked, max_tokens) as response:
            is_whole = _is_whole(response)
            if manner:
                manner.streams = not is_whole
            events = _whole(response, asked) if is_whole else _events(response, answer)
            async with aclosing(events):
                async for data in events:
                    for delta in answer.read(data):
                        if not asked.stop or stops[delta.index].lets(delta):
                            yield delta
                    if asked.stop and all(each.found for each in stops):
                        return
        if not answer.finished:
            raise EngineGoneError
    # What was stopped here was counted beyond what was passed on.
    if answer.usage and not any(each.found for each in stops):
        yield answer.usage


@asynccontextmanager
async def _opened(engine: Engine, asked: Asked, max_tokens: int) -> AsyncGenerator[ClientResponse]:
    """Ask, and give the answer that has begun."""
    # Ours have one way to choose words, and to end, for all that they answer together.
    more = {"stream_options": {"include_usage": True}} if engine.asks_usage else {}
    body = engine.body(**asked.fields(max_tokens, follows=engine.is_sellers), **more)
    url, headers, name = await _looked_up(engine, f"{engine.url}{asked.path}")
    headers |= {**engine.headers, **PLAIN}
    given: dict[str, Any] = {"json": body, "headers": headers, "server_hostname": name}
    given["allow_redirects"] = False  # whoever an answer points at was not looked up
    async with AsyncExitStack() as stack:
        async with asyncio.timeout(WAITS.first):
            if engine.is_sellers:
                response = await (await stack.enter_async_context(session())).post(URL(url, encoded=True), **given)
            else:
                response = await post(await kept_session(), URL(url, encoded=True), **given)
        try:
            _check(response.status, asked)
            if response.headers.get("content-encoding", "identity") != "identity":
                raise EngineGoneError
            yield response
        finally:
            response.close()  # which ends the generation; what was read to its end is kept


async def _looked_up(engine: Engine, url: str) -> tuple[str, dict[str, str], str | None]:
    """Return where to connect, and the name that the server goes by in its headers and in TLS."""
    if not engine.is_sellers:
        return url, {}, None
    place = checked_url(url, loopback=settings.UPSTREAM_LOOPBACK)
    address = await asyncio.to_thread(resolved, place, loopback=settings.UPSTREAM_LOOPBACK)
    return place.at(address), {"Host": place.authority}, place.host


def _is_whole(response: ClientResponse) -> bool:
    """Whether it answers at once, as one JSON document, though a stream was asked for."""
    kind: str = response.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower() == "application/json"


async def _whole(response: ClientResponse, asked: Asked) -> AsyncGenerator[str]:
    """Yield what is answered at once as the events that a stream would have."""
    # In place: who sends a byte at a time would else have everything copied for each.
    read = bytearray()
    async with asyncio.timeout(WAITS.first):
        while chunk := await response.content.readany():
            read += chunk
            if len(read) > STREAM_BYTES:
                raise ValueError("The answer is longer than any answer.")
    yield as_event(bytes(read), goes_on=asked.prompt is not None)
    yield "[DONE]"


async def _events(response: ClientResponse, answer: Answer) -> AsyncGenerator[str]:
    """Yield the data of each event until the answer is over. Raises TimeoutError where its text does not come on."""
    now, reader = asyncio.get_running_loop().time, EventReader()
    whole_by = now() + WAITS.whole
    text_by, tokens = now() + WAITS.first, 0
    with Patience(response.content) as patience:
        while not answer.over:
            chunk = await patience.read(min(text_by, whole_by))
            for start in range(0, max(len(chunk), 1), TURN):
                for data in reader.feed(chunk[start : start + TURN]) if chunk else reader.end():
                    yield data
                    if answer.over:
                        return
                if len(chunk) > TURN:
                    await asyncio.sleep(0)  # what has come is read without waiting, and others want to go on
            if not chunk:
                return
            # Only text moves the deadline: an engine could send empty events for ever.
            if answer.tokens > tokens:
                tokens, text_by = answer.tokens, now() + WAITS.more
            if answer.finished:
                text_by = min(text_by, now() + WAITS.usage)


def _check(status: int, asked: Asked | None = None) -> None:
    if status in BUSY:
        raise EngineBusyError
    if asked and status in NOT_TAKEN and (names := sorted({*asked.needs, *asked.hints})):
        raise NotTakenError(names)
    if asked and asked.prompt is not None and status in NOT_SAID:
        raise NotTakenError(["prompt"])
    if status in TOO_LONG:
        raise TooLongError
    if status != HTTPStatus.OK:
        raise EngineStatusError(status)


def embed(engine: Engine, texts: Sequence[str]) -> tuple[list[Vector], int | None]:
    """Return a vector for each text, and how many tokens were read, if the engine tells.

    Raises as ``stream_chat`` does.
    """
    body = engine.body(input=list(texts))
    with _typed_errors():
        found = _ask(engine, "/embeddings", body, seconds=EMBEDDING_SECONDS, most_bytes=EMBEDDING_BYTES)
        _check(found.status)
        vectors, usage = read_vectors(found.body, len(texts))
    return vectors, usage_of(usage).prompt_tokens


def _ask(engine: Engine, path: str, body: dict[str, Any] | None, *, seconds: float, most_bytes: int) -> Told:
    """Ask for what is no stream: a POST with a body, a GET without. Raises OutboundError, AddressRefusedError."""
    url, headers = engine.url + path, {**engine.headers, **PLAIN}
    bounds: dict[str, Any] = {"seconds": seconds, "most_bytes": most_bytes, "headers": headers}
    if not engine.is_sellers:
        return _outbound().get(url, **bounds) if body is None else _outbound().post(url, body, **bounds)
    place = checked_url(url, loopback=settings.UPSTREAM_LOOPBACK)
    with Pinned(place, loopback=settings.UPSTREAM_LOOPBACK) as out:
        return out.get(url, **bounds) if body is None else out.post(url, body, **bounds)


def known_models(engine: Engine) -> list[dict[str, Any]]:
    """Return what a server says of its models, at most a hundred; nothing where it does not say.

    Raises as ``stream_chat`` does.
    """
    with _typed_errors():
        try:
            found = _ask(engine, "/models", None, seconds=MODELS_SECONDS, most_bytes=MODELS_BYTES)
        except TooLargeError:
            return []
        if found.status in NOT_SAID:
            return []
        if found.status in BUSY:
            raise EngineBusyError
        if found.status != HTTPStatus.OK:
            raise EngineStatusError(found.status)
        return read_models(found.body)


def is_alive(engine: Engine) -> bool:
    """Say whether something that is well answers at the engine's address."""
    address = engine.url.removesuffix("/v1") + "/health"
    try:
        found = _outbound().get(address, seconds=HEALTH_SECONDS, most_bytes=HEALTH_BYTES, headers=engine.headers)
    except OutboundError:
        return False
    return found.status == HTTPStatus.OK
