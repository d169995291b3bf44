"""The short way to a page that is kept but for its holes (``common.kept``), for whom the page cache has none: somebody
who is signed in, or a visitor whom it passes by or who is the first in a while.

The long way through Django is traced (``common.traces``). Where it turns out that a page was made of statements alone,
it is known by its address from then on: one trip to the database tells whose session it is, and whether the page
still is that page. Then its holes are filled for them, and no other code of Django runs. Whatever else is true, the
request takes the long way.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings
from prometheus_client import Histogram

from common import metrics
from common.kept import Filled, Known
from common.shelf import Shelf
from common.traces import Trace

from .cache import CONDITIONS, NOT_IN_304, has_tag
from .gate import Gate
from .key import Asked, Key, covers
from .limits import Limits
from .protocol import App, Headers, Message, Receive, Scope, Send, answer, header, without
from .recorder import joined
from .refusals import BUSY, refuse
from .threads import Threads

REFUSED = frozenset(CONDITIONS) - {b"if-none-match"}
COUNTED = {True: metrics.MEMBERS, False: metrics.VISITORS}
FILLED = {is_member: ways.labels("filled") for is_member, ways in COUNTED.items()}
MADE = {is_member: ways.labels("made") for is_member, ways in COUNTED.items()}
OF_ONE = (b"set-cookie", b"content-length", b"etag", b"x-request-id")  # headers of one answer alone
GRACE = 5  # seconds that a page is believed beyond its time, at most, while it is made anew
Filler = Callable[[Known, dict[str, str]], Filled | None]


@dataclass(frozen=True)
class Way:
    """A page that can be given again, and the headers that go with it."""

    known: Known
    headers: Headers
    times: Histogram  # of its view

    @property
    def size(self) -> int:
        """Bytes that it is counted as."""
        return self.known.page.size + len(self.known.sql) + sum(len(name) + len(value) for name, value in self.headers)


class Who(NamedTuple):
    """What a page's headers and holes follow from, besides its address: these people have ways of their own."""

    is_member: bool
    is_authorized: bool

    @classmethod
    def of(cls, asked: Asked) -> Who:
        """Return who asks."""
        return cls(asked.has_session, asked.is_authorized)


Place = tuple[Key, Who]


class Members:
    """ASGI middleware behind ``PageCache``. ``fill`` runs in one of the threads, and says None where it is unsure."""

    def __init__(self, app: App, gate: Gate, threads: Threads, fill: Filler, limits: Limits) -> None:
        self.app = app
        self.gate = gate
        self.threads = threads
        self.fill = fill
        self.limits = limits
        self.ways = Shelf[Way](limits.cache_bytes, limits.cache_entries)
        self._led = Counter[Place]()  # pages that Django is making

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = self._asked(scope)
        if asked is None:
            await self.app(scope, receive, send)
            return
        place = asked.key, Who.of(asked)
        way = self.ways.get(place)
        try:
            filled = await self._filled(way, asked) if way and self._is_good(way, place) else None
        except TimeoutError:  # no seat, and the long way needs one as well
            await refuse(BUSY, scope, send)
            return
        if way and filled:
            FILLED[asked.has_session].inc()
            await _give(way, filled, scope, send)
        else:
            MADE[asked.has_session].inc()
            await self._lead(place, scope, receive, send)

    def _asked(self, scope: Scope) -> Asked | None:
        """Return what is asked for, if it is a whole page at its bare address, and plain who asks."""
        # With a query it counts as a search, and Django's middleware counts it.
        if scope["method"] != "GET" or scope["query_string"] or scope["path"].startswith(settings.STATIC_URL):
            return None
        if any(name in REFUSED for name, _ in scope["headers"]):
            return None
        asked: Asked | None = scope["asked"]  # as ``PageCache`` has found it
        is_plain = asked and asked.key.is_plain and not (asked.has_session and asked.is_authorized)
        return asked if is_plain else None

    def _is_good(self, way: Way, place: Place) -> bool:
        """Say whether a page may be given. Its counts are good for seconds: one request has them made anew, and not all
        that come in the meantime, who would wait for each other.
        """
        late = time.monotonic() - way.known.until
        return late < 0 or (late < GRACE and self._led[place] > 0)

    async def _filled(self, way: Way, asked: Asked) -> Filled | None:
        """Return the page for who asks, if it is known to be the page still. Raises TimeoutError without a seat."""
        started = time.perf_counter()
        async with self.gate.seat():
            filled = await self.threads.run(self.fill, way.known, asked.cookies)
        if filled:
            way.times.observe(time.perf_counter() - started)
        return filled

    async def _lead(self, place: Place, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the page made by Django, and remember the way to it."""
        trace, starts = Trace(), list[Message]()

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                starts.append(message)
            await send(message)

        self._led[place] += 1
        try:
            await self.app({**scope, "trace": trace}, receive, noted)
        finally:
            self._led[place] -= 1
            if not self._led[place]:
                del self._led[place]
        if starts and (way := way_of(place[1], trace.page, starts[0])):
            self.ways.put(place, way, way.size)


def way_of(who: Who, page: object, start: Message) -> Way | None:
    """Return the way to a page that Django has made, if it leads others like them to it."""
    # A session that is over names nobody: what it was shown is not what members see.
    if not isinstance(page, Known) or bool(page.somebody) != who.is_member:
        return None
    if not (is_for_all if who.is_member else is_for_visitors)(start):
        return None
    times = metrics.REQUESTS.labels(page.view, "GET", "2xx")
    return Way(page, without(start["headers"], *OF_ONE), times)


def is_for_all(start: Message) -> bool:
    """Say whether the headers of a page are what anybody gets who is signed in, but for those in OF_ONE."""
    headers: Headers = start["headers"]
    token = f"{settings.CSRF_COOKIE_NAME}=".encode()  # which only lasts longer by each answer
    may_set = all(value.lstrip().startswith(token) for name, value in headers if name == b"set-cookie")
    vary = ",".join(name for name in joined(headers, b"vary").split(",") if name.strip() != "cookie")
    return start["status"] == 200 and may_set and covers(vary)


def is_for_visitors(start: Message) -> bool:
    """Say whether the headers of a page are what any visitor gets: none of them is given a cookie."""
    headers: Headers = start["headers"]
    gives_cookie = any(name == b"set-cookie" for name, _ in headers)
    return start["status"] == 200 and not gives_cookie and covers(joined(headers, b"vary"))


async def _give(way: Way, filled: Filled, scope: Scope, send: Send) -> None:
    """Answer with a page, or with 304 if the client has it."""
    tag = filled.tag.encode()
    headers = [*way.headers, (b"etag", tag), (b"content-length", b"%d" % len(filled.body))]
    if header(scope["headers"], b"if-none-match") and has_tag(scope["headers"], tag):
        await answer(send, 304, without(headers, *NOT_IN_304), b"")
    else:
        await answer(send, 200, headers, filled.body)
