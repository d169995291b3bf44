"""Whether a listing delivers: something here answers for it, or it has files that a buyer can download and verify."""

from __future__ import annotations

from django.db.models import Q

from .runtime import RuntimeState


def delivering(prefix: str = "listing__") -> Q:
    """Return the same in SQL, of rows whose listing ``prefix`` leads to: what ``Listing.delivers`` says of one."""
    return Q(**{f"{prefix}runtime__state": RuntimeState.READY}) | Q(**{f"{prefix}has_files": True})
