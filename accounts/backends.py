"""Loads the user of a session: the one query that every member's page makes, by a statement that is written once."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Exists, OuterRef

from common.statements import Given, Statement
from common.traces import spoil

from .models import User
from .moderators import moderates
from .notifications.models import unread_of


@cache
def users() -> Statement[User]:
    """Return the statement for a user (``pk``), with what every page says: how many notices they have not read, and
    whether they moderate."""
    read: dict[str, Any] = {"unread": unread_of(OuterRef("pk")), "moderates": Exists(moderates(OuterRef("address")))}
    return Statement(User.objects.defer("date_joined").annotate(**read).filter(pk=Given("pk")))


class WalletBackend(ModelBackend):
    """Django's own permissions, without passwords: who signs in has proved an address (``siwe``)."""

    def get_user(self, user_id: int) -> User | None:
        spoil()  # what looks at the user, when it should be the same for all, is not
        found = users().find(pk=user_id)
        # Asked with each request, so that closing an account ends its sessions at once.
        return found[0] if found and self.user_can_authenticate(found[0]) else None
