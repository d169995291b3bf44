"""Which content an address of this site shows, for notices that name addresses."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from marketplace.ground.contents import Subject, find_content
from marketplace.ground.decisions import Content

_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}"
# The first that fits: what stands deeper comes before what it stands in.
PATTERNS = (
    (Content.VERSION, re.compile(rf"/models/({_NAME}/{_NAME})/v/([^/?#]{{1,60}})/?\Z")),
    (Content.UNCLAIMED, re.compile(r"/models/unclaimed/([a-z0-9-]{1,32}/0x[0-9a-f]{64})/?\Z")),
    (Content.LISTING, re.compile(rf"/models/({_NAME}/{_NAME})(?:/.*)?\Z")),
    (Content.PROFILE, re.compile(r"/u/(0x[0-9a-fA-F]{40})(?:/.*)?\Z")),
)
REPORTING = re.compile(r"/report/([a-z]{1,16})/(.{1,193})\Z")


def content_at(address: str) -> Subject | None:
    """Return the content that an address of this site, or a path of it, shows; None where it shows none."""
    try:
        path = unquote(urlsplit(address.strip()).path)
    except ValueError:
        return None
    # The link “Report” of a review or a comment names it exactly.
    if named := REPORTING.fullmatch(path):
        return find_content(named[1], named[2])
    fitting = ((content, pattern.fullmatch(path)) for content, pattern in PATTERNS)
    named_by = ((content, "@".join(found.groups())) for content, found in fitting if found)
    shown = (find_content(content, key.lower() if content == Content.PROFILE else key) for content, key in named_by)
    return next((each for each in shown if each), None)


def first_content(locations: str) -> Subject | None:
    """Return the content that the first of some addresses, one a line, shows."""
    lines = [line for line in locations.splitlines() if line.strip()]
    return content_at(lines[0]) if lines else None
