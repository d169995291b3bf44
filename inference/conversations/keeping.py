"""The history of who wants one: switching it on and off, keeping a conversation, erasing one or all of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from common.limits import limit
from common.locks import exclusive_until_commit
from common.sealing import SealedError, is_newest, seal, unseal

from .errors import HistoryOffError, PastNotFoundError
from .past_models import HistoryChoice, PastConversation
from .reading import read_past

log = structlog.get_logger(__name__)

MOST_KEPT = 100  # of one account: the oldest goes when another begins
KEPT = timedelta(days=180)  # after it was last gone on with
AN_HOUR, HOUR = 600, 3_600  # times that an account's conversations are kept anew, seconds
TITLE = 80  # characters


def switch_on_history(*, user: User) -> None:
    """Keep conversations from now on."""
    HistoryChoice.objects.get_or_create(user=user)


@transaction.atomic
def switch_off_history(*, user: User, erase: bool) -> int:
    """Keep nothing from now on, and erase what was kept if that is wished; return how many conversations went."""
    _lock(user)
    HistoryChoice.objects.filter(user=user).delete()
    return PastConversation.objects.filter(user=user).delete()[0] if erase else 0


def keep_conversation(
    *, user: User, pk: UUID, listing: str, sent: str, begins: bool, version: int | None = None
) -> PastConversation:
    """Keep a conversation as it is now; what was kept of it before is replaced, where that is what the page knows.

    ``begins``: nothing was kept of it yet. ``version`` is what the page knows of it: where another page has gone on
    with it meanwhile, so that words would be lost, both stay, and what is returned is a conversation of its own.
    ``sent`` is as ``read_past`` reads it, and raises. Raises also HistoryOffError, PastNotFoundError for another's and
    for what was erased meanwhile, TooManyError.
    """
    if not HistoryChoice.objects.filter(user=user).exists():
        raise HistoryOffError
    turns = read_past(sent, user=user, listing=listing)
    limit(f"history:{user.address}", AN_HOUR, HOUR)
    with transaction.atomic():
        _lock(user)
        if not HistoryChoice.objects.filter(user=user).exists():
            raise HistoryOffError
        found = PastConversation.objects.filter(pk=pk).first()
        if found is None and begins:
            found = PastConversation(pk=pk, user=user, listing=listing)
            _make_room(user)
        if found is None or found.user_id != user.pk or found.listing != listing:
            raise PastNotFoundError
        if found.version not in (0, version) and not _goes_on(found, turns):
            found = _beside(found, turns)
        _write(found, turns)
        return found


def erase_conversation(*, user: User, pk: UUID) -> None:
    """Erase one conversation. What is gone already stays gone; PastNotFoundError for another's."""
    found = PastConversation.objects.filter(pk=pk)
    if not found.filter(user=user).delete()[0] and found.exists():
        raise PastNotFoundError


@transaction.atomic
def erase_conversations(*, user: User) -> int:
    """Erase all that was kept; return how many there were. Whether more is kept stays as it was."""
    _lock(user)
    return PastConversation.objects.filter(user=user).delete()[0]


def reseal_conversations() -> int:
    """Encrypt all that is kept with the newest of our keys; return how many were not."""
    return sum(_reseal(pk) for pk in PastConversation.objects.values_list("pk", flat=True).iterator())


@transaction.atomic
def _reseal(pk: UUID) -> bool:
    found = PastConversation.objects.select_for_update().filter(pk=pk).first()
    if found is None or is_newest(found.sealed_turns):
        return False
    try:
        title, turns = found.title, unseal(found.sealed_turns, bound_to=found.bound_to)
    except SealedError as error:
        log.error("a conversation cannot be opened", conversation=str(pk), why=str(error))
        return False
    found.sealed_title = seal(title, bound_to=found.bound_to)
    found.sealed_turns = seal(turns, bound_to=found.bound_to)
    found.save(update_fields=["sealed_title", "sealed_turns"])
    return True


def export_of(rows: Iterator[PastConversation]) -> Iterator[dict[str, Any]]:
    """Yield conversations as their owner gets them: with their words, where those can be opened."""
    for row in rows:
        try:
            turns = [{name: value for name, value in each.items() if name != "proof"} for each in row.turns]
        except SealedError as error:
            log.error("a conversation cannot be opened", conversation=str(row.pk), why=str(error))
            turns = []
        told = {"id": row.pk, "model": row.listing, "began_at": row.began_at, "changed_at": row.changed_at}
        yield {**told, "tokens_in": row.read, "tokens_out": row.written, "paid_by": row.paid_by, "turns": turns}


def _lock(user: User) -> None:
    exclusive_until_commit(f"history of {user.address}")


def _make_room(user: User) -> None:
    mine = PastConversation.objects.filter(user=user).order_by("-changed_at", "-id")
    PastConversation.objects.filter(pk__in=list(mine.values_list("pk", flat=True)[MOST_KEPT - 1 :])).delete()


def _goes_on(kept: PastConversation, turns: list[dict[str, Any]]) -> bool:
    """Whether all that was kept stands in these turns: an answer of ours that was lost on its way loses nothing."""
    try:
        before = _words(kept.turns)
    except SealedError:
        return False
    return _words(turns)[: len(before)] == before


def _beside(kept: PastConversation, turns: list[dict[str, Any]]) -> PastConversation:
    """Return where another way on from a conversation is kept; the same words always at the same place."""
    name = hashlib.sha256(json.dumps(_words(turns)).encode()).hexdigest()
    pk = uuid5(kept.pk, name)
    found = PastConversation.objects.filter(pk=pk).first()
    if found is None:
        _make_room(kept.user)
    return found or PastConversation(pk=pk, user=kept.user, listing=kept.listing)


def _words(turns: list[dict[str, Any]]) -> list[list[str]]:
    return [[each["role"], each["content"]] for each in turns]


def _write(kept: PastConversation, turns: list[dict[str, Any]]) -> None:
    told = [each["told"] for each in turns if "told" in each]
    kept.sealed_title = seal(_title(turns[0]["content"]), bound_to=kept.bound_to)
    kept.sealed_turns = seal(json.dumps(turns), bound_to=kept.bound_to)
    kept.answers = sum(each["role"] == "assistant" for each in turns)
    kept.read, kept.written = sum(each["prompt_tokens"] for each in told), sum(each["tokens"] for each in told)
    kept.paid_by = list(dict.fromkeys(each["paid_by"] for each in told))
    kept.changed_at = timezone.now()
    kept.version += 1
    kept.save()


def _title(question: str) -> str:
    words = " ".join(question.split())
    return words if len(words) <= TITLE else f"{words[: TITLE - 1].rstrip()}…"
