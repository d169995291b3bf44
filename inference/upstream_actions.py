"""Every write of sellers' servers by people: added, changed, switched off and on, removed, put in order, published."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.restrictions import Scope, refuse_restricted
from common.errors import NotFoundError
from common.limits import limit
from common.locks import exclusive_until_commit
from common.pinned import Place, checked_url
from common.queue import enqueue
from common.sealing import SealedError, is_newest, seal, unseal
from marketplace.listings.models import Listing
from marketplace.publish.finding import own_draft
from marketplace.publish.models import Draft

from .checking import write_checks
from .choosing import offered_version
from .errors import BadKeyError, KeyNeededError, SameUpstreamError, TooManyUpstreamsError
from .health import write_runtimes
from .models import Kind, Mode, Upstream, UpstreamState
from .servers import key_of

log = structlog.get_logger(__name__)
MOST_UPSTREAMS = 8  # of a draft or a version
TRIES = (30, 600)  # that a seller may ask for, in so many seconds
KEY = re.compile(r"[\x21-\x7e]{1,500}\Z")  # what a header takes
TASK = "inference.upstream_tasks.try_upstream"
SAID = ("model", "mode", "at_once", "retains", "cost_note", "cost_micros", "free")  # by the seller, as it is
VECTORS = {"feature-extraction", "sentence-similarity", "text-ranking"}  # tasks
MOST_COST = 10**15  # millionths, of a million tokens
ASKED = ("base_url", "model", "mode")  # what, changed, makes it another server


@dataclass(frozen=True)
class Room:
    """Where servers stand: a draft of a user's, or a version of a listing of theirs."""

    user: User
    draft: UUID | None = None
    listing: str = ""
    version: str = ""

    @property
    def columns(self) -> dict[str, Any]:
        """The columns that say so."""
        return {"draft": self.draft, "listing": self.listing, "version": self.version}

    @property
    def upstreams(self) -> list[Upstream]:
        """What stands there, in order."""
        return list(Upstream.objects.filter(kind=Kind.URL, **self.columns).order_by("place", "pk"))

    def lock(self) -> None:
        """Let nobody else change what stands there until the transaction ends."""
        exclusive_until_commit(f"upstreams of {self.draft or f'{self.listing}@{self.version}'}")


def room_of_draft(user: User, draft_id: UUID) -> Room:
    """Return the room of a draft that is the user's own and not published. Raises NotFoundError."""
    draft = own_draft(user, draft_id)
    if draft.published_at is not None:
        raise NotFoundError
    return Room(user, draft=draft.pk)


def room_of_listing(user: User, name: str) -> Room:
    """Return the room of the version that is offered of a listing of the user's own. Raises NotFoundError."""
    listing = Listing.objects.named(name).filter(owner__user=user).first()
    if listing is None:
        raise NotFoundError
    return Room(user, listing=listing.name, version=offered_version(listing.name))


def room_of(user: User, upstream_id: int) -> Room:
    """Return where a server stands that the user may change. Raises NotFoundError."""
    found = Upstream.objects.filter(pk=upstream_id, kind=Kind.URL).first()
    if found is None:
        raise NotFoundError
    if found.draft:
        return room_of_draft(user, found.draft)
    room = room_of_listing(user, found.listing)
    return Room(user, listing=room.listing, version=found.version)


@transaction.atomic
def add_upstream(*, room: Room, base_url: str, key: str = "", **said: Any) -> Upstream:
    """Add a server, and have it tried. ``said`` are columns of SAID.

    Raises AddressRefusedError, BadKeyError, SameUpstreamError, TooManyUpstreamsError, TooManyError, RestrictedError.
    """
    refuse_restricted(room.user.address, Scope.PUBLISHING)
    place = checked(base_url)
    _check_key(key)
    room.lock()
    beside = room.upstreams
    if len(beside) >= MOST_UPSTREAMS:
        raise TooManyUpstreamsError
    upstream = Upstream(kind=Kind.URL, engine=f"seller-{secrets.token_hex(6)}", user=room.user, **room.columns)
    _say(upstream, said)
    upstream.base_url, upstream.place = place.url, 1 + max((each.place for each in beside), default=0)
    _refuse_same(upstream, beside)
    _seal(upstream, key)
    upstream.save()
    _ask(upstream)
    return upstream


@transaction.atomic
def edit_upstream(*, room: Room, upstream_id: int, base_url: str, key: str = "", **said: Any) -> Upstream:
    """Change a server; ``key`` replaces the one that is kept, where it is given. Raises as ``add_upstream`` does.

    A key that is kept goes to no other server than the one it was given for: KeyNeededError.
    """
    place = checked(base_url)
    _check_key(key)
    upstream = _locked(room, upstream_id)
    before = {name: getattr(upstream, name) for name in ASKED}
    if upstream.sealed_key and not key and checked(upstream.base_url).authority != place.authority:
        raise KeyNeededError
    upstream.base_url = place.url
    _say(upstream, said)
    _refuse_same(upstream, [each for each in room.upstreams if each.pk != upstream.pk])
    if key:
        _seal(upstream, key)
    is_other = bool(key) or before != {name: getattr(upstream, name) for name in ASKED}
    if is_other:
        _begin_again(upstream)
    upstream.save()
    if is_other:
        _ask(upstream)
    _tell(upstream)
    return upstream


@transaction.atomic
def replace_key(*, room: Room, upstream_id: int, key: str) -> Upstream:
    """Replace a server's key, or take it away where ``key`` is empty. Raises BadKeyError, NotFoundError."""
    _check_key(key)
    upstream = _locked(room, upstream_id)
    _seal(upstream, key)
    _begin_again(upstream)
    upstream.save()
    _ask(upstream)
    _tell(upstream)
    return upstream


@transaction.atomic
def switch_upstream(*, room: Room, upstream_id: int, on: bool) -> Upstream:
    """Take a server out, so that it gets no new calls and ends those under way; or take it back, and have it tried."""
    upstream = _locked(room, upstream_id)
    if on == (upstream.state != UpstreamState.OFF):
        return upstream
    upstream.state, upstream.state_since = UpstreamState.PROBING if on else UpstreamState.OFF, timezone.now()
    upstream.streak, upstream.next_at, upstream.asked_at = 0, None, None
    upstream.save()
    if on:
        _ask(upstream)
    _tell(upstream)
    return upstream


@transaction.atomic
def try_again(*, room: Room, upstream_id: int) -> Upstream:
    """Have a server tried now. Asking again while it is tried changes nothing. Raises TooManyError."""
    upstream = _locked(room, upstream_id)
    if not upstream.is_being_tried:
        _ask(upstream)
    return upstream


@transaction.atomic
def remove_upstream(*, room: Room, upstream_id: int) -> None:
    """Remove a server and its key. Calls that it answers end as they would."""
    upstream = _locked(room, upstream_id)
    upstream.delete()
    _tell(upstream)


@transaction.atomic
def move_upstream(*, room: Room, upstream_id: int, up: bool) -> None:
    """Let a server stand before the one above it, or behind the one below: of equally busy ones the first is asked."""
    _locked(room, upstream_id)
    order = [each.pk for each in room.upstreams]
    at = order.index(upstream_id)
    to = at - 1 if up else at + 1
    if 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]
        for place, pk in enumerate(order, 1):
            Upstream.objects.filter(pk=pk).update(place=place)


@transaction.atomic
def publish_upstreams(*, draft_id: UUID, listing: str, version: str) -> int:
    """Let what a draft has answer for the version that it became; return how many that are. Twice is once."""
    found = list(Upstream.objects.select_for_update().filter(draft=draft_id))
    for upstream in found:
        upstream.draft, upstream.listing, upstream.version = None, listing, version
        upstream.save()
    if found:
        write_checks(found[0])
        write_runtimes({listing})
    return len(found)


@transaction.atomic
def take_over(*, room: Room, version: str) -> int:
    """Copy the servers of another version of the same listing that the room has not; return how many that were."""
    listing = room.listing or _listing_of(room)
    room.lock()
    own = {(each.base_url, each.model) for each in room.upstreams}
    copied = 0
    for each in Upstream.objects.filter(kind=Kind.URL, listing=listing, version=version, user=room.user):
        if (each.base_url, each.model) in own or len(own) >= MOST_UPSTREAMS:
            continue
        key = unseal(each.sealed_key, bound_to=key_of(each)) if each.sealed_key else ""
        each.pk, each.engine = None, f"seller-{secrets.token_hex(6)}"
        for name, value in room.columns.items():
            setattr(each, name, value)
        _seal(each, key)
        _begin_again(each)
        each.save()
        _ask(each)
        own.add((each.base_url, each.model))
        copied += 1
    return copied


def discard_upstreams(*, draft_id: UUID) -> int:
    """Delete what a draft had that is gone for good; return how many that were."""
    return Upstream.objects.filter(draft=draft_id).delete()[0]


def reseal_keys() -> int:
    """Encrypt every key with the newest of ours; return how many were not."""
    return sum(_reseal(pk) for pk in Upstream.objects.exclude(sealed_key=None).values_list("pk", flat=True))


@transaction.atomic
def _reseal(upstream_id: int) -> bool:
    upstream = Upstream.objects.select_for_update().filter(pk=upstream_id).exclude(sealed_key=None).first()
    if upstream is None or upstream.sealed_key is None or is_newest(upstream.sealed_key):
        return False
    try:
        key = unseal(upstream.sealed_key, bound_to=key_of(upstream))
    except SealedError as error:
        log.error("a key cannot be opened", upstream=upstream.pk, why=str(error))
        return False
    upstream.sealed_key = seal(key, bound_to=key_of(upstream))
    upstream.save(update_fields=["sealed_key"])
    return True


def mode_for(draft: Draft | None) -> Mode:
    """Return what a server of a draft most likely does, by the draft's task."""
    model = draft.manifest.get("model") if draft else None
    task = model.get("task") if isinstance(model, dict) else ""
    return Mode.EMBEDDINGS if task in VECTORS else Mode.CHAT


def checked(base_url: str) -> Place:
    """Return where a server is, without what people paste along. Raises AddressRefusedError."""
    url = base_url.strip().rstrip("/")
    for end in ("/chat/completions", "/embeddings", "/models", "/completions"):
        url = url.removesuffix(end)
    return checked_url(url.rstrip("/"), loopback=settings.UPSTREAM_LOOPBACK)


def _check_key(key: str) -> None:
    if key and not KEY.match(key):
        raise BadKeyError


def _say(upstream: Upstream, said: Mapping[str, Any]) -> None:
    for name in SAID:
        if name in said:
            setattr(upstream, name, said[name])


def _seal(upstream: Upstream, key: str) -> None:
    upstream.sealed_key = seal(key, bound_to=key_of(upstream)) if key else None
    # Four characters tell two keys apart; of a short one they would be too much.
    upstream.key_end = key[-4:] if len(key) >= 12 else ""


def _refuse_same(upstream: Upstream, beside: list[Upstream]) -> None:
    if any((each.base_url, each.model) == (upstream.base_url, upstream.model) for each in beside):
        raise SameUpstreamError


def _begin_again(upstream: Upstream) -> None:
    """Forget what was found about what is another server now, and have it tried."""
    upstream.context = upstream.streams = upstream.tells_usage = upstream.first_token_ms = None
    upstream.known_models, upstream.says, upstream.streak, upstream.next_at = [], "", 0, None
    if upstream.state != UpstreamState.OFF:
        upstream.state, upstream.state_since = UpstreamState.PROBING, timezone.now()


def _ask(upstream: Upstream) -> None:
    """Have it tried soon by a task, once this is committed."""
    limit(f"upstream-tries:{upstream.user_id}", *TRIES)
    upstream.asked_at = timezone.now()
    upstream.save(update_fields=["asked_at"])
    enqueue(TASK, upstream.pk)


def _locked(room: Room, upstream_id: int) -> Upstream:
    room.lock()
    found = Upstream.objects.select_for_update().filter(pk=upstream_id, kind=Kind.URL, **room.columns).first()
    if found is None:
        raise NotFoundError
    return found


def _tell(upstream: Upstream) -> None:
    """Let the pages know what follows from a change."""
    write_checks(upstream)
    if upstream.listing:
        write_runtimes({upstream.listing})


def _listing_of(room: Room) -> str:
    return Draft.objects.filter(pk=room.draft or UUID(int=0)).values_list("listing", flat=True).first() or ""
