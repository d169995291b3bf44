"""Tells every process that holds a session's sockets when the session ends, however it ends."""

from __future__ import annotations

import hashlib
from datetime import datetime
from importlib import import_module
from typing import Any

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.utils import timezone
from redis.exceptions import RedisError

ENDED = {"type": "session.ended"}

log = structlog.get_logger(__name__)


def session_group(key: str) -> str:
    """Return the group of a session's sockets. A session's key opens it, so no name elsewhere contains the key."""
    return f"session.{hashlib.sha256(key.encode()).hexdigest()}"


def user_group(pk: Any) -> str:
    """Return the group of a user's sockets, whatever session they belong to."""
    return f"user.{pk}"


def lives_until(key: str, user_pk: Any) -> datetime | None:
    """Return when the session ends by itself; None where it has ended or is not that user's, or the user is shut out.

    The database is asked, not the cache: what was deleted there is over.
    """
    found = Session.objects.filter(pk=key, expire_date__gt=timezone.now()).first()
    if found is None or str(found.get_decoded().get(SESSION_KEY)) != str(user_pk):
        return None
    active = get_user_model()._default_manager.filter(pk=user_pk, is_active=True).exists()
    return found.expire_date if active else None


def watch() -> None:
    """Have the ends told from now on: a session's row goes, or a user goes or is shut out."""
    post_delete.connect(_session_gone, Session, dispatch_uid="session-gone")
    for signal in (post_save, post_delete):
        signal.connect(_user_changed, get_user_model(), dispatch_uid="user-gone")


def _session_gone(instance: Session, **_: Any) -> None:
    """Forget what the cache holds of the session as well, and tell its sockets."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    kept = f"{store.cache_key_prefix}{instance.session_key}"
    transaction.on_commit(lambda: _forget(kept))
    transaction.on_commit(lambda: _tell(session_group(instance.session_key)))


def _user_changed(instance: AbstractBaseUser, signal: Any, **_: Any) -> None:
    if signal is post_delete or not instance.is_active:
        group = user_group(instance.pk)  # a deleted user has none when the transaction ends
        transaction.on_commit(lambda: _tell(group))


def _forget(kept: str) -> None:
    caches[settings.SESSION_CACHE_ALIAS].delete(kept)


def _tell(group: str) -> None:
    """Send the word. Where the layer is away only the log says so: sockets ask for themselves, too."""
    try:
        async_to_sync(get_channel_layer().group_send)(group, ENDED)
    except (RedisError, OSError) as error:
        log.warning("sockets were not told of an end", reason=type(error).__name__)


def forget_expired() -> int:
    """Delete the sessions that have ended by themselves; return how many rows that were."""
    rows, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return rows
