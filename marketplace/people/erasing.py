"""Erasing what is kept about an address: asked for with a fresh signature, done a day later unless it is undone."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.notifications.making import notify
from accounts.personal import holdings
from common.locks import exclusive_until_commit

from .errors import NotConfirmedError
from .models import WAIT, Erasure
from .notices import ERASURE

FRESH = timedelta(minutes=10)  # between signing and confirming

log = structlog.get_logger(__name__)


@transaction.atomic
def ask_erasure(*, user: User, signed_at: datetime | None) -> Erasure:
    """Have a user erased in a day. ``signed_at`` is when they signed in last, in this very session.

    Asking again changes nothing. Raises NotConfirmedError where the signature is older than ten minutes.
    """
    now = timezone.now()
    if signed_at is None or not now - FRESH < signed_at <= now:
        raise NotConfirmedError
    exclusive_until_commit(f"erase:{user.address}")
    asked, is_new = Erasure.objects.get_or_create(address=user.address, defaults={"due_at": now + WAIT})
    if is_new:
        told = {"due": asked.due_at.isoformat()}
        notify(user=user, kind=ERASURE.name, key=str(asked.pk), data=told, happened_at=asked.asked_at)
        transaction.on_commit(lambda: log.info("erasure asked", due=asked.due_at.isoformat()))
    return asked


@transaction.atomic
def undo_erasure(*, user: User) -> bool:
    """Let everything stay; say whether there was anything to undo."""
    exclusive_until_commit(f"erase:{user.address}")
    return bool(Erasure.objects.filter(address=user.address).delete()[0])


def erase_due() -> int:
    """Erase whoever's day is over; return how many. Who cannot be erased keeps nobody else from it."""
    due = list(Erasure.objects.filter(due_at__lte=timezone.now()).order_by("due_at").values_list("address", flat=True))
    return sum(_tried(address) for address in due)


def _tried(address: str) -> bool:
    try:
        return erase(address=address)
    except DatabaseError as error:
        log.exception("somebody was not erased", reason=type(error).__name__)
        return False


@transaction.atomic
def erase(*, address: str) -> bool:
    """Erase an address now, if that is still wanted: delete, or leave without a name, what no reason keeps.

    All of it or nothing. Sessions end with the user.
    """
    exclusive_until_commit(f"erase:{address}")
    if not Erasure.objects.filter(address=address, due_at__lte=timezone.now()).exists():
        return False
    for each in holdings():
        if each.erase:
            each.erase(address)
    transaction.on_commit(lambda: log.info("somebody was erased"))
    return True
