"""A key's new secret on its way to the one showing: sealed, for the session that made it alone, and for ten minutes.

It waits in Redis and not in the session, which is kept in the database too. Whoever reads Redis cannot open it, and
who shares the page's address has another session.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.core.cache import cache

from common.sealing import SealedError, seal, unseal

SECONDS = 600  # that it waits


def keep_secret(*, session: str, pk: UUID, secret: str) -> None:
    """Keep a new secret of a key for its one showing."""
    place = _place(session, pk)
    cache.set(place, seal(secret, bound_to=place), SECONDS)


def take_secret(*, session: str, pk: UUID) -> str:
    """Return the secret that waits to be shown, for the last time; nothing where none does."""
    place = _place(session, pk)
    sealed = cache.get(place)
    # Of two that ask at once, one has taken it away.
    if sealed is None or not cache.delete(place):
        return ""
    try:
        return unseal(sealed, bound_to=place)
    except SealedError:
        return ""  # sealed by a key that was taken away since


def _place(session: str, pk: UUID) -> str:
    return f"fresh-secret:{hashlib.sha256(session.encode()).hexdigest()}:{pk}"
