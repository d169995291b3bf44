"""Addresses from outside: whether a page may link to what a record calls an address."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

MOST = 500  # characters
_ADDRESS = re.compile(r"https?://[^\s\\\x00-\x20\x7f-\x9f]+", re.IGNORECASE)


def web_address(text: str) -> str:
    """Return an address of the web as it may be linked, http or https with a host; "" for anything else."""
    if len(text) > MOST or not _ADDRESS.fullmatch(text):
        return ""
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return ""
    return text if usable and text.isprintable() else ""
