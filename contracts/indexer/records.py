"""Helpers that all handlers share: a fact's columns, and times as the database has them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from contracts.models import ChainRecord, Event

LAST_SECOND = 253_402_300_799  # of the year 9999


def record_of(event: Event) -> dict[str, Any]:
    """Return the columns that a fact shares with its event."""
    # By attname: asking for ``chain`` would fetch its row for each event.
    return {name.attname: getattr(event, name.attname) for name in ChainRecord._meta.local_fields}


def moment_of(seconds: int) -> datetime:
    """Return a time that a contract gives, or the last one that there is: the contract allows any."""
    return datetime.fromtimestamp(min(seconds, LAST_SECOND), UTC)
