"""Who is signed in, learnt by one text of SQL that can travel with other questions.

What takes Python's time, such as to check a session's signature and the digest of its user, is done once for the two
rows that it follows from. They are read for each request, and it counts while they are the very same: a session that
was ended, anywhere, has no row, and a user who was shut out has another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare

from common.session_store import KEY, SessionStore
from common.shelf import Shelf
from common.statements import Cells, Given, Read, Statement, ready
from common.traces import Trace, traced

from .backends import users
from .models import User

MOST_BYTES = 8 * 1024 * 1024
ROWS = 2  # reads that ``SignedIn.sql`` gives


@dataclass(frozen=True)
class SignedIn:
    """A session that was found to be somebody's, with the rows that said so as the database has written them."""

    sql: str
    cells: list[Cells]
    session: Mapping[str, Any]
    row: Read
    secret: str

    def is_still(self, cells: list[Cells]) -> bool:
        """Say whether these are the rows that it follows from, and the secret is the one that has signed them."""
        return cells == self.cells and self.secret == settings.SECRET_KEY

    @property
    def user(self) -> User:
        """The user: a new one for each request, which keeps nothing of another one's."""
        return users().instances(self.row)[0]


known_sessions = Shelf[SignedIn](MOST_BYTES)


@cache
def sessions() -> Statement[Session]:
    """Return the statement for a session (``key``) that has not run out."""
    return Statement(Session.objects.only("session_data").filter(pk=Given("key"), expire_date__gt=Now()))


def signed_in(key: str) -> SignedIn | None:
    """Return whose session it is, as far as this process knows; None where it is nobody's.

    No query for a session that is known: who asks for more than a hint asks ``is_still`` with what ``sql`` gives now.
    """
    if (known := known_sessions.get(key)) is None and KEY.fullmatch(key) and (known := _looked_up(key)):
        known_sessions.put(key, known, len(known.sql) + sum(len(cell or b"") for row in known.cells for cell in row))
    return known


def forget(key: str) -> None:
    """Have a session looked up anew when it is asked for again."""
    known_sessions.drop(key)


def _looked_up(key: str) -> SignedIn | None:
    """Return whose session it is. Two queries."""
    trace = Trace()  # so that what is made of the rows is kept with these very rows
    with traced(trace):
        rows = sessions().find(key=key)
        session = SessionStore().decode(rows.value("session_data")) if rows else {}
        pk = str(session.get(SESSION_KEY, ""))
        found = users().find(pk=int(pk)) if pk.isdecimal() else None
    if not found or not _is_signed(session, found[0]):
        return None
    return SignedIn(ready(trace.sql), trace.cells, session, found.read, settings.SECRET_KEY)


def _is_signed(session: Mapping[str, Any], user: User) -> bool:
    """Say what ``django.contrib.auth.get_user`` would, but that a secret of the past is not enough."""
    digest = str(session.get(HASH_SESSION_KEY, ""))
    is_ours = session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
    return is_ours and user.is_active and constant_time_compare(digest, user.get_session_auth_hash())
