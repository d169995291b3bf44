"""One event of a calendar (RFC 5545): the moment at which a stake is free again."""

from __future__ import annotations

from datetime import datetime, timedelta

MOST_OCTETS = 75  # of a line


def event(*, uid: str, start: datetime, made: datetime, title: str, text: str, url: str) -> str:
    """Return a calendar with one event of a quarter of an hour, and a reminder at its beginning."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Citrate Marketplace//DAO//EN",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{_utc(made)}",
        f"DTSTART:{_utc(start)}",
        f"DTEND:{_utc(start + timedelta(minutes=15))}",
        f"SUMMARY:{_text(title)}",
        f"DESCRIPTION:{_text(text)}",
        f"URL:{url}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(title)}",
        "TRIGGER:PT0S",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _utc(time: datetime) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _folded(line: str) -> str:
    """Return a line in pieces of at most so many octets, none of which cuts a character."""
    pieces, piece = [], ""
    for character in line:
        if len(f"{piece}{character}".encode()) > MOST_OCTETS - 1:
            pieces.append(piece)
            piece = ""
        piece += character
    return "\r\n ".join([*pieces, piece])
