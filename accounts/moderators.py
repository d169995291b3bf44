"""Moderators: who holds the role on the home chain, as the index knows it at its head; no row of ours makes one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import TypeVar, cast

from django.conf import settings
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse

from common.access import MARK, View, member, member_api
from contracts.models import RoleMember
from contracts.roles import ROLES

from .errors import NotAModeratorError
from .models import User
from .visitors import user_of

Operation = TypeVar("Operation", bound=Callable[..., object])
CLOCKS_APART = timedelta(minutes=1)  # by which a chain's clock may be ahead of ours


def moderators() -> QuerySet[RoleMember]:
    """Return who holds the role now, one row an address."""
    held = RoleMember.objects.filter(chain__short_name=settings.HOME_CHAIN, contract="AccessManager")
    return held.filter(role=str(ROLES["MODERATOR"].id), since__lte=Now() + CLOCKS_APART)


def moderates(address: OuterRef | str) -> QuerySet[RoleMember]:
    """Return the row that makes an address a moderator, if there is one."""
    return moderators().filter(account=address)


def is_moderator(user: User | None) -> bool:
    """Say whether a user is a moderator: as their request has found it, else by one query."""
    if user is None:
        return False
    known: bool | None = getattr(user, "moderates", None)
    return moderates(user.address).exists() if known is None else known


def refuse_others(user: User) -> None:
    """Raise NotAModeratorError unless a user is a moderator this moment. One query: the page may be older."""
    if not (user.is_active and moderates(user.address).exists()):
        raise NotAModeratorError


def moderator(view: View) -> View:
    """Mark a view that a signed-in moderator may open. The role is read with each request, so that it ends at once."""

    @member
    @wraps(view)
    def marked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not is_moderator(user_of(request)):
            raise NotAModeratorError
        return view(request, *args, **kwargs)

    setattr(marked, MARK, "moderator")
    return marked


def moderator_api(operation: Operation) -> Operation:
    """Mark an API operation that a signed-in moderator may call; others get a problem."""

    @wraps(operation)
    def marked(request: HttpRequest, *args: object, **kwargs: object) -> object:
        if not is_moderator(user_of(request)):
            raise NotAModeratorError
        return operation(request, *args, **kwargs)

    guarded = member_api(marked)
    setattr(guarded, MARK, "moderator")
    return cast(Operation, guarded)
