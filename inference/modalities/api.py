"""Models that take more than text, for programs: any JSON that the version's input schema allows."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Body, Field, Header, Router, Schema, Status
from ninja.utils import check_csrf

from common.access import public_api
from common.errors import DomainError, ForeignRequestError
from inference.access import Visitor
from inference.errors import BadInputError
from inference.gateway.costs import estimate_of, usage_of
from inference.gateway.once import settled_of
from inference.gateway.opening import admit
from inference.gateway.terms import packed
from inference.upstream_wishes import UnfitWishError, Wish, read_wish
from inference.views import visitor_of

from .actions import Reply, begin_answer, estimate_answer, look_again, stop_answer
from .interfaces import interface_of
from .named import named_answer
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


class InferEstimate(Schema):
    """What a call could cost at most. Nobody was asked, and nothing is reserved or charged."""

    dry_run: bool = Field(description="`true`.")
    listing: str
    version: str
    usage: dict[str, Any] = Field(
        description="`prompt_tokens` as which the question counts, and the `cost` where the key pays by use; else null."
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
    dry_run: bool = Field(False, description="Ask nobody, and say what it could cost at most.")


Name = Annotated[
    str,
    Header(
        "",
        alias="Idempotency-Key",
        description="At most 255 characters. Makes a retry the same call: asked once, paid once. It is given its "
        "answer, or its 202, with `Idempotent-Replayed: true`; another question under the same name is a 422. For "
        "that the answer is kept for 24 hours, encrypted. What came to nothing was not charged, and its name is free "
        "again. A name is a key's own, or a signed-in wallet's: nobody else can send one.",
    ),
]


@router.get("/listings/{owner}/{name}/interface", response=InterfaceAnswer, summary="What a model takes and gives")
@public_api
def model_interface(request: HttpRequest, owner: str, name: str) -> dict[str, Any]:
    """Say what a model takes and gives."""
    found = interface_of(f"{owner}/{name}")
    return {"listing": found.listing, "version": found.version, "input": found.input, "output": found.output}


@router.post(
    "/listings/{owner}/{name}/infer",
    response={200: InferAnswer | InferEstimate, 202: InferWaiting},
    summary="Ask by the input schema",
)
@public_api
def infer(
    request: HttpRequest, response: HttpResponse, owner: str, name: str, asked: Body[InferAsked], named: Name
) -> Status[dict[str, Any]] | HttpResponse:
    """Ask a model by its input schema. Who is slow, or waits in turn, is answered 202, and looks again.

    Without an account one call is paid by itself (x402) where free use is spent: 402 says the terms, and the same
    request with `PAYMENT-SIGNATURE` runs once. While the payment is not final that is 503, to be sent again.

    With `dry_run` nobody is asked: the answer is `dry_run`, `listing`, `version` and the `usage` that it could come to.
    """
    said: dict[str, Any] = {"listing": f"{owner}/{name}", "asked": asked.input, "wait": WAIT}
    if asked.dry_run:
        return _estimated(_visitor(request), said["listing"], asked)
    if "Authorization" in request.headers:
        return _asked(_visitor(request), asked, said, named, response)
    ip = request.META.get("REMOTE_ADDR", "")
    try:
        if "Payment-Signature" in request.headers:
            reply, signed = paid_answer(request=request, ip=ip, wish=_wish(asked.provider), **said)
            response["PAYMENT-RESPONSE"] = packed(settled_of(signed))
        else:
            _refuse_foreign(request)
            return _asked(visitor_of(request), asked, said, named, response)
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


def _asked(
    visitor: Visitor, asked: InferAsked, said: dict[str, Any], named: str, response: HttpResponse
) -> Status[dict[str, Any]]:
    """Ask, or find what was asked under the same name."""
    wish = _wish(asked.provider)
    if not named:
        return _answered(begin_answer(visitor=visitor, wish=wish, **said), response)
    reply, is_again = named_answer(visitor=visitor, name=named, provider=asked.provider, wish=wish, **said)
    if is_again:
        response["Idempotent-Replayed"] = "true"
    return _answered(reply, response)


def _estimated(visitor: Visitor, listing: str, asked: InferAsked) -> Status[dict[str, Any]]:
    wish = _wish(asked.provider)
    interface, used = estimate_answer(visitor=visitor, listing=listing, asked=asked.input, wish=wish)
    cost = estimate_of(visitor.key, interface.listing, used) if visitor.key else None
    told = {"dry_run": True, "listing": interface.listing, "version": interface.version}
    return Status(200, told | {"usage": used | {"cost": cost}})


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
