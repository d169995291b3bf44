"""What pages show of the conversations that were kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from common.prose import render_answer
from common.sealing import SealedError

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
    """Return what a listing's playground shows of a history. At most three queries, one where it is switched off.

    Raises PastNotFoundError where there is no such conversation, or it is with another model.
    """
    is_on = HistoryChoice.objects.filter(user=user).exists()
    rows = rows_of(list(newest(user)[:BESIDE])) if is_on else []
    return History(is_on, rows, _opened(user, listing, opened) if opened else "")


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


def _opened(user: User, listing: str, pk: UUID) -> str:
    found = PastConversation.objects.filter(user=user, pk=pk, listing=listing).first()
    if found is None:
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
