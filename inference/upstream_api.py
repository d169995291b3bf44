"""Sellers' servers for programs: the same that the wizard and a listing's page keep. Keys go in and never come out."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status
from pydantic import AfterValidator

from accounts.visitors import user_of
from common.access import member_api, public_api
from common.errors import NotFoundError
from common.text import clean_line
from marketplace.listings.models import Listing
from marketplace.listings.performance import EngineDay

from . import upstream_actions as acting
from .errors import NotRunnableError
from .models import Upstream
from .probe_words import summary_of
from .upstream_actions import MOST_COST, Room
from .upstream_table import UpstreamRow, upstream_rows

router = Router(tags=["Servers"])
MOST_ADDRESS, MOST_LINE, MOST_KEY, MOST_AT_ONCE = 500, 200, 500, 64

Address = Annotated[str, Field(max_length=MOST_ADDRESS, description="Like https://models.example/v1.")]
Line = Annotated[str, Field(max_length=MOST_LINE), AfterValidator(clean_line)]
Key = Annotated[str, Field(max_length=MOST_KEY, description="Encrypted, sent to this server alone, never given back.")]
AtOnce = Annotated[int, Field(ge=1, le=MOST_AT_ONCE, description="Answers at once: more are not sent.")]
Cost = Annotated[int, Field(ge=0, le=MOST_COST, description="Of a million tokens, in millionths of what you count in.")]
UsedFor = Literal["chat", "embeddings"]


class UpstreamItem(Schema):
    """A server that answers for a draft, or for a version of a listing."""

    id: int
    draft: UUID | None
    listing: str = Field(description="Empty for what a draft has.")
    version: str
    base_url: str
    model: str = Field(description="Its name there.")
    mode: str
    at_once: int
    retains: bool | None = Field(description="Whether it keeps what it is asked, as its seller says; null: not said.")
    cost_note: str
    cost_micros: int | None = Field(description="What a million tokens cost its seller, in millionths; for them alone.")
    free: bool = Field(description="Whether visitors without access may try it.")
    has_key: bool
    key_end: str = Field(description="The last four characters of a key that is long enough.")
    state: str = Field(description="`probing`, `healthy`, `failing`, `drained` or `off`.")
    is_being_tried: bool
    says: str = Field(description="How it does, in a sentence.")
    known_models: list[str] = Field(description="What it lists.")
    context: int | None = Field(description="Tokens that it reads, as it says.")
    streams: bool | None
    tells_usage: bool | None
    first_token_ms: int | None
    probed_at: datetime | None


class UpstreamsAnswer(Schema):
    """Servers in the order in which equally busy ones are asked."""

    items: list[UpstreamItem]


class UpstreamMade(Schema):
    """A server to be added."""

    base_url: Address
    model: Line = Field("", description="Empty where the server has one model: it is asked.")
    key: Key = ""
    mode: UsedFor = "chat"
    at_once: AtOnce = 4
    retains: bool | None = None
    cost_note: Line = ""
    cost_micros: Cost | None = None
    free: bool = False


class UpstreamChanged(Schema):
    """What is to be another; what is left out stays. A kept key goes to no other server than it was given for."""

    base_url: Address | None = None
    model: Line | None = None
    mode: UsedFor | None = None
    at_once: AtOnce | None = None
    retains: bool | None = Field(None, description="null: not said.")
    cost_note: Line | None = None
    cost_micros: Cost | None = Field(None, description="null: not said.")
    free: bool | None = None
    key: Key = ""


class UpstreamKey(Schema):
    """A key in the place of another; empty takes it away."""

    key: Key


class UpstreamSwitch(Schema):
    """Whether it gets calls."""

    on: bool


@router.get("/drafts/{draft_id}/upstreams", response=UpstreamsAnswer, summary="Servers of a draft")
@member_api
def list_draft_upstreams(request: HttpRequest, draft_id: UUID) -> dict[str, Any]:
    """Return the servers that will answer for what a draft becomes."""
    return _listed(acting.room_of_draft(user_of(request), draft_id))


@router.post("/drafts/{draft_id}/upstreams", response={201: UpstreamItem}, summary="Add a server to a draft")
@member_api
def post_draft_upstream(request: HttpRequest, draft_id: UUID, body: UpstreamMade) -> Status[dict[str, Any]]:
    """Add a server, and have it tried: read it again after some seconds."""
    room = acting.room_of_draft(user_of(request), draft_id)
    return Status(201, _item(acting.add_upstream(room=room, **body.model_dump())))


@router.get("/listings/{owner}/{name}/upstreams", response=UpstreamsAnswer, summary="Servers of an own listing")
@member_api
def list_listing_upstreams(request: HttpRequest, owner: str, name: str) -> dict[str, Any]:
    """Return the servers of the version that is offered, to the listing's owner alone."""
    return _listed(acting.room_of_listing(user_of(request), f"{owner}/{name}"))


@router.post("/listings/{owner}/{name}/upstreams", response={201: UpstreamItem}, summary="Add a server to a listing")
@member_api
def post_listing_upstream(request: HttpRequest, owner: str, name: str, body: UpstreamMade) -> Status[dict[str, Any]]:
    """Add a server to the version that is offered, and have it tried."""
    room = acting.room_of_listing(user_of(request), f"{owner}/{name}")
    return Status(201, _item(acting.add_upstream(room=room, **body.model_dump())))


class UpstreamFigures(Schema):
    """An upstream as anybody sees it; figures are of 30 days, null below 20 measurements."""

    name: str = Field(description="By which a request's `provider` names it.")
    runs_at: str = Field(description="`seller` or `marketplace`.")
    version: str | None = Field(description="The version that the figures are of; null where nothing was measured.")
    state: str = Field(description="`probing`, `healthy`, `failing` or `drained`.")
    retains: bool | None = Field(description="Whether it keeps what it is asked, as who runs it says; null: not said.")
    price_place: int | None = Field(
        description="Its place by what it costs its seller, the cheapest 1; null: not said."
    )
    first_token_p50_ms: int | None
    first_token_p95_ms: int | None
    tokens_per_second_p50: float | None
    success: float | None = Field(description="0 to 1.")
    uptime: float | None = Field(description="0 to 1.")
    rating: float | None = Field(description="0 to 100.")


class UpstreamDay(Schema):
    """A day of an upstream, in UTC; what half of its answers reach from 20 measurements on."""

    day: date
    checks: int
    checks_answered: int
    calls: int
    calls_succeeded: int
    first_token_p50_ms: int | None
    tokens_per_second_p50: float | None


class UpstreamPlotted(UpstreamFigures):
    """An upstream with its days, the oldest first."""

    days: list[UpstreamDay]


class PerformanceAnswer(Schema):
    """What answers for a model as it is offered now, in its seller's order."""

    items: list[UpstreamPlotted]


@router.get("/listings/{owner}/{name}/performance", response=PerformanceAnswer, summary="Upstreams and their speed")
@public_api
def listing_performance(request: HttpRequest, owner: str, name: str) -> dict[str, Any]:
    """Return the upstreams of a model side by side. The buyer pays the model's price whichever answers."""
    listing = Listing.objects.named(f"{owner}/{name}").filter(suspension=None).first()
    rows = upstream_rows(listing.name) if listing else []
    if not rows:
        raise NotRunnableError
    return {"items": [_figures(row) for row in rows]}


def _figures(row: UpstreamRow) -> dict[str, Any]:
    measured = row.performance
    return {
        "name": row.name,
        "runs_at": row.runs_at,
        "version": measured.version if measured else None,
        "state": row.upstream.state,
        "retains": row.retains,
        "price_place": row.by_price,
        "first_token_p50_ms": row.first_p50_ms,
        "first_token_p95_ms": row.first_p95_ms,
        "tokens_per_second_p50": row.speed_p50,
        "success": measured.success if measured else None,
        "uptime": measured.uptime if measured else None,
        "rating": measured.points if measured else None,
        "days": [_day(each) for each in row.days],
    }


def _day(each: EngineDay) -> dict[str, Any]:
    counts = {"checks": each.asked, "checks_answered": each.answered, "calls": each.calls}
    counts["calls_succeeded"] = each.succeeded
    times = {"first_token_p50_ms": each.first_ms, "tokens_per_second_p50": each.speed}
    return {"day": each.day, **counts, **times}


@router.get("/upstreams/{upstream_id}", response=UpstreamItem, summary="One server")
@member_api
def get_upstream(request: HttpRequest, upstream_id: int) -> dict[str, Any]:
    """Return a server of one's own, with what the last try found."""
    return _item(_found(acting.room_of(user_of(request), upstream_id), upstream_id))


@router.patch("/upstreams/{upstream_id}", response=UpstreamItem, summary="Change a server")
@member_api
def patch_upstream(request: HttpRequest, upstream_id: int, body: UpstreamChanged) -> dict[str, Any]:
    """Change what is named. Another address, model or use makes it another server, which is tried again."""
    room = acting.room_of(user_of(request), upstream_id)
    said = body.model_dump(exclude_unset=True)
    said = {name: value for name, value in said.items() if value is not None or name in ("retains", "cost_micros")}
    said.setdefault("base_url", _found(room, upstream_id).base_url)
    return _item(acting.edit_upstream(room=room, upstream_id=upstream_id, **said))


@router.put("/upstreams/{upstream_id}/key", response=UpstreamItem, summary="Replace a server's key")
@member_api
def put_upstream_key(request: HttpRequest, upstream_id: int, body: UpstreamKey) -> dict[str, Any]:
    """Replace the key, or take it away; the server is tried with it."""
    room = acting.room_of(user_of(request), upstream_id)
    return _item(acting.replace_key(room=room, upstream_id=upstream_id, key=body.key))


@router.post("/upstreams/{upstream_id}/probe", response={202: UpstreamItem}, summary="Try a server")
@member_api
def probe_upstream(request: HttpRequest, upstream_id: int) -> Status[dict[str, Any]]:
    """Have a server tried now: asked for its models, then one small question."""
    room = acting.room_of(user_of(request), upstream_id)
    return Status(202, _item(acting.try_again(room=room, upstream_id=upstream_id)))


@router.put("/upstreams/{upstream_id}/switch", response=UpstreamItem, summary="Switch a server off or on")
@member_api
def put_upstream_switch(request: HttpRequest, upstream_id: int, body: UpstreamSwitch) -> dict[str, Any]:
    """Take a server out, so that it gets no new calls, or take it back, and have it tried."""
    room = acting.room_of(user_of(request), upstream_id)
    return _item(acting.switch_upstream(room=room, upstream_id=upstream_id, on=body.on))


@router.delete("/upstreams/{upstream_id}", response={204: None}, summary="Remove a server")
@member_api
def delete_upstream(request: HttpRequest, upstream_id: int) -> Status[None]:
    """Remove a server and its key. Calls that it answers end as they would."""
    acting.remove_upstream(room=acting.room_of(user_of(request), upstream_id), upstream_id=upstream_id)
    return Status(204, None)


def _listed(room: Room) -> dict[str, Any]:
    return {"items": [_item(each) for each in room.upstreams]}


def _found(room: Room, upstream_id: int) -> Upstream:
    found = next((each for each in room.upstreams if each.pk == upstream_id), None)
    if found is None:
        raise NotFoundError
    return found


def _item(upstream: Upstream) -> dict[str, Any]:
    names = set(UpstreamItem.model_fields) - {"has_key", "says"}
    said = {name: getattr(upstream, name) for name in names}
    return {**said, "has_key": upstream.sealed_key is not None, "says": summary_of(upstream)}
