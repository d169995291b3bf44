"""Hides the chat model for as long as a test needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from accounts.models import User
from marketplace.ground.decisions import Category
from marketplace.moderation.hiding import hide_listing

from .conftest import CHAT

WHY = "Its files open a shell."


@contextmanager
def hidden(category: Category) -> Iterator[None]:
    """Hide the chat model inside a transaction that is taken back: decisions cannot be deleted."""
    with transaction.atomic():
        moderator = User.objects.create(address="0x" + "1" * 40, is_staff=True)
        hide_listing(moderator=moderator, name=CHAT, category=category, reason=WHY)
        yield
        transaction.set_rollback(True)
