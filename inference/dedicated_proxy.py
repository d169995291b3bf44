"""The way to a holder's own engine: ``/engines/<id>/v1/…`` with its key, for any client of OpenAI's protocol.

The engine itself listens on the loopback under a key of its own. What is passed on is bounded, and access is asked
again at every call.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

import httpx
from asgiref.sync import markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from common.access import public
from common.database import in_database

from .dedicated import inner_key, note_call, refusal_of, running_engine
from .dedicated_models import DedicatedEngine, EngineState, Why

PATHS = ("chat/completions", "completions", "responses")
WHOLE = 600.0  # seconds of one answer
FIRST = 120.0  # seconds until it begins
TOUCH = 20.0  # seconds between two notes that it is in use
MOST_TOKENS = 4_096  # of one answer
MOST_BODY = 1_000_000  # bytes
GIVEN = ("content-type", "cache-control")


class _CallError(Exception):
    """Why a call is not passed on, in the form that clients of that protocol read."""

    def __init__(self, status: int, code: str, sentence: str, retry: int = 0) -> None:
        self.status, self.code, self.sentence, self.retry = status, code, sentence, retry

    def response(self) -> JsonResponse:
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        error = {"message": self.sentence, "type": kind, "code": self.code, "param": None}
        headers = {"Retry-After": str(self.retry)} if self.retry else {}
        return JsonResponse({"error": error}, status=self.status, headers=headers)


async def _engine_call(request: HttpRequest, engine_id: UUID, path: str) -> HttpResponseBase:
    """Pass one call on to an engine, and its answer back as it is written."""
    try:
        engine = await _admitted(request, engine_id)
        if path == "models":
            return JsonResponse({"object": "list", "data": [_model(engine)]})
        if request.method != "POST" or path not in PATHS:
            raise _CallError(HTTPStatus.NOT_FOUND, "not_found", _("This engine has no such address."))
        body = _body(request, engine)
        await in_database(note_call, engine_id, began=True)
        return await _passed(engine, path, body)
    except _CallError as error:
        return error.response()


engine_call = csrf_exempt(public()(cast(Any, _engine_call)))
markcoroutinefunction(engine_call)  # the mark's wrapper returns what is to be awaited


async def _admitted(request: HttpRequest, engine_id: UUID) -> DedicatedEngine:
    """Return the engine, if the key is its own, its holder may still have it, and it is ready."""
    scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
    engine = await in_database(running_engine, engine_id, key.strip()) if scheme.lower() == "bearer" else None
    if engine is None:
        words = _("There is no engine here for this key. It may have been stopped; look at its page.")
        raise _CallError(HTTPStatus.UNAUTHORIZED, "invalid_api_key", words)
    if (why := await in_database(refusal_of, engine)) != Why.NONE:
        raise _CallError(HTTPStatus.FORBIDDEN, "access_ended", str(why.label))
    if not engine.wanted:
        words = _("The engine is being stopped, and takes no more calls.")
        raise _CallError(HTTPStatus.SERVICE_UNAVAILABLE, "stopping", words)
    if engine.state != EngineState.HEALTHY:
        words = _("The engine is not ready: %(state)s.") % {"state": engine.get_state_display()}
        raise _CallError(HTTPStatus.SERVICE_UNAVAILABLE, "not_ready", words, retry=5)
    return engine


def _model(engine: DedicatedEngine) -> dict[str, Any]:
    owner = engine.listing.partition("/")[0]
    return {"id": engine.listing, "object": "model", "created": int(engine.created_at.timestamp()), "owned_by": owner}


def _body(request: HttpRequest, engine: DedicatedEngine) -> bytes:
    """Return the body as the engine takes it: without the model's name, which it has only one of."""
    try:
        said = json.loads(request.body) if len(request.body) <= MOST_BODY else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise _CallError(HTTPStatus.BAD_REQUEST, "invalid_body", _("The body has to be a JSON object of at most 1 MB."))
    named = said.pop("model", None)
    if named not in (None, "", engine.listing, f"{engine.listing}@{engine.version}"):
        words = _("This engine runs %(name)s alone; leave the model out, or name it so.") % {"name": engine.listing}
        raise _CallError(HTTPStatus.NOT_FOUND, "model_not_found", words)
    for name in ("max_tokens", "max_completion_tokens", "max_output_tokens"):
        if isinstance(said.get(name), int):
            said[name] = max(1, min(said[name], MOST_TOKENS))
    said.pop("stream_options", None)  # which it refuses
    return json.dumps(said).encode()


async def _passed(engine: DedicatedEngine, path: str, body: bytes) -> HttpResponseBase:
    headers = {"Authorization": f"Bearer {inner_key(engine.pk)}", "Content-Type": "application/json"}
    client = httpx.AsyncClient(timeout=httpx.Timeout(WHOLE, connect=3), trust_env=False)
    asked = client.build_request("POST", f"http://127.0.0.1:{engine.port}/v1/{path}", content=body, headers=headers)
    try:
        async with asyncio.timeout(FIRST):
            answer = await client.send(asked, stream=True)
    except (httpx.HTTPError, TimeoutError) as error:
        await client.aclose()
        words = _("The engine does not answer. Its page says what became of it.")
        raise _CallError(HTTPStatus.BAD_GATEWAY, "engine_away", words, retry=5) from error
    if answer.status_code >= 500:
        await answer.aclose()
        await client.aclose()
        raise _CallError(HTTPStatus.BAD_GATEWAY, "engine_failed", _("The engine could not answer that."))
    given = {name: answer.headers[name] for name in GIVEN if name in answer.headers}
    given["Content-Encoding"] = "identity"  # so that nothing on the way gathers it to compress it
    return StreamingHttpResponse(_pieces(engine, client, answer), status=answer.status_code, headers=given)


async def _pieces(engine: DedicatedEngine, client: httpx.AsyncClient, answer: httpx.Response) -> AsyncGenerator[bytes]:
    """Yield an answer as it comes, and note now and then that the engine is in use. Leaving it ends the generation."""
    noted, ends = time.monotonic(), time.monotonic() + WHOLE
    try:
        async for piece in answer.aiter_raw():
            yield piece
            now = time.monotonic()
            if now > ends:
                return
            if now - noted > TOUCH:
                noted = now
                await in_database(note_call, engine.pk, began=False)
    except httpx.HTTPError:
        return  # what was written stays; the client sees that the end is missing
    finally:
        with suppress(httpx.HTTPError):
            await answer.aclose()
        await client.aclose()
