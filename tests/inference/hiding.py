"""Hides the chat model for as long as a test needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from marketplace.ground.decisions import Category
from marketplace.moderation.hiding import hide_listing
from tests.moderators import make_moderator

from .conftest import CHAT

WHY = "Its files open a shell."


@contextmanager
def hidden(category: Category) -> Iterator[None]:
    """Hide the chat model inside a transaction that is taken back: decisions cannot be deleted."""
    with transaction.atomic():
        moderator = make_moderator()
        hide_listing(moderator=moderator, name=CHAT, category=category, reason=WHY)
        yield
        transaction.set_rollback(True)
