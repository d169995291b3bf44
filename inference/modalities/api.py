"""Models that take more than text, for programs: any JSON that the version's input schema allows."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Body, Field, Router, Schema, Status
from ninja.utils import check_csrf

from common.access import public_api
from common.errors import ForeignRequestError
from inference.access import Visitor
from inference.errors import BadInputError
from inference.keys.finding import key_of
from inference.upstream_wishes import UnfitWishError, Wish, read_wish
from inference.views import visitor_of

from .actions import Reply, begin_answer, look_again
from .interfaces import interface_of

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

    id: str = Field(description="Of the call.")
    state: str = Field(description="`done`.")
    output: dict[str, Any] = Field(description="What the model says, by the version's output schema.")
    provider: str = Field(description="The upstream that answered.")
    milliseconds: int | None = Field(description="How long it took, with starting the engine where it slept.")


class InferWaiting(Schema):
    """An answer that is still to come: `Location` says where to look for it, `Retry-After` in how many seconds."""

    id: str
    state: str = Field(description="`waiting`, or `starting` while the engine wakes up.")
    before: int = Field(description="How many questions nobody has begun to answer.")


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
) -> Status[dict[str, Any]]:
    """Ask a model by its input schema. Who is slow is answered 202, and looks again."""
    _refuse_foreign(request)
    said: dict[str, Any] = {"listing": f"{owner}/{name}", "asked": asked.input, "wait": WAIT}
    reply = begin_answer(visitor=_visitor(request), wish=_wish(asked.provider), **said)
    return _answered(reply, response)


@router.get("/answers/{call}", response={200: InferAnswer, 202: InferWaiting}, summary="An answer that took longer")
@public_api
def infer_answer(request: HttpRequest, response: HttpResponse, call: UUID) -> Status[dict[str, Any]]:
    """Look for an answer again. It is kept two minutes, and given to who asked."""
    return _answered(look_again(visitor=_visitor(request), call_id=call, wait=WAIT), response)


def _wish(said: dict[str, Any] | None) -> Wish:
    try:
        return read_wish(said)
    except UnfitWishError as error:
        raise BadInputError({f"provider.{error.part}".rstrip("."): str(error)}) from error


def _visitor(request: HttpRequest) -> Visitor:
    """Return who asks: whose key it is, else whose session. Raises as ``key_of`` does."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return visitor_of(request)
    address = request.META.get("REMOTE_ADDR", "")
    key = key_of(secret.strip(), address)
    return Visitor.of(address, key.user, key.chain_id, key)


def _refuse_foreign(request: HttpRequest) -> None:
    """Raise ForeignRequestError where a session's cookie comes without the page's token; a key is no cookie."""
    if "Authorization" in request.headers:
        return
    if getattr(request, "user", None) and request.user.is_authenticated and check_csrf(request):
        raise ForeignRequestError


def _answered(reply: Reply, response: HttpResponse) -> Status[dict[str, Any]]:
    told = {"id": str(reply.call.pk)}
    response["Cache-Control"] = "no-store"
    if reply.said is None:
        state = "starting" if reply.told.starting else "waiting"
        response["Location"], response["Retry-After"] = reverse("api:infer_answer", args=[reply.call.pk]), str(LATER)
        return Status(202, told | {"state": state, "before": reply.told.before})
    return Status(
        200,
        told
        | {
            "state": "done",
            "output": reply.said,
            "provider": reply.call.engine,
            "milliseconds": reply.call.duration_ms,
        },
    )
