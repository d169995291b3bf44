"""The user behind a request."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from common.context import visitor_of

from .models import User


def user_of(request: HttpRequest) -> User:
    """Return the user of a request that a member's mark has let in."""
    return cast(User, request.user)


def user_or_none(request: HttpRequest) -> User | None:
    """Return the signed-in user, if there is one; pages that are shared stay shared."""
    return cast(User | None, visitor_of(request))
