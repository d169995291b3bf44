"""Which requests the page cache may answer, and by which key.

Everything that a cached view may look at is in the key. A view that looks at more says so in ``Vary``, and is then
not kept (see ``recorder.py``), so a forgotten header costs speed and never shows one visitor another's page.
"""

import re
from typing import NamedTuple

from django.conf import settings
from django.http import parse_cookie

from common.context import THEMES

from .protocol import Headers, Scope, header

UNUSUAL = {b"range", b"content-length", b"transfer-encoding"}
NOT_KEYED = {b"hx-current-url", b"hx-source"}  # they differ by the page one comes from
GZIP = re.compile(rb"\bgzip\b")  # the test that Django's GZipMiddleware makes


class Key(NamedTuple):
    """Two requests with equal keys get the same page."""

    scheme: bytes
    host: bytes
    path: str
    query: bytes
    theme: str
    gzip: bool
    htmx: tuple[tuple[bytes, bytes], ...]

    @property
    def is_plain(self) -> bool:
        """Whether this is a whole page at its bare address: the others can be made up without end."""
        return not self.query and not self.htmx

    @property
    def size(self) -> int:
        """Bytes of what the client chose."""
        parts = [self.scheme, self.host, self.path, self.query, *(part for pair in self.htmx for part in pair)]
        return sum(map(len, parts))


class Asked(NamedTuple):
    """What a GET or HEAD asks for, and the cookies that it brings."""

    key: Key
    cookies: dict[str, str]
    has_session: bool  # by its cookies, whichever
    is_authorized: bool  # by a header, whatever that says

    @property
    def is_anonymous(self) -> bool:
        """Whether nothing in it tells who sends it."""
        return not self.has_session and not self.is_authorized


def asked_of(scope: Scope, max_bytes: int) -> Asked | None:
    """Return what a GET or HEAD asks for; None where more could matter than the key and who sends it."""
    headers: Headers = scope["headers"]
    names = {name for name, _ in headers}
    if scope["method"] not in {"GET", "HEAD"} or names & UNUSUAL or len(names) < len(headers):
        return None
    cookies = _cookies(header(headers, b"cookie")) if b"cookie" in names else {}
    scheme = scope["scheme"].encode()  # ``Forwarded`` has asked the proxy
    if scheme not in {b"http", b"https"}:
        return None
    key = Key(
        scheme=scheme,
        host=header(headers, b"host"),
        path=scope["path"],
        query=scope["query_string"],
        theme=theme if (theme := cookies.get("theme", "")) in THEMES else "",
        gzip=bool(GZIP.search(header(headers, b"accept-encoding"))),
        htmx=tuple(pair for pair in headers if is_htmx(pair[0])),
    )
    if key.size > max_bytes:
        return None
    return Asked(key, cookies, settings.SESSION_COOKIE_NAME in cookies, b"authorization" in names)


def _cookies(sent: bytes) -> dict[str, str]:
    """Read cookies as Django reads them."""
    return parse_cookie(sent.decode(errors="replace"))


def is_htmx(name: bytes) -> bool:
    """Say whether the header is one of htmx's that the key holds."""
    return name.startswith(b"hx-") and name not in NOT_KEYED


def covers(vary: str) -> bool:
    """Say whether the key holds all that a Vary header (in lower case) names."""
    names = {name.strip() for name in vary.split(",")} - {"", "accept-encoding"}
    return all(is_htmx(name.encode()) for name in names)
