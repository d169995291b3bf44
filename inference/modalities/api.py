"""Models that take more than text, for programs: any JSON that the version's input schema allows."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Body, Field, Router, Schema, Status
from ninja.utils import check_csrf

from common.access import public_api
from common.errors import DomainError, ForeignRequestError
from inference.access import Visitor
from inference.errors import BadInputError
from inference.gateway.costs import usage_of
from inference.gateway.once import settled_of
from inference.gateway.opening import admit
from inference.gateway.terms import packed
from inference.upstream_wishes import UnfitWishError, Wish, read_wish
from inference.views import visitor_of

from .actions import Reply, begin_answer, look_again, stop_answer
from .interfaces import interface_of
from .once import paid_answer, refused

router = Router(tags=["Models"])
WAIT = 4.0  # seconds until who asks is told to look again
LATER = 1  # seconds after which they may


class InterfaceAnswer(Schema):
    """What a version takes and gives, as JSON Schema; files are base64."""

    listing: str
    version: str
    input: dict[str, Any]
    output: dict[str, Any]


class InferAnswer(Schema):
    """An answer."""

    id: str = Field(description="Under which it is looked for.")
    state: str = Field(description="`done`.")
    output: dict[str, Any] = Field(description="What the model says, by the version's output schema.")
    provider: str = Field(description="The upstream that answered.")
    milliseconds: int | None = Field(description="How long it took, with starting the engine where it slept.")
    usage: dict[str, Any] = Field(
        description="`prompt_tokens` as which the question counts, and the exact `cost`: `wei`, `amount`, `coin`, "
        "`chain_id`, `token`, `paid_by`."
    )


class InferWaiting(Schema):
    """An answer that is still to come: `Location` says where to look for it, `Retry-After` in how many seconds."""

    id: str
    state: str = Field(
        description="`queued` while all that may answer are busy, `waiting`, or `starting` while the engine wakes up."
    )
    before: int = Field(description="How many questions nobody has begun to answer.")
    place: int = Field(
        description="Where it stands in the queue, the first 1, one of each wallet before a second of any; 0 once its "
        "turn has come. Who does not look for 15 seconds leaves it."
    )


class InferAsked(Schema):
    """What is asked."""

    input: dict[str, Any] = Field(description="By the version's input schema.")
    provider: dict[str, Any] | None = Field(
        None,
        description="Which upstreams may answer: `order`, `only`, `ignore` (names), `sort` (`price`, `latency`, "
        "`throughput`), `data_collection` (`allow`, `deny`), `allow_fallbacks`.",
    )


@router.get("/listings/{owner}/{name}/interface", response=InterfaceAnswer, summary="What a model takes and gives")
@public_api
def model_interface(request: HttpRequest, owner: str, name: str) -> dict[str, Any]:
    """Say what a model takes and gives."""
    found = interface_of(f"{owner}/{name}")
    return {"listing": found.listing, "version": found.version, "input": found.input, "output": found.output}


@router.post(
    "/listings/{owner}/{name}/infer", response={200: InferAnswer, 202: InferWaiting}, summary="Ask by the input schema"
)
@public_api
def infer(
    request: HttpRequest, response: HttpResponse, owner: str, name: str, asked: Body[InferAsked]
) -> Status[dict[str, Any]] | HttpResponse:
    """Ask a model by its input schema. Who is slow, or waits in turn, is answered 202, and looks again.

    Without an account one call is paid by itself (x402) where free use is spent: 402 says the terms, and the same
    request with `PAYMENT-SIGNATURE` runs once. While the payment is not final that is 503, to be sent again.
    """
    said: dict[str, Any] = {"listing": f"{owner}/{name}", "asked": asked.input, "wait": WAIT}
    if "Authorization" in request.headers:
        return _answered(begin_answer(visitor=_visitor(request), wish=_wish(asked.provider), **said), response)
    ip = request.META.get("REMOTE_ADDR", "")
    try:
        if "Payment-Signature" in request.headers:
            reply, signed = paid_answer(request=request, ip=ip, wish=_wish(asked.provider), **said)
            response["PAYMENT-RESPONSE"] = packed(settled_of(signed))
        else:
            _refuse_foreign(request)
            reply = begin_answer(visitor=visitor_of(request), wish=_wish(asked.provider), **said)
    except DomainError as error:
        if terms := refused(request, ip, error, said["listing"]):
            return terms
        raise
    return _answered(reply, response)


@router.get("/answers/{call}", response={200: InferAnswer, 202: InferWaiting}, summary="An answer that took longer")
@public_api
def infer_answer(request: HttpRequest, response: HttpResponse, call: UUID) -> Status[dict[str, Any]]:
    """Look for an answer again. It is kept two minutes, and given to who asked."""
    return _answered(look_again(visitor=_visitor(request), name=call, wait=WAIT), response)


@router.delete("/answers/{call}", response={204: None}, summary="Give up an answer")
@public_api
def stop_infer_answer(request: HttpRequest, call: UUID) -> Status[None]:
    """Give up an answer that waits in turn, or is being made. It costs nothing."""
    _refuse_foreign(request)
    stop_answer(visitor=_visitor(request), name=call)
    return Status(204, None)


def _wish(said: dict[str, Any] | None) -> Wish:
    try:
        return read_wish(said)
    except UnfitWishError as error:
        raise BadInputError({f"provider.{error.part}".rstrip("."): str(error)}) from error


def _visitor(request: HttpRequest) -> Visitor:
    """Return who asks: whose key it is, else whose session. Raises as ``admit`` does."""
    said = request.headers.get("Authorization", "")
    if not said.lower().startswith("bearer "):
        return visitor_of(request)
    return admit(said, request.META.get("REMOTE_ADDR", "")).visitor


def _refuse_foreign(request: HttpRequest) -> None:
    """Raise ForeignRequestError where a session's cookie comes without the page's token; a key is no cookie."""
    if "Authorization" in request.headers:
        return
    if getattr(request, "user", None) and request.user.is_authenticated and check_csrf(request):
        raise ForeignRequestError


def _answered(reply: Reply, response: HttpResponse) -> Status[dict[str, Any]]:
    told = {"id": str(reply.name)}
    response["Cache-Control"] = "no-store"
    if reply.said is None or reply.call is None:
        state = "queued" if reply.call is None else "starting" if reply.told.starting else "waiting"
        response["Location"], response["Retry-After"] = reverse("api:infer_answer", args=[reply.name]), str(LATER)
        return Status(202, told | {"state": state, "before": reply.told.before, "place": reply.place})
    return Status(
        200,
        told
        | {
            "state": "done",
            "output": reply.said,
            "provider": reply.call.engine,
            "milliseconds": reply.call.duration_ms,
            "usage": usage_of(reply.call),
        },
    )
