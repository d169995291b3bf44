"""What stands in a user's calendar: apps above say which of their dates are a user's."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from accounts.models import User
from common.calendars import Event

Source = Callable[[User], Iterable[Event]]
_sources: list[Source] = []


def add_dates(source: Source) -> None:
    """Add what gives dates for a user's calendar; apps do so when they are made ready."""
    if source not in _sources:
        _sources.append(source)


def dates_of(user: User) -> list[Event]:
    """Return every date of a user, the earliest first."""
    return sorted((event for source in _sources for event in source(user)), key=lambda event: (event.start, event.uid))
