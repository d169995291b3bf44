"""Calendars as programs read them (RFC 5545)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from common.calendars import Event, calendar_of, escaped, folded

NOON = datetime(2026, 6, 1, 14, tzinfo=timezone(timedelta(hours=2)))


def event(title: str = "Vote", text: str = "") -> Event:
    return Event("1@here", NOON, title, text, "http://here/1", NOON - timedelta(days=1))


def unfolded(calendar: bytes) -> list[str]:
    assert calendar.endswith(b"\r\n")
    lines = calendar.split(b"\r\n")
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)
    return calendar.replace(b"\r\n ", b"").decode().split("\r\n")


def test_a_moment_stands_in_utc_with_when_it_was_said() -> None:
    lines = unfolded(calendar_of("Votes", [event()]))
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert {"UID:1@here", "DTSTART:20260601T120000Z", "DTSTAMP:20260531T120000Z", "SUMMARY:Vote"} <= set(lines)
    assert "STATUS:CONFIRMED" in lines


def test_text_cannot_end_its_line_or_begin_another_property() -> None:
    lines = unfolded(calendar_of("A,B;C", [event("One\r\nSTATUS:CANCELLED\nEND:VEVENT; a, b\\c", "x\u2028y\x00\nz")]))
    assert "SUMMARY:One STATUS:CANCELLED END:VEVENT\\; a\\, b\\\\c" in lines
    assert "DESCRIPTION:x\\ny\\nz" in lines
    assert "X-WR-CALNAME:A\\,B\\;C" in lines
    assert lines.count("END:VEVENT") == 1
    assert "STATUS:CANCELLED" not in lines


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_whatever_is_folded_unfolds_to_what_it_was(text: str) -> None:
    line = "SUMMARY:" + escaped(text.replace("\r\n", "\n").replace("\r", "\n"))
    parts = folded(line).split(b"\r\n ")
    assert b"".join(parts).decode() == line
    for part, blank in zip(parts, [b"", *[b" "] * len(parts)], strict=False):
        assert len(blank + part) <= 75
        part.decode()  # no character is cut
