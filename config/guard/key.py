"""Which requests the page cache may answer, and what tells one page from another.

Everything that a cached view may look at is in the key. A view that looks at more says so in ``Vary``, and is then
not kept (see ``cache.py``), so a forgotten header costs speed and never shows one visitor another's page.
"""

import re
from typing import NamedTuple

from django.conf import settings
from django.http import parse_cookie

from .protocol import Headers, Scope, header

THEMES = {"light", "dark"}
FRAGMENT_HEADERS = (b"hx-request", b"hx-target", b"hx-request-type")
VARY_COVERED = {"accept-encoding", *(name.decode() for name in FRAGMENT_HEADERS)}
GZIP = re.compile(rb"\bgzip\b")  # the test that Django's GZipMiddleware makes
FORBIDDEN = {b"authorization", b"range", b"content-length", b"transfer-encoding"}


class Key(NamedTuple):
    """Two requests with equal keys get the same page."""

    scheme: bytes
    host: bytes
    path: str
    query: bytes
    theme: str
    gzip: bool
    fragment: tuple[bytes, ...]

    @property
    def is_plain(self) -> bool:
        """Whether this is a whole page at its bare address; such keys cannot be made up, the others can."""
        return not self.query and not any(self.fragment)


def key_of(scope: Scope, max_bytes: int) -> Key | None:
    """Return the key of an anonymous GET or HEAD, or None for a request that the cache leaves alone."""
    headers: Headers = scope["headers"]
    if scope["method"] not in {"GET", "HEAD"} or any(name in FORBIDDEN for name, _ in headers):
        return None
    cookies = parse_cookie(header(headers, b"cookie").decode("latin1"))
    if settings.SESSION_COOKIE_NAME in cookies:
        return None
    key = Key(
        scheme=header(headers, b"x-forwarded-proto") or scope["scheme"].encode(),
        host=header(headers, b"host"),
        path=scope["path"],
        query=scope["query_string"],
        theme=theme if (theme := cookies.get("theme", "")) in THEMES else "",
        gzip=bool(GZIP.search(header(headers, b"accept-encoding"))),
        fragment=tuple(header(headers, name) for name in FRAGMENT_HEADERS),
    )
    size = len(key.scheme) + len(key.host) + len(key.path) + len(key.query) + sum(map(len, key.fragment))
    return key if size <= max_bytes and key.scheme in {b"http", b"https"} else None
