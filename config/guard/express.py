"""The shortest way: a page that is kept goes out before anything else runs.

It says and logs what the long way would. Whatever is not plainly a hit takes the long way: HEAD, a condition, a header
that stands twice (``asked_of`` refuses it), a text with a NUL (never kept, because ``Entrance`` refuses it).
"""

import time

from common import logs, metrics

from .cache import CONDITIONS, PageCache, hit_headers
from .entrance import request_id
from .protocol import App, Receive, Scope, Send
from .stored_response import StoredResponse

HITS = metrics.PAGE_CACHE.labels("hit")
CONDITIONAL = frozenset(CONDITIONS)


class Express:
    """ASGI application before ``Entrance``."""

    def __init__(self, app: App, cache: PageCache) -> None:
        self.app = app
        self.cache = cache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        if page := self._kept(scope):
            await _give(page, scope, send, started)
        else:
            await self.app(scope, receive, send)

    def _kept(self, scope: Scope) -> StoredResponse | None:
        if scope["method"] != "GET" or any(name in CONDITIONAL for name, _ in scope["headers"]):
            return None
        page = self.cache.find(scope)
        return page if page and page.is_fresh else None


async def _give(page: StoredResponse, scope: Scope, send: Send, started: float) -> None:
    own = request_id(scope["headers"])
    headers = [*hit_headers(page), (b"x-request-id", own)]  # with what each answer has: Django has set it
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": page.body})
    HITS.inc()
    logs.access(
        request_id=own.decode(),
        method="GET",
        path=scope["path"],
        status=200,
        ms=round((time.perf_counter() - started) * 1000, 1),
        cache="citrate; hit",
    )
