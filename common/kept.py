"""Whole pages that are kept by what they show, except for their holes.

What a page shows to everybody alike is rendered once for a key, by a context that has no request, no session and no
CSRF token: of its visitor it knows only whether there is one, and whether of the staff. What is somebody's own stands
in the template between ``{% hole %}`` and ``{% endhole %}``, and is rendered for each request. What is
personal and stands outside of a hole is rendered as nothing.

The kept parts are kept compressed as well: pieces of a deflate stream that end with a full flush can be put one after
another. So each hole is compressed apart from the page around it: the length of an answer does not tell how what is
private resembles what somebody has made the page show.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from hashlib import md5
from itertools import zip_longest
from secrets import token_hex
from typing import Any, NamedTuple
from zlib import MAX_WBITS, Z_FULL_FLUSH, compressobj, crc32

from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.middleware.gzip import re_accepts_gzip
from django.template import Context, Template
from django.template.base import NodeList
from django.template.loader import get_template
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from .context import look_of, visitor_of
from .fragments import MOST_BYTES
from .shelf import Shelf
from .statements import Cells, ready, told_apart
from .traces import Trace, aside, running

HOLES = "holes"  # the name in a context under which holes are noted
MARK = f"\0{token_hex(16)}\0"  # stands for a hole until the text is cut there
GZIP = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # a member without name or time
SHORT = 200  # bytes up to which text is sent as it is: to compress it costs more than it saves
END = b"\x03\0"  # a last block that is empty


class UrlMatch(NamedTuple):
    """Which of our addresses it is."""

    url_name: str | None


class Location(NamedTuple):
    """What a kept page may know of its request: the address. Templates find it under ``request``."""

    scheme: str
    host: str
    path: str
    query: str
    resolver_match: UrlMatch

    @classmethod
    def of(cls, request: HttpRequest) -> Location:
        """Return the location that was asked for."""
        match, query = request.resolver_match, request.META.get("QUERY_STRING", "")
        name = UrlMatch(match.url_name if match else "")
        return cls(str(request.scheme), request.get_host(), request.path, query, name)

    @property
    def get_host(self) -> str:
        return self.host

    @property
    def get_full_path(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def GET(self) -> QueryDict:
        return QueryDict(self.query)


class Somebody(NamedTuple):
    """What a kept page may know of who is signed in. Templates find it under ``visitor``."""

    is_staff: bool

    @classmethod
    def of(cls, request: HttpRequest) -> Somebody | None:
        """Return what may be known, None for a visitor."""
        visitor: Any = visitor_of(request)
        return cls(visitor.is_staff) if visitor else None


class OwnRequest:
    """What a hole may know of its request: the address, and the session of who is signed in."""

    def __init__(self, location: Location, session: Mapping[str, Any]) -> None:
        self.session = session
        self._location = location

    def __getattr__(self, name: str) -> Any:
        return getattr(self._location, name)


@dataclass(frozen=True)
class Reader:
    """Whom the holes of a page are filled for. What is not here they cannot show."""

    visitor: object | None
    session: Mapping[str, Any]
    csrf_token: object

    @classmethod
    def of(cls, request: HttpRequest) -> Reader:
        """Return who asks."""
        # Looked at by a hole that shows it alone: whoever gets a token gets a cookie too.
        return cls(visitor_of(request), getattr(request, "session", {}), SimpleLazyObject(lambda: get_token(request)))


@dataclass(frozen=True)
class Piece:
    """Text that is kept, and the same compressed."""

    plain: bytes
    deflated: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "deflated", deflated(self.plain))


class Filled(NamedTuple):
    """A page as it goes out."""

    tag: str
    body: bytes


@dataclass(frozen=True)
class Kept:
    """A page: pieces, and between each two of them a hole. ``look`` and ``location`` are what its holes see as well."""

    template: Template
    look: Mapping[str, Any]
    location: Location
    pieces: list[Piece]
    holes: list[NodeList]

    @cached_property
    def tag(self) -> bytes:
        """A digest that differs for every other page."""
        return md5(b"".join(piece.plain for piece in self.pieces), usedforsecurity=False).digest()

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return sum(len(piece.plain) + len(piece.deflated) for piece in self.pieces)

    def filled(self, reader: Reader, own: Mapping[str, Any], *, zipped: bool) -> Filled:
        """Return the page for somebody, with what is their ``own``."""
        filled = self._fill(reader, own)
        # Over the holes too, or a browser would be told that nothing changed when only a hole did.
        tag = md5(self.tag + b"\0".join(filled), usedforsecurity=False).hexdigest()
        plain = _woven([piece.plain for piece in self.pieces], filled)
        if not zipped:
            return Filled(f'"{tag}"', b"".join(plain))
        parts = _woven([piece.deflated for piece in self.pieces], map(deflated, filled))
        # A weak tag: compressed and plain are the same page in different bytes.
        return Filled(f'W/"{tag}"', _member(parts, plain))

    def _fill(self, reader: Reader, own: Mapping[str, Any]) -> list[bytes]:
        """Return what the holes show to this visitor."""
        if not self.holes:
            return []
        request = OwnRequest(self.location, reader.session)
        seen = {"request": request, "visitor": reader.visitor, "csrf_token": reader.csrf_token}
        context = Context({**self.look, **seen, **own})
        with context.bind_template(self.template):
            return [hole.render(context).encode() for hole in self.holes]


kept_pages = Shelf[Kept](MOST_BYTES)
Own = Callable[[Any], Mapping[str, Any]]  # what is a visitor's own on a page


@dataclass(frozen=True)
class Known:
    """A kept page that is known by its address: it is still the page where ``sql`` gives what it gave."""

    page: Kept
    own: Own
    is_zipped: bool
    somebody: Somebody | None  # whom it is for: members, of the staff or not, or visitors
    sql: str
    digest: bytes
    until: float  # of ``time.monotonic``
    view: str

    def filled(self, reader: Reader) -> Filled:
        """Return the page for somebody."""
        return self.page.filled(reader, self.own(reader.visitor), zipped=self.is_zipped)

    def is_still(self, cells: list[Cells]) -> bool:
        """Say whether that is what it was made of."""
        return told_apart(*cells) == self.digest


def kept_page(
    request: HttpRequest,
    name: str,
    key: Hashable,
    shown: Callable[[], dict[str, Any]],
    own: Own | Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Answer with a template's page: of what is ``shown`` to all, kept under ``key``, and, in its holes, of what is
    the visitor's ``own``.

    Where ``own`` is a function of the visitor it may be called for others too, as long as the page is this one: of the
    request it must use nothing else.
    """
    look, location = look_of(request), Location.of(request)
    with aside():
        somebody = Somebody.of(request)
    # All that the kept text can depend on: with one left out, a visitor would see another's page.
    whole = (name, get_language(), location, look["theme"], somebody, key)
    if (page := kept_pages.get(whole)) is None:
        page = _made(name, look, location, {"visitor": somebody, **shown()})
        kept_pages.put(whole, page, page.size)
    of_visitor: Own = own if callable(own) else lambda _visitor: own or {}
    if not isinstance(own, Mapping) and (trace := running()):
        _tell(trace, page, of_visitor, somebody, request)
    reader = Reader.of(request)
    return _answer(page.filled(reader, of_visitor(reader.visitor), zipped=_takes_gzip(request)))


def _made(name: str, look: Mapping[str, Any], location: Location, shown: dict[str, Any]) -> Kept:
    holes: list[NodeList] = []
    of_django: Any = get_template(name)  # no other engine is set up
    found: Template = of_django.template
    context = Context({**look, "request": location, **shown, HOLES: holes})
    texts = found.render(context).split(MARK)
    return Kept(found, look, location, [Piece(text.encode()) for text in texts], holes)


def _tell(trace: Trace, page: Kept, own: Own, somebody: Somebody | None, request: HttpRequest) -> None:
    """Say how the page can be known again, before its holes are filled: what they ask is not what it was made of."""
    if trace.is_whole and trace.sql:
        match = request.resolver_match
        view = match.view_name if match else ""
        zipped = _takes_gzip(request)
        trace.page = Known(page, own, zipped, somebody, ready(trace.sql), told_apart(*trace.cells), trace.until, view)


def _takes_gzip(request: HttpRequest) -> bool:
    return bool(re_accepts_gzip.search(request.META.get("HTTP_ACCEPT_ENCODING", "")))


def _answer(filled: Filled) -> HttpResponse:
    headers = {"ETag": filled.tag}
    if filled.tag.startswith("W/"):
        headers["Content-Encoding"] = "gzip"
    response = HttpResponse(filled.body, headers=headers)
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _woven(pieces: Iterable[bytes], filled: Iterable[bytes]) -> list[bytes]:
    """Return pieces and what is between them, alternating."""
    return [part for pair in zip_longest(pieces, filled, fillvalue=b"") for part in pair]


def _member(parts: list[bytes], plain: list[bytes]) -> bytes:
    """Return a gzip file of parts that are deflated already."""
    check = reduce(lambda check, text: crc32(text, check), plain, 0)
    size = sum(map(len, plain)) & 0xFFFFFFFF
    return b"".join([GZIP, *parts, END, check.to_bytes(4, "little"), size.to_bytes(4, "little")])


def deflated(text: bytes) -> bytes:
    """Return a piece of a deflate stream that refers to nothing before it, and to which nothing after it refers."""
    if len(text) < SHORT:
        length = len(text).to_bytes(2, "little")
        return b"\0" + length + bytes(255 - byte for byte in length) + text  # a stored block (RFC 1951, 3.2.4)
    # Raw deflate, because header and checksum are written once around all pieces.
    stream = compressobj(wbits=-MAX_WBITS)
    return stream.compress(text) + stream.flush(Z_FULL_FLUSH)
