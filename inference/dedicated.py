"""Engines of one's own: asking for one, its key, stopping it, and what is known of the queue.

What is wanted is written here; the process that owns the engines (``dedicated_running``) makes it so.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.legal.errors import TermsChangedError
from accounts.models import User
from common.errors import DomainError, NotFoundError
from common.limits import limit
from common.locks import exclusive_until_commit
from marketplace.deploying.errors import FileMissingError, FilesHiddenError
from marketplace.deploying.releases import release_of
from marketplace.deploying.rights import right_to
from marketplace.listings.gates import AccessDeniedError
from marketplace.listings.models import Listing

from .dedicated_files import CannotRunError, plan_of
from .dedicated_models import LIVE, RUNNING, DedicatedEngine, EngineState, Why

LOCK = "dedicated engines"
MOST_QUEUED = 20
STARTS = (20, 3600)  # of one account, in seconds
IDLE = timedelta(minutes=10)
USUAL = timedelta(minutes=12)  # that an engine is expected to run where too few have
REMEMBERED = 20  # engines that the estimate is made of
HINT = 4  # characters of a key that are shown again


class EngineNotFoundError(NotFoundError):
    """There is no such engine, or it is somebody else's."""

    code = "engine-not-found"
    detail = _("There is no such engine of yours.")


class EngineRunsError(DomainError):
    """The account has one already."""

    code = "engine-runs-already"
    status = HTTPStatus.CONFLICT
    detail = _("You have an engine already: one at a time. Stop it first.")


class QueueFullError(DomainError):
    """So many wait that one more would wait for hours."""

    code = "engine-queue-full"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _("Too many engines wait for this machine already. Try again later.")


@dataclass(frozen=True)
class Started:
    """An engine that was asked for, and its key: the one moment at which that can be read."""

    engine: DedicatedEngine
    key: str


@dataclass(frozen=True)
class Place:
    """Where an engine stands in the queue: 1 is next. ``minutes`` is how long that takes by what is known."""

    place: int
    minutes: int


def request_engine(*, user: User, chain_id: int | None, listing: Listing, number: str) -> Started:
    """Put an engine of a version into the queue for somebody who holds the model; return it with its key.

    Raises FileMissingError for who does not hold it, AccessDeniedError, FilesHiddenError, CannotRunError,
    EngineRunsError, QueueFullError, TooManyError, TermsChangedError.
    """
    if user.owes_acceptance:
        raise TermsChangedError
    version = release_of(listing, number)
    if not right_to(listing, user, chain_id, version).holds:
        raise FileMissingError
    if version is None:
        raise CannotRunError
    # Raises what this machine cannot run: better now than after a wait for it.
    plan_of(version)
    limit(f"engine:{user.pk}", *STARTS)
    return _queue(user, chain_id, listing, number)


@transaction.atomic
def _queue(user: User, chain_id: int | None, listing: Listing, number: str) -> Started:
    exclusive_until_commit(LOCK)
    if DedicatedEngine.objects.filter(user=user, state__in=LIVE).exists():
        raise EngineRunsError
    if DedicatedEngine.objects.filter(state=EngineState.QUEUED).count() >= MOST_QUEUED:
        raise QueueFullError
    key = new_key()
    engine = DedicatedEngine.objects.create(
        user=user, chain_id=chain_id, listing=listing.name, version=number, **digested(key)
    )
    return Started(engine, key)


@transaction.atomic
def stop_engine(*, user: User, engine_id: UUID) -> DedicatedEngine:
    """Have an engine stopped; one that waits is over at once. Doing it again changes nothing."""
    exclusive_until_commit(LOCK)
    engine = own_engine(user, engine_id)
    if engine.state == EngineState.QUEUED:
        return end_engine(engine, EngineState.STOPPED, Why.ASKED)
    # Only the process that owns the engine can end it; by this column it hears that it shall.
    DedicatedEngine.objects.filter(pk=engine.pk, state__in=RUNNING).update(wanted=False)
    engine.refresh_from_db()
    return engine


@transaction.atomic
def renew_key(*, user: User, engine_id: UUID) -> Started:
    """Give an engine another key; the one before stops working. Raises EngineNotFoundError."""
    exclusive_until_commit(LOCK)
    engine = own_engine(user, engine_id)
    if engine.state not in LIVE:
        raise EngineNotFoundError
    key = new_key()
    DedicatedEngine.objects.filter(pk=engine.pk).update(**digested(key))
    engine.refresh_from_db()
    return Started(engine, key)


def end_engine(engine: DedicatedEngine, state: EngineState, why: Why) -> DedicatedEngine:
    """Write down that an engine is over, unless that was written before."""
    over = {"state": state, "why": why, "ended_at": timezone.now(), "wanted": False, "pid": None, "port": None}
    # Who writes first knows why it ended; whoever comes later changes nothing.
    DedicatedEngine.objects.filter(pk=engine.pk, state__in=LIVE).update(**over)
    engine.refresh_from_db()
    return engine


def own_engine(user: User, engine_id: UUID) -> DedicatedEngine:
    """Return somebody's own engine. Raises EngineNotFoundError."""
    found = DedicatedEngine.objects.filter(pk=engine_id, user=user).first()
    if found is None:
        raise EngineNotFoundError
    return found


def engines_of(user: User) -> QuerySet[DedicatedEngine]:
    """Return somebody's engines, the newest first."""
    return DedicatedEngine.objects.filter(user=user).order_by("-created_at")


def live_engine(user: User) -> DedicatedEngine | None:
    """Return the engine that somebody has now, running or waiting."""
    return DedicatedEngine.objects.filter(user=user, state__in=LIVE).first()


def place_of(engine: DedicatedEngine) -> Place | None:
    """Return where an engine stands in the queue; None where it does not wait. Three queries."""
    if engine.state != EngineState.QUEUED:
        return None
    before = DedicatedEngine.objects.filter(state=EngineState.QUEUED, created_at__lt=engine.created_at).count()
    running = DedicatedEngine.objects.filter(state__in=RUNNING).first()
    usual = _usual()
    left = max(usual - _age(running.started_at), timedelta(minutes=1)) if running else timedelta()
    wait = left + before * usual
    return Place(before + 1, _minutes(wait))


def _minutes(span: timedelta) -> int:
    return max(1, round(span.total_seconds() / 60))


def _age(moment: datetime | None) -> timedelta:
    return timezone.now() - moment if moment else timedelta()


def _usual() -> timedelta:
    """Return how long engines have run lately."""
    ended = DedicatedEngine.objects.filter(ended_at__isnull=False, healthy_at__isnull=False, started_at__isnull=False)
    spans = ended.order_by("-ended_at").values_list(F("ended_at") - F("started_at"), flat=True)[:REMEMBERED]
    known: list[timedelta] = list(spans)
    return sum(known, timedelta()) / len(known) if len(known) >= 3 else USUAL


def refusal_of(engine: DedicatedEngine) -> Why:
    """Return why its owner may not have it any more; Why.NONE while they may. A few queries."""
    listing = Listing.objects.named(engine.listing).select_related("owner", "suspension").first()
    version = release_of(listing, engine.version) if listing else None
    if listing is None or version is None:
        return Why.GONE
    try:
        return Why.NONE if right_to(listing, engine.user, engine.chain_id, version).holds else Why.ACCESS
    except AccessDeniedError:
        return Why.DENIED
    except FilesHiddenError:
        return Why.HIDDEN
    except FileMissingError:
        return Why.ACCESS


def running_engine(engine_id: UUID, key: str) -> DedicatedEngine | None:
    """Return the live engine that a call with this key is for, if it is one. One query."""
    engine = DedicatedEngine.objects.select_related("user").filter(Q(pk=engine_id) & Q(state__in=LIVE)).first()
    known = engine is not None and constant_time_compare(digest_of(key), engine.key_digest)
    return engine if known else None


def note_call(engine_id: UUID, *, began: bool) -> None:
    """Write down that an engine is used now, so that it is not idle."""
    calls = {"calls": F("calls") + 1} if began else {}
    DedicatedEngine.objects.filter(pk=engine_id).update(used_at=timezone.now(), **calls)


def new_key() -> str:
    """Return a key that nobody can guess."""
    return f"eng-{secrets.token_urlsafe(32)}"


def digest_of(key: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def digested(key: str) -> dict[str, str]:
    """Return the columns of a key."""
    return {"key_digest": digest_of(key), "key_hint": f"…{key[-HINT:]}"}


def inner_key(engine_id: UUID) -> str:
    """Return the key by which the site and the process of an engine know each other; no page ever shows it."""
    return salted_hmac("inference.dedicated", str(engine_id), algorithm="sha256").hexdigest()
