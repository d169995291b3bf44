"""``/v1``: the marketplace's models for any client of OpenAI's protocol, by a key of its owner's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial, wraps
from http import HTTPStatus
from typing import Any, cast

import structlog
from asgiref.sync import markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from common.access import public
from common.database import in_database, in_thread
from common.errors import DomainError
from inference.kept_models import KeptAnswer
from inference.models import Mode
from inference.queueing import Waiter
from inference.waiting import Turn, begin_in_turn

from .answering import Answering, entered, opened_of, repeated, repeated_events
from .costs import estimate_of
from .embedding import vectors_by
from .errors import ProtocolError, protocol_error
from .finding import model_of, models_of
from .once import Read, bought
from .opening import Admitted, Opened, admit, enter, estimate, open_call, unheard_of
from .reading import Wanted, read_body, read_chat, read_completion, read_embedding
from .repeating import Kept, answer_of, claim_name, drop_name, keep_answer, read_name
from .responses import EventStream

log = structlog.get_logger(__name__)

Answer = Callable[[HttpRequest, Admitted], Awaitable[HttpResponseBase]]
Entry = Callable[..., Awaitable[HttpResponseBase]]
_making: set[asyncio.Task[tuple[dict[str, Any], Turn]]] = set()  # vectors, which a loop alone would forget


def _endpoint(*methods: str, read: Read | None = None) -> Callable[[Entry], Any]:
    """Make a view of what answers a request with a key; what goes wrong is said in the words of the protocol.

    What ``read`` reads can be paid for call by call, without a key.
    """

    def mark(entry: Entry) -> Any:
        @wraps(entry)
        async def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                if read and request.method == "POST" and not request.headers.get("Authorization"):
                    run = partial(_run, is_chat=read is read_chat)
                    if response := await bought(request, _address(request), read, run):
                        response["Cache-Control"] = "no-store"
                        return response
                who = await _admitted(request, read)
                _refuse_method(request, methods)
                return _headed(await entry(request, who, *args, **kwargs), who)
            except ProtocolError as error:
                return error.response()
            except DomainError as error:
                return protocol_error(error).response()
            except Exception:
                log.exception("a call of the API failed", path=request.path)
                words = _("Something broke on our side. It is recorded, and nothing was half saved.")
                return ProtocolError(words, status=HTTPStatus.INTERNAL_SERVER_ERROR, code="failed").response()

        view = csrf_exempt(public()(cast(Any, answered)))
        markcoroutinefunction(view)  # the mark's wrapper returns what is to be awaited
        return view

    return mark


async def _admitted(request: HttpRequest, read: Read | None) -> Admitted:
    """Return who asks; where it is plain what they ask for, their call has begun: its way is short."""
    key, ip = request.headers.get("Authorization", ""), _address(request)
    if read and request.method == "POST" and not request.headers.get("Idempotency-Key"):
        with suppress(ProtocolError):  # which is said to who has a key
            wanted = read(read_body(request.body))
            if not wanted.is_dry:
                return await entered(partial(enter, key, ip, wanted))
    return await in_database(admit, key, ip)


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _refuse_method(request: HttpRequest, methods: tuple[str, ...]) -> None:
    if request.method not in methods:
        words = _("Not allowed to %(method)s on %(path)s.") % {"method": request.method, "path": request.path}
        raise ProtocolError(words, status=HTTPStatus.METHOD_NOT_ALLOWED, code="method_not_allowed")


def _headed(response: HttpResponseBase, who: Admitted) -> HttpResponseBase:
    for name, value in who.headers.items():
        response[name] = value
    response["Cache-Control"] = "no-store"
    return response


@_endpoint("GET")
async def api_models(request: HttpRequest, who: Admitted) -> HttpResponseBase:
    """The models that the key may ask."""
    return JsonResponse({"object": "list", "data": await in_database(models_of, who.own_key)})


@_endpoint("GET")
async def api_model(request: HttpRequest, who: Admitted, name: str) -> HttpResponseBase:
    """One of them."""
    return JsonResponse(await in_database(model_of, who.own_key, name))


@_endpoint("POST", read=read_chat)
async def api_chat(request: HttpRequest, who: Admitted) -> HttpResponseBase:
    """An answer to a conversation."""
    return await _answer(request, who, read_chat)


@_endpoint("POST", read=read_completion)
async def api_completions(request: HttpRequest, who: Admitted) -> HttpResponseBase:
    """How a text goes on."""
    return await _answer(request, who, read_completion)


@_endpoint("POST")
async def api_embeddings(request: HttpRequest, who: Admitted) -> HttpResponseBase:
    """A vector for each text."""
    wanted = read_embedding(read_body(request.body))
    if wanted.is_dry:
        return await _estimate(who, wanted, Mode.EMBEDDINGS, "list")
    name = _name_of(request)
    response = await _vectors_once(who, wanted, name) if name else _waited(*await _vectors(who, wanted))
    return _with_unheard(response, wanted.unheard)


@_endpoint("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
async def api_unknown(request: HttpRequest, who: Admitted, path: str = "") -> HttpResponseBase:
    """What is not here."""
    words = _("Unknown request URL: %(method)s %(path)s.") % {"method": request.method, "path": request.path[:200]}
    raise ProtocolError(words, status=HTTPStatus.NOT_FOUND, code="unknown_url")


async def _answer(request: HttpRequest, who: Admitted, read: Read) -> HttpResponseBase:
    is_chat = read is read_chat
    if who.begun:
        return await _run(who, who.begun.wanted, is_chat=is_chat)
    wanted = read(read_body(request.body))
    if wanted.is_dry:
        return await _estimate(who, wanted, Mode.CHAT, "chat.completion" if is_chat else "text_completion")
    name = _name_of(request)
    if not name:
        return await _run(who, wanted, is_chat=is_chat)
    while True:
        claim = partial(claim_name, visitor=who.visitor, name=name, digest=f"{is_chat}{wanted.digest}"[-64:])
        kept, is_new = await in_database(claim)
        if is_new:
            return await _run_named(who, wanted, kept, is_chat=is_chat)
        if said := await answer_of(kept):
            return _again(said, wanted, is_chat=is_chat)


def _name_of(request: HttpRequest) -> str:
    return read_name(request.headers.get("Idempotency-Key", ""))


async def _vectors(who: Admitted, wanted: Wanted, kept: KeptAnswer | None = None) -> tuple[dict[str, Any], Turn]:
    """Return vectors, and how who asked waited for their turn.

    Under a name they are kept, or the name is free again where nothing came of it.
    """
    async with _freeing(kept):
        opened, turn = await _opened(who, wanted, Mode.EMBEDDINGS)
        # To its end, which closes the call, though the client may leave.
        said = await _to_its_end(opened, wanted)
        if kept:
            await in_database(partial(keep_answer, kept=kept, said=said))
    return said, turn


@asynccontextmanager
async def _freeing(kept: KeptAnswer | None) -> AsyncGenerator[None]:
    """Free the name of a call again where nothing comes of it, also where who asked has left."""
    async with AsyncExitStack() as stack:
        if kept:
            stack.push_async_callback(in_database, partial(drop_name, kept=kept))
        yield
        stack.pop_all()  # it came to its end, and is kept


async def _vectors_once(who: Admitted, wanted: Wanted, name: str) -> HttpResponseBase:
    """Return the vectors that there are under a name, or make them: to the end, though the client may leave."""
    while True:
        kept, is_new = await in_database(partial(claim_name, visitor=who.visitor, name=name, digest=wanted.digest))
        if is_new:
            making = asyncio.create_task(_vectors(who, wanted, kept))
            _making.add(making)
            making.add_done_callback(_making.discard)
            return _waited(*await asyncio.shield(making))
        if said := await answer_of(kept):
            return JsonResponse(said, headers={"Idempotent-Replayed": "true"})


async def _to_its_end(opened: Opened, wanted: Wanted) -> dict[str, Any]:
    doing = asyncio.ensure_future(in_thread(vectors_by, opened.call, wanted))
    doing.add_done_callback(lambda done: done.cancelled() or done.exception())  # heard, though nobody may wait for it
    return await asyncio.shield(doing)


def _waited(said: dict[str, Any], turn: Turn) -> JsonResponse:
    return JsonResponse(said, headers=turn.headers)


async def _opened(who: Admitted, wanted: Wanted, mode: Mode) -> tuple[Opened, Turn]:
    """Begin a call, in turn where all that may answer are busy; return it, and how that was waited for."""
    begun = [who.begun.outcome] if who.begun else []

    async def begin(waiter: Waiter) -> Opened:
        if begun:
            return _or_raised(begun.pop())
        return await opened_of(partial(open_call, who, wanted, mode, waiter=waiter), wanted.models)

    return await begin_in_turn(begin, wallet=who.visitor.whose)


def _or_raised(outcome: Opened | DomainError) -> Opened:
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


async def _run_named(who: Admitted, wanted: Wanted, kept: KeptAnswer, *, is_chat: bool) -> HttpResponseBase:
    """Run a call under a name, which is free again where nothing came of it."""
    async with _freeing(kept):
        return await _run(who, wanted, is_chat=is_chat, kept=kept)


async def _run(who: Admitted, wanted: Wanted, *, is_chat: bool, kept: KeptAnswer | None = None) -> HttpResponseBase:
    def open_one(models: list[str]) -> Opened:
        return open_call(who, wanted, Mode.CHAT, models)

    opened, turn = await _opened(who, wanted, Mode.CHAT)
    answering = Answering(open_one, opened, is_chat, kept)
    if not wanted.streams:
        response: HttpResponseBase = JsonResponse(await answering.whole())
    else:
        first, rest = await answering.begin()
        response = EventStream(answering.events(first, rest, apart=wanted.tells_usage), rest, {})
    for name, value in turn.headers.items():
        response[name] = value
    return _with_unheard(response, unheard_of(answering.call, wanted))


def _again(said: Kept, wanted: Wanted, *, is_chat: bool) -> HttpResponseBase:
    """Return the answer that was kept, in the form that was wanted then: the same name never has another."""
    if wanted.streams:
        events = repeated_events(said, is_chat=is_chat, apart=wanted.tells_usage)
        response: HttpResponseBase = EventStream(events, None, {})
    else:
        response = JsonResponse(repeated(said, is_chat=is_chat))
    response["Idempotent-Replayed"] = "true"
    return response


async def _estimate(who: Admitted, wanted: Wanted, mode: Mode, kind: str) -> HttpResponseBase:
    """Return what a request would cost at most. Nothing is asked, reserved or charged."""
    model, used = await in_database(estimate, who, wanted, mode)
    cost = await in_database(estimate_of, who.own_key, model, used)
    said: dict[str, Any] = {"object": kind, "model": model, "dry_run": True, "usage": {**used, "cost": cost}}
    return JsonResponse({**said, ("data" if kind == "list" else "choices"): []})


def _with_unheard(response: HttpResponseBase, names: list[str]) -> HttpResponseBase:
    if names:
        response["X-Ignored-Parameters"] = ", ".join(names)
    return response
