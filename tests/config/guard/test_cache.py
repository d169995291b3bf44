"""The page cache serves many from one rendering, and never one visitor another's page."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from config.guard import Limits, PageCache
from config.guard.protocol import Headers, Receive, Scope, Send, header
from tests.waiting import becomes, take_in_loop

from .driver import HOST, Answer, Client, ask, http

OPEN = (b"cache-control", b"public, max-age=0, s-maxage=60")
ETAG = (b"etag", b'W/"v1"')


@dataclass
class View:
    """An application that numbers its answers and notes what it was asked."""

    headers: Headers = field(default_factory=lambda: [OPEN])
    status: int = 200
    pause: float = 0
    chunks: Iterable[bytes] = (b"",)
    asked: list[Scope] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope)
        number = len(self.asked)
        await take_in_loop(self.pause)
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        for chunk in self.chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"%d" % number})


def visit(view: View, *scopes: Scope, limits: Limits | None = None, at_once: bool = False) -> list[Answer]:
    """Make the requests one after the other, or all at once, through one cache."""
    cache = PageCache(view, limits or Limits())

    async def scene() -> list[Answer]:
        if at_once:
            return await asyncio.gather(*(ask(cache, scope) for scope in scopes))
        return [await ask(cache, scope) for scope in scopes]

    return asyncio.run(scene())


def bodies(answers: list[Answer]) -> list[bytes]:
    return [given.body for given in answers]


def outcomes(answers: list[Answer]) -> list[str]:
    return [given.headers["cache-status"].removeprefix("citrate; ") for given in answers]


def with_header(name: bytes, value: bytes, path: str = "/") -> Scope:
    return http(path=path, headers=[(name, value)])


def test_a_page_is_made_once_and_then_given_with_its_age() -> None:
    first, second = given = visit(View(), http(), http())
    assert bodies(given) == [b"1", b"1"]
    assert outcomes(given) == ["fwd=miss; stored", "hit; ttl=60"]
    assert ("age" in first.headers, second.headers["age"]) == (False, "0")


def test_our_own_lifetime_is_not_passed_on_to_caches_that_know_no_theme() -> None:
    given = visit(View(), http(), http(), http("HEAD", "/other"), with_header(b"authorization", b"Bearer x"))
    assert [answer.headers["cache-control"] for answer in given] == [*["no-cache"] * 3, "private, no-cache"]


def test_a_page_that_says_nothing_about_lifetime_keeps_its_own_header() -> None:
    (given,) = visit(View([(b"cache-control", b"no-store")]), http())
    assert given.headers["cache-control"] == "no-store"


def test_a_page_expires() -> None:
    async def scene() -> list[Answer]:
        cache = PageCache(View([(b"cache-control", b"public, s-maxage=1")]), Limits())
        early = [await ask(cache), await ask(cache)]

        async def another() -> bool:
            return (await ask(cache)).body == b"2"

        await becomes(another)
        return early

    assert bodies(asyncio.run(scene())) == [b"1", b"1"]


PRIVATE = {
    "no opt-in": [],
    "for browsers only": [(b"cache-control", b"public, max-age=60")],
    "not public": [(b"cache-control", b"s-maxage=60")],
    "lifetime of nothing": [(b"cache-control", b"public, s-maxage=0")],
    "no-store": [OPEN, (b"cache-control", b"no-store")],
    "private": [(b"cache-control", b"private, public, s-maxage=60")],
    "sets a cookie": [OPEN, (b"set-cookie", b"a=b")],
    "differs by cookie": [OPEN, (b"vary", b"Accept-Encoding, Cookie")],
    "differs by what is not in the key": [OPEN, (b"vary", b"Accept-Language")],
    "differs by a header of htmx that is not in the key": [OPEN, (b"vary", b"HX-Current-URL")],
    "differs by everything": [OPEN, (b"vary", b"*")],
}


@pytest.mark.parametrize("headers", PRIVATE.values(), ids=PRIVATE)
def test_an_answer_that_may_not_be_shared_is_never_kept(headers: Headers) -> None:
    assert bodies(visit(View(headers), http(), http())) == [b"1", b"2"]


@pytest.mark.parametrize("status", [201, 206, 301, 404, 500])
def test_only_a_whole_page_is_kept(status: int) -> None:
    assert bodies(visit(View(status=status), http(), http())) == [b"1", b"2"]


PERSONAL = {
    "session": (b"cookie", b"theme=dark; sessionid=abc"),
    "session without a value": (b"cookie", b"sessionid="),
    "authorization": (b"authorization", b"Bearer abc"),
    "range": (b"range", b"bytes=0-1"),
    "body": (b"content-length", b"4"),
    "chunked body": (b"transfer-encoding", b"chunked"),
    "header that WSGI would join with another": (b"host", b"localhost"),
}


@pytest.mark.parametrize("name_value", PERSONAL.values(), ids=PERSONAL)
def test_a_personal_request_is_neither_answered_from_the_cache_nor_kept_in_it(name_value: tuple[bytes, bytes]) -> None:
    personal = http(headers=[HOST, name_value])
    given = visit(View(), http(), personal, personal, http())
    assert bodies(given) == [b"1", b"2", b"3", b"1"]
    assert outcomes(given)[1:3] == ["fwd=bypass", "fwd=bypass"]


def test_other_methods_pass() -> None:
    assert bodies(visit(View(), http(), http("POST"), http("DELETE"))) == [b"1", b"2", b"3"]


encoded_target = http(headers=[(b"hx-target", b"a%23b"), (b"hx-target-uri-autoencoded", b"true")])
VARIANTS = {
    "query": [http(path="/?q=a"), http(path="/?q=b")],
    "path": [http(path="/a"), http(path="/b")],
    "host": [with_header(b"host", b"a"), with_header(b"host", b"b")],
    "scheme": [http(), http(scheme="https")],
    "theme": [http(), with_header(b"cookie", b"theme=dark"), with_header(b"cookie", b"theme=light")],
    "compression": [http(), with_header(b"accept-encoding", b"br, gzip")],
    "fragment": [http(), with_header(b"hx-request", b"true")],
    "target": [with_header(b"hx-target", b"catalogue"), with_header(b"hx-target", b"facets")],
    "encoded target": [with_header(b"hx-target", b"a%23b"), encoded_target],
    "type": [with_header(b"hx-request-type", b"full"), with_header(b"hx-request-type", b"partial")],
}


@pytest.mark.parametrize("scopes", VARIANTS.values(), ids=VARIANTS)
def test_what_a_page_depends_on_separates_it(scopes: list[Scope]) -> None:
    numbers = [b"%d" % number for number in range(1, len(scopes) + 1)]
    assert bodies(visit(View(), *scopes, *scopes)) == numbers * 2


SAME = {
    "unknown theme": with_header(b"cookie", b"theme=pink"),
    "theme that only Latin-1 would read": with_header(b"cookie", b"theme=dark\xa0"),
    "cookie of another": with_header(b"cookie", b"_xsrf=1"),
    "language": with_header(b"accept-language", b"de"),
    "page one comes from": with_header(b"hx-current-url", b"http://localhost/models"),
    "reload": with_header(b"cache-control", b"no-cache"),
    "unknown encoding": with_header(b"accept-encoding", b"zstd"),
}


@pytest.mark.parametrize("scope", SAME.values(), ids=SAME)
def test_what_no_page_depends_on_does_not(scope: Scope) -> None:
    assert bodies(visit(View(), http(), scope)) == [b"1", b"1"]


def test_vary_on_what_the_key_covers_is_kept() -> None:
    headers = [OPEN, (b"vary", b"Accept-Encoding, HX-Request"), (b"vary", b"hx-target,")]
    assert bodies(visit(View(headers), http(), http())) == [b"1", b"1"]


def test_what_belongs_to_one_request_is_not_repeated() -> None:
    _, second = visit(View([OPEN, (b"x-request-id", b"first")]), http(), http())
    assert "x-request-id" not in second.headers


def test_head_gets_the_headers_of_a_kept_page_and_fills_nothing() -> None:
    _, page, again = given = visit(View(), http("HEAD"), http(), http("HEAD"))
    assert outcomes(given) == ["fwd=miss", "fwd=miss; stored", "hit; ttl=60"]
    assert (page.body, again.status, again.body) == (b"2", 200, b"")


@pytest.mark.parametrize("known", [b'W/"v1"', b'"v0", "v1"', b"*"])
def test_a_client_that_has_the_page_is_told_so(known: bytes) -> None:
    headers = [OPEN, ETAG, (b"content-type", b"text/html"), (b"content-length", b"1"), (b"vary", b"hx-request")]
    _, given = visit(View(headers), http(), with_header(b"if-none-match", known))
    assert (given.status, given.body, given.headers["etag"], given.headers["vary"]) == (
        304,
        b"",
        'W/"v1"',
        "hx-request",
    )
    assert not given.headers.keys() & {"content-type", "content-length"}


@pytest.mark.parametrize("headers", [[OPEN, ETAG], [OPEN]])
def test_a_client_that_has_another_page_gets_the_page(headers: Headers) -> None:
    _, given = visit(View(headers), http(), with_header(b"if-none-match", b'"v0"'))
    assert (given.status, given.body) == (200, b"1")


def test_an_expired_page_is_asked_for_whole_though_the_client_asks_whether_it_changed() -> None:
    view = View([(b"cache-control", b"public, s-maxage=1"), ETAG])

    async def scene() -> Answer:
        cache = PageCache(view, Limits())
        given = [await ask(cache)]

        async def asked_anew() -> bool:
            given.append(await ask(cache, with_header(b"if-none-match", ETAG[1])))
            return len(view.asked) > 1

        await becomes(asked_anew)
        return given[-1]

    given = asyncio.run(scene())
    assert given.status == 304
    assert [header(scope["headers"], b"if-none-match") for scope in view.asked] == [b"", b""]


def test_many_at_once_are_served_by_one_rendering() -> None:
    given = visit(View(pause=0.02), *[http() for _ in range(20)], at_once=True)
    assert bodies(given) == [b"1"] * 20
    assert sorted(set(outcomes(given))) == ["fwd=miss; collapsed", "fwd=miss; stored"]


def test_many_at_once_of_what_cannot_be_shared_are_each_served() -> None:
    given = visit(View([], pause=0.02), *[http() for _ in range(5)], at_once=True)
    assert sorted(bodies(given)) == [b"1", b"2", b"3", b"4", b"5"]


def test_those_who_wait_for_a_rendering_that_fails_are_served_by_their_own() -> None:
    class Failing(View):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            if not self.asked:
                self.asked.append(scope)
                await take_in_loop(0.02)
                raise ZeroDivisionError
            await super().__call__(scope, receive, send)

    async def scene() -> list[Answer | BaseException]:
        cache = PageCache(Failing(), Limits())
        return await asyncio.gather(*(ask(cache) for _ in range(3)), return_exceptions=True)

    failed, *served = asyncio.run(scene())
    assert isinstance(failed, ZeroDivisionError)
    assert sorted(given.body for given in served if isinstance(given, Answer)) == [b"2", b"3"]


def test_one_who_stops_waiting_does_not_spoil_it_for_the_others() -> None:
    async def scene() -> Answer:
        view = View(pause=0.05)
        cache = PageCache(view, Limits())
        leader, impatient, patient = (asyncio.create_task(ask(cache)) for _ in range(3))
        await becomes(lambda: view.asked)
        impatient.cancel()
        await leader
        return await patient

    assert asyncio.run(scene()).body == b"1"


def test_a_large_answer_is_passed_on_in_parts_and_not_kept() -> None:
    given = visit(View(chunks=[b"x" * 60, b"y" * 60]), http(), http(), limits=Limits(entry_bytes=100))
    assert [len(answer.messages) for answer in given] == [4, 4]
    assert bodies(given) == [b"x" * 60 + b"y" * 60 + b"1", b"x" * 60 + b"y" * 60 + b"2"]


def test_an_answer_in_parts_is_kept_whole() -> None:
    assert bodies(visit(View(chunks=[b"a", b"b"]), http(), http())) == [b"ab1", b"ab1"]


def test_an_answer_that_breaks_off_is_not_kept() -> None:
    class Breaking(View):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": [OPEN]})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})

    cache = PageCache(Breaking(), Limits())
    assert asyncio.run(ask(cache)).messages == []
    assert len(cache.plain) == 0


def test_a_key_that_is_too_long_is_not_kept() -> None:
    scope = http(path="/?q=" + "x" * 2000)
    assert bodies(visit(View(), scope, scope)) == [b"1", b"2"]


def test_a_scheme_that_is_made_up_is_not_kept() -> None:
    scope = http(scheme="gopher")
    assert bodies(visit(View(), scope, scope)) == [b"1", b"2"]


def test_made_up_addresses_cannot_push_out_the_pages_that_people_read() -> None:
    invented = [http(path=f"/?q={number}") for number in range(50)]
    invented += [with_header(b"hx-target", b"%d" % number) for number in range(50)]
    cache = PageCache(View(), Limits(cache_entries=10))

    async def scene() -> Answer:
        await ask(cache)
        for scope in invented:
            await ask(cache, scope)
        return await ask(cache, http(), Client())

    assert asyncio.run(scene()).headers["cache-status"].startswith("citrate; hit")
    assert (len(cache.plain), len(cache.variants)) == (1, 10)
