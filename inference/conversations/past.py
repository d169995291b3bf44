"""What pages show of the conversations that were kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import structlog
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from common.prose import render_answer
from common.sealing import SealedError
from common.statements import Found, Given, Question, Statement, together

from .errors import PastNotFoundError
from .past_models import HistoryChoice, PastConversation
from .showing import PAID

log = structlog.get_logger(__name__)

BESIDE = 5  # conversations that a playground names


@dataclass(frozen=True)
class Row:
    """One conversation of the list: how it begins, where it is gone on with, and what it cost."""

    past: PastConversation
    title: str
    href: str
    costs: str


@dataclass(frozen=True)
class History:
    """What a playground knows of somebody's history. ``opened`` is the conversation that is gone on with, as JSON."""

    is_on: bool
    rows: Sequence[Row] = ()
    opened: str = ""


def history_of(user: User, listing: str, opened: UUID | None) -> History:
    """Return what a listing's playground shows of a history. One trip to the database.

    Raises PastNotFoundError where there is no such conversation, or it is with another model.
    """
    return history_in(listing, together(*history_asked(user, opened)), opened)


def history_asked(user: User, opened: UUID | None) -> list[Question[Any]]:
    """Return the questions that ``history_in`` takes the answers of."""
    own = [_choice().asked(user=user.pk), _newest().asked(user=user.pk)]
    return [*own, *([_one().asked(user=user.pk, pk=opened)] if opened else [])]


def history_in(listing: str, found: Sequence[Found[Any]], opened: UUID | None) -> History:
    """Return the same as ``history_of``, by the answers to ``history_asked``. No query. Raises PastNotFoundError."""
    choice, rows = found[:2]
    is_on = bool(choice.read)
    shown = _opened(listing, found[2], opened) if opened else ""
    return History(is_on, rows_of(list(rows)) if is_on else [], shown)


@cache
def _choice() -> Statement[Any]:
    return Statement(HistoryChoice.objects.filter(user=Given("user")).values_list("pk"))


@cache
def _newest() -> Statement[PastConversation]:
    own = PastConversation.objects.filter(user=Given("user")).defer("sealed_turns")
    return Statement(own.order_by("-changed_at", "-id")[:BESIDE])


@cache
def _one() -> Statement[PastConversation]:
    return Statement(PastConversation.objects.filter(user=Given("user"), pk=Given("pk")))


def newest(user: User) -> Any:
    """Return somebody's conversations without their words, the newest first."""
    return PastConversation.objects.filter(user=user).defer("sealed_turns").order_by("-changed_at", "-id")


def rows_of(found: Sequence[PastConversation]) -> list[Row]:
    """Return conversations as a list shows them."""
    return [Row(each, _title(each), _href(each), _costs(each)) for each in found]


def _href(past: PastConversation) -> str:
    return f"{reverse('playground', args=[past.owner_name, past.model_name])}?past={past.pk}"


def _costs(past: PastConversation) -> str:
    return "; ".join(str(PAID.get(each, each)) for each in past.paid_by)


def _title(past: PastConversation) -> str:
    try:
        return past.title
    except SealedError as error:
        log.error("a conversation cannot be opened", conversation=str(past.pk), why=str(error))
        return _("Its words cannot be opened any more")


def _opened(listing: str, rows: Sequence[PastConversation], pk: UUID) -> str:
    found = next(iter(rows), None)
    if found is None or found.listing != listing:
        raise PastNotFoundError
    try:
        turns = found.turns
    except SealedError as error:
        log.error("a conversation cannot be opened", conversation=str(pk), why=str(error))
        raise PastNotFoundError from None
    return json.dumps({"id": str(pk), "version": found.version, "turns": [_shown(each) for each in turns]})


def _shown(turn: dict[str, Any]) -> dict[str, Any]:
    if turn["role"] != "assistant":
        return turn
    told = turn.get("told", {})
    names = ("tokens", "first_token_ms", "paid_by", "settings")
    told = {name: told[name] for name in names if name in told} | {"stopped": told.get("state") == "stopped"}
    given = {name: turn[name] for name in ("role", "content", "proof") if name in turn}
    return {**given, **told, "html": render_answer(turn["content"])}
