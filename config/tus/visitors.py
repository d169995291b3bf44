"""Who sends: the same that Django's middleware would say, asked of the session without a request of Django's."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import UpdateError
from django.http import HttpRequest, parse_cookie

from accounts.legal.errors import TermsChangedError
from accounts.models import User
from common import origins
from common.errors import NotSignedInError
from common.session_store import SessionStore
from config.guard.protocol import Headers, header

from .errors import ForeignPageError


class Visitor(NamedTuple):
    """Somebody who is signed in, and the session that says so."""

    user: User
    session: str


def check_origin(headers: Headers) -> None:
    """Raise ForeignPageError unless one of our own pages asks: browsers say so with all that is not a GET."""
    if not origins.is_own(header(headers, b"origin").decode("latin1")):
        raise ForeignPageError


def visitor_of(headers: Headers) -> Visitor:
    """Return who asks, by the session's cookie. Raises NotSignedInError, TermsChangedError."""
    cookies = parse_cookie(header(headers, b"cookie").decode("latin1"))
    request = HttpRequest()
    request.session = SessionStore(cookies.get(settings.SESSION_COOKIE_NAME))
    try:
        user = get_user(request)
    except UpdateError as error:  # it ended at this moment
        raise NotSignedInError from error
    if not isinstance(user, User):
        raise NotSignedInError
    if user.owes_acceptance:
        raise TermsChangedError
    return Visitor(user, str(request.session.session_key))
