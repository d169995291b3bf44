"""Sessions, read from the cache and safe in the database: the module that ``settings.SESSION_ENGINE`` names."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.sessions.backends import cached_db

from .traces import spoil

KEY = re.compile(r"[0-9a-z]{32}")  # the only form that Django gives a session's key


class SessionStore(cached_db.SessionStore):
    """Django's own, but for what a cookie may say: what cannot be a key is never looked up, and opens nothing.

    A cookie may hold any bytes, a NUL among them, which PostgreSQL takes for no text at all.
    """

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key and KEY.fullmatch(key))

    def load(self) -> dict[str, Any]:
        spoil()  # what looks at the session, when it should be the same for all, is not
        found: dict[str, Any] = super().load()
        return found
