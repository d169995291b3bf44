"""Calendars as programs read them (iCalendar, RFC 5545): moments in UTC, in lines of at most 75 bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpResponse

from .text import clean_line, clean_text

MOST_BYTES = 75  # of a line
CONTENT_TYPE = "text/calendar; charset=utf-8"


@dataclass(frozen=True)
class Event:
    """A moment that a calendar shows. ``uid`` never changes; ``changed`` is when what is said of it last did."""

    uid: str
    start: datetime
    title: str
    text: str
    url: str
    changed: datetime
    is_cancelled: bool = False


def answer_calendar(name: str, events: Iterable[Event]) -> HttpResponse:
    """Return a calendar as the answer to who subscribes to it."""
    return HttpResponse(calendar_of(name, events), content_type=CONTENT_TYPE)


def calendar_of(name: str, events: Iterable[Event]) -> bytes:
    """Return a calendar that readers fetch again every hour."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Citrate Marketplace//Calendar 1//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{escaped(clean_line(name))}",
        f"X-WR-CALNAME:{escaped(clean_line(name))}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        *(line for event in events for line in _lines(event)),
        "END:VCALENDAR",
    ]
    return b"".join(b"%s\r\n" % folded(line) for line in lines)


def _lines(event: Event) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{_moment(event.changed)}"
    yield f"LAST-MODIFIED:{_moment(event.changed)}"
    yield f"DTSTART:{_moment(event.start)}"
    yield f"SUMMARY:{escaped(clean_line(event.title))}"
    if text := clean_text(event.text):
        yield f"DESCRIPTION:{escaped(text)}"
    yield f"URL:{event.url}"
    yield f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"  # it takes nobody's time
    yield "END:VEVENT"


def _moment(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """Return text as a value may hold it (RFC 5545, 3.3.11)."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def folded(line: str) -> bytes:
    """Return a line broken into some of at most 75 bytes, never within a character (RFC 5545, 3.1)."""
    parts, rest, room = [], line.encode(), MOST_BYTES
    while len(rest) > room:
        cut = room
        while rest[cut] & 0xC0 == 0x80:  # in the middle of a character
            cut -= 1
        parts.append(rest[:cut])
        rest, room = rest[cut:], MOST_BYTES - 1  # for the blank that each further line begins with
    return b"\r\n ".join([*parts, rest])
