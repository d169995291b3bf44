"""Fills a kept page for who asks, if it is the page still and they are who they were."""

from __future__ import annotations

import re
from collections.abc import Mapping
from secrets import token_bytes
from types import MappingProxyType

from django.conf import settings
from django.db import Error
from django.middleware.csrf import CSRF_ALLOWED_CHARS
from django.utils.functional import SimpleLazyObject

from accounts.signed_in import ROWS, SignedIn, forget, signed_in
from common.errors import DomainError
from common.kept import Filled, Known, Reader, Somebody
from common.statements import NEXT, cells_at_once

SECRET = re.compile(r"[A-Za-z0-9]{32}")  # of CSRF tokens, as Django writes it into a cookie
ALPHABET = CSRF_ALLOWED_CHARS.encode()
LETTERS = len(ALPHABET)
EVEN = 256 - 256 % LETTERS  # a byte below gives each letter as often as any other
SPARE = 8
# Tables for ``bytes.translate``: bytes to places in the alphabet, and back.
FOLDED, ODD = bytes(byte % LETTERS for byte in range(256)), bytes(range(EVEN, 256))
PLACES = bytes(max(ALPHABET.find(byte), 0) for byte in range(256))
SIGNS = ALPHABET.ljust(256)


class TokenWantedError(DomainError):
    """A page for visitors wants a token that only Django gives, because a cookie goes with it."""


def filled_for(known: Known, cookies: Mapping[str, str]) -> Filled | None:
    """Return the page for whose session the cookies name. One trip to the database, and two for a new session.

    None where Django has to look: who asks is not signed in or needs another cookie, the page has changed, the database
    does not answer, or there is an error to be shown.
    """
    try:
        return _for_member(known, cookies) if known.somebody else _for_visitor(known)
    except (Error, DomainError):
        return None


def _for_visitor(known: Known) -> Filled | None:
    return known.filled(VISITOR) if known.is_still(cells_at_once(known.sql)) else None


def _for_member(known: Known, cookies: Mapping[str, str]) -> Filled | None:
    key, secret = cookies[settings.SESSION_COOKIE_NAME], cookies.get(settings.CSRF_COOKIE_NAME, "")
    visitor = signed_in(key) if SECRET.fullmatch(secret) else None
    if not visitor or not _is_still(key, visitor, known):
        return None
    user = visitor.user
    if Somebody(user.is_staff) != known.somebody:
        return None
    return known.filled(Reader(user, visitor.session, token_of(secret)))


def _is_still(key: str, visitor: SignedIn, known: Known) -> bool:
    cells = cells_at_once(f"{visitor.sql}{NEXT}{known.sql}")
    if not visitor.is_still(cells[:ROWS]):
        forget(key)  # the session or its user has changed: Django says how
        return False
    return known.is_still(cells[ROWS:])


def token_of(secret: str) -> str:
    """Return a token that Django takes from who has this secret in a cookie: under a new mask, as it makes them.

    Django asks the system for each letter of the mask. Here one question is enough, at a tenth of the cost.
    """
    mask = token_bytes(len(secret) + SPARE).translate(FOLDED, ODD)[: len(secret)]
    if len(mask) < len(secret):  # once in a million times
        return token_of(secret)
    places = secret.encode().translate(PLACES)
    cipher = bytes([(place + shift) % LETTERS for place, shift in zip(places, mask, strict=True)])
    return (mask + cipher).translate(SIGNS).decode()


def _no_token() -> str:
    raise TokenWantedError


VISITOR = Reader(None, MappingProxyType({}), SimpleLazyObject(_no_token))
