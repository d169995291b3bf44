"""Fills a kept page for somebody who is signed in, if it is the page still and they are."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.db import Error
from django.middleware.csrf import get_token

from accounts.signed_in import ROWS, SignedIn, forget, signed_in
from common.errors import DomainError
from common.kept import Filled, Known, Reader, Somebody
from common.statements import NEXT, cells_at_once

SECRET = re.compile(r"[A-Za-z0-9]{32}")  # of CSRF tokens, as Django writes it into a cookie


def filled_for(known: Known, cookies: dict[str, str]) -> Filled | None:
    """Return the page for whose session the cookies name. One trip to the database, and two for a new session.

    None where Django has to look: who asks is not signed in or needs another cookie, the page has changed, the database
    does not answer, or there is an error to be shown.
    """
    key, secret = cookies[settings.SESSION_COOKIE_NAME], cookies.get(settings.CSRF_COOKIE_NAME, "")
    if not SECRET.fullmatch(secret):
        return None
    try:
        visitor = signed_in(key)
        if not visitor or not _is_still(key, visitor, known) or Somebody(visitor.user.is_staff) != known.somebody:
            return None
        return known.filled(_reader(visitor, secret))
    except (Error, DomainError):
        return None


def _is_still(key: str, visitor: SignedIn, known: Known) -> bool:
    cells = cells_at_once(f"{visitor.sql}{NEXT}{known.sql}")
    if not visitor.is_still(cells[:ROWS]):
        forget(key)  # the session or its user has changed: Django says how
        return False
    return known.is_still(cells[ROWS:])


def _reader(visitor: SignedIn, secret: str) -> Reader:
    request: Any = SimpleNamespace(META={"CSRF_COOKIE": secret})
    return Reader(visitor.user, visitor.session, get_token(request))
