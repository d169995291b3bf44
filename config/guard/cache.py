"""The page cache: one rendering serves every anonymous visitor for as long as the view allows.

A view opts in with ``Cache-Control: public, s-maxage=N``. That header speaks to this cache alone: it goes out as
``no-cache``, because a cache further out would not know about the theme cookie. Browsers then ask again each time
and mostly get a 304.
"""

import asyncio

from common import metrics
from common.shelf import Shelf

from .key import Asked, Key, asked_of
from .limits import Limits
from .protocol import App, Headers, Message, Receive, Scope, Send, answer, header, without
from .recorder import Recorder
from .stored_response import StoredResponse

CONDITIONS = (b"if-none-match", b"if-modified-since", b"if-match", b"if-unmodified-since")
NO_CACHE = (b"cache-control", b"no-cache")
NOT_IN_304 = (b"content-length", b"content-type", b"content-encoding")


class PageCache:
    """ASGI middleware. Pages with a query, and fragments, stand on a shelf of their own, so that made-up addresses
    cannot push out the pages that people read."""

    def __init__(self, app: App, limits: Limits) -> None:
        self.app = app
        self.limits = limits
        self.plain = Shelf[StoredResponse](limits.cache_bytes, limits.cache_entries)
        self.variants = Shelf[StoredResponse](limits.cache_bytes, limits.cache_entries)
        self._making: dict[Key, asyncio.Future[StoredResponse | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = asked_of(scope, self.limits.key_bytes)
        scope = {**scope, "asked": asked}  # for who comes next, who would have to find it out again
        key = key_of(asked)
        page = self._shelf(key).get(key) if key else None
        if key is None:
            await self.app(scope, receive, _labelled(send, "fwd=bypass", b"private, no-cache"))
        elif page and page.is_fresh:
            await _give(page, "hit", scope, send)
        # Many ask for a page at the moment at which it grows stale: one has it made, the others wait for that one.
        elif key in self._making:
            await self._follow(self._making[key], scope, receive, send)
        # An answer to HEAD has no body to keep, and must not lead those who wait for one.
        elif scope["method"] == "HEAD":
            await self.app(scope, receive, _labelled(send, "fwd=miss"))
        else:
            await self._lead(key, scope, receive, send, stale=page is not None)

    async def _follow(
        self, made: asyncio.Future[StoredResponse | None], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Wait for the page that another request is having made; have an own one made if that cannot be shared."""
        # Shielded: who hangs up while waiting must not cancel the page of all the others.
        if page := await asyncio.shield(made):
            await _give(page, "fwd=miss; collapsed", scope, send)
        else:
            await self.app(scope, receive, _labelled(send, "fwd=miss"))

    async def _lead(self, key: Key, scope: Scope, receive: Receive, send: Send, *, stale: bool) -> None:
        """Have the page made, and keep it if it may be kept."""
        recorder = Recorder(_labelled(send, "fwd=miss"), self.limits.entry_bytes)
        self._making[key] = recorder.made
        # "Has it changed?" may be answered by a 304, which cannot be kept: ask for the page of one that was kept.
        asked = {**scope, "headers": without(scope["headers"], *CONDITIONS)} if stale else scope
        try:
            await self.app(asked, receive, recorder)
        finally:
            # Whatever happens: a key that stayed here would have everybody wait for ever for a page that nobody makes.
            del self._making[key]
            recorder.give_up()
        if page := recorder.made.result():
            self._shelf(key).put(key, page, page.size)
            metrics.PAGE_CACHE_BYTES.set(self.plain.bytes + self.variants.bytes)
            await _give(page, "fwd=miss; stored", scope, send)

    def find(self, scope: Scope) -> StoredResponse | None:
        """Return the page that is kept for a request, fresh or not."""
        key = key_of(asked_of(scope, self.limits.key_bytes))
        return self._shelf(key).get(key) if key else None

    def _shelf(self, key: Key) -> Shelf[StoredResponse]:
        return self.plain if key.is_plain else self.variants


def key_of(asked: Asked | None) -> Key | None:
    """Return the key of an anonymous request, None for one that the cache leaves alone."""
    return asked.key if asked and asked.is_anonymous else None


def hit_headers(page: StoredResponse) -> Headers:
    """Return the headers of an answer from the shelf."""
    age = page.age
    return [*page.headers, NO_CACHE, _status(f"hit; ttl={page.lifetime - age}"), (b"age", b"%d" % age)]


async def _give(page: StoredResponse, outcome: str, scope: Scope, send: Send) -> None:
    """Answer with a page, or with 304 if the client has it."""
    _count(outcome)
    headers = hit_headers(page) if outcome == "hit" else [*page.headers, NO_CACHE, _status(outcome)]
    if has_tag(scope["headers"], header(page.headers, b"etag")):
        await answer(send, 304, without(headers, *NOT_IN_304), b"")
    else:
        await answer(send, 200, headers, b"" if scope["method"] == "HEAD" else page.body)


def has_tag(headers: Headers, etag: bytes) -> bool:
    """Compare weakly, as If-None-Match does (RFC 9110, 13.1.2)."""
    known = [tag.strip().removeprefix(b"W/") for tag in header(headers, b"if-none-match").split(b",")]
    # GZipMiddleware makes a tag weak when it compresses, and the body is the same.
    return bool(etag) and (etag.removeprefix(b"W/") in known or b"*" in known)


def _labelled(send: Send, outcome: str, control: bytes = b"no-cache") -> Send:
    """Return a ``send`` for an answer that is not kept: it names the outcome and hides our own ``s-maxage``."""
    _count(outcome)

    async def labelled(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message["headers"]
            if b"s-maxage" in header(headers, b"cache-control"):
                headers = [*without(headers, b"cache-control"), (b"cache-control", control)]
            message = {**message, "headers": [*headers, _status(outcome)]}
        await send(message)

    return labelled


def _status(outcome: str) -> tuple[bytes, bytes]:
    """Return the Cache-Status header (RFC 9211)."""
    return b"cache-status", b"citrate; " + outcome.encode()


def _count(outcome: str) -> None:
    metrics.PAGE_CACHE.labels(outcome.split(";")[0].removeprefix("fwd=")).inc()
