"""Which of several upstreams answers a call, and which takes over before the first word."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from common.errors import DomainError
from common.sealing import seal
from inference.access import Visitor
from inference.actions import finish_call, start_call
from inference.asked import Asked
from inference.choosing import place_of, serving
from inference.errors import EngineBusyError, HoldersOnlyError, NoneFitsError, NotAnsweringError, NotRunnableError
from inference.meaning import closeness
from inference.models import Call, CallState, Kind, Mode, Upstream, UpstreamState, UsageWindow
from inference.servers import key_of
from inference.streaming import run_call
from inference.upstream_wishes import ANY, Wish, read_wish
from marketplace.listings.models import Listing
from marketplace.listings.performance import Performance
from marketplace.listings.versions import MetadataDocument, Version
from tests.hostile import HOLD, RESET, Script, answer, hostile

from .conftest import CHAT
from .seller import KEY, WORDS, selling
from .upstreams import SSE_HEAD, delta

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.usefixtures("listings")]
VISITOR = Visitor.of("203.0.113.7", None)


@pytest.fixture(autouse=True)
def sellers_alone(listings: None, settings: Any) -> None:
    """The listing has sellers' servers alone, on this machine."""
    settings.UPSTREAM_LOOPBACK = True
    Upstream.objects.filter(listing=CHAT).delete()


def at(url: str, name: str, **said: Any) -> Upstream:
    """Let a healthy server answer for the listing, for everybody."""
    made = Upstream(kind=Kind.URL, engine=f"seller-{name}", listing=CHAT, mode=Mode.CHAT, base_url=url, model="lemon-1")
    made.state, made.free = UpstreamState.HEALTHY, True
    for field, value in said.items():
        setattr(made, field, value)
    made.sealed_key = seal(KEY, bound_to=key_of(made))
    made.save()
    return made


def ask(wish: Wish = ANY) -> tuple[Call, str, str]:
    """Ask, and return the call, what came, and the code of the error it ended with."""
    UsageWindow.objects.all().delete()
    call = start_call(visitor=VISITOR, listing=CHAT, texts=["Hello"], max_tokens=64, wish=wish)
    pieces: list[str] = []
    code = ""

    async def deliver(piece: str) -> None:
        pieces.append(piece)

    try:
        asyncio.run(run_call(call, Asked([{"role": "user", "content": "Hello"}], wish=wish), deliver))
    except DomainError as error:
        code = error.code
    call.refresh_from_db()
    return call, "".join(pieces), code


def test_a_seller_s_server_answers_as_ours_do() -> None:
    with selling() as seller:
        upstream = at(seller.url, "one", tells_usage=True)
        call, text, code = ask()
    assert (call.state, text, code, call.engine) == (CallState.DONE, "".join(WORDS), "", upstream.engine)
    assert (call.prompt_tokens, call.completion_tokens) == (9, 5)
    assert seller.told[0]["authorization"] == f"Bearer {KEY}"
    assert seller.told[0]["accept-encoding"] == "identity"
    assert seller.questions[0]["stream_options"] == {"include_usage": True}


def test_the_least_busy_is_asked_and_none_more_than_it_takes() -> None:
    for name, at_once in (("one", 2), ("two", 1)):
        at("http://127.0.0.1:9/v1", name, at_once=at_once, place=1 if name == "one" else 2)
    visitors = [Visitor.of(f"203.0.{n}.7", None) for n in range(4)]
    calls = [start_call(visitor=each, listing=CHAT, texts=["Hello"], max_tokens=20) for each in visitors[:3]]
    assert [call.engine for call in calls] == ["seller-one", "seller-two", "seller-one"]
    with pytest.raises(EngineBusyError):
        start_call(visitor=visitors[3], listing=CHAT, texts=["Hello"], max_tokens=20)
    finish_call(call_id=calls[1].pk, state=CallState.FAILED)
    assert start_call(visitor=visitors[3], listing=CHAT, texts=["Hello"], max_tokens=20).engine == "seller-two"


@pytest.mark.parametrize("state", [each for each in UpstreamState if each != UpstreamState.HEALTHY])
def test_what_is_not_healthy_is_not_asked(state: UpstreamState) -> None:
    at("http://127.0.0.1:9/v1", "one", state=state)
    with pytest.raises(NotRunnableError if state == UpstreamState.OFF else NotAnsweringError):
        start_call(visitor=VISITOR, listing=CHAT, texts=["Hello"])


FAILING: dict[str, Script] = {
    "an error": answer(b"{}", "500 Oops"),
    "busy": answer(b"{}", "503 Unavailable"),
    "elsewhere": answer(b"", "307 Elsewhere", more="location: http://127.0.0.1:1/\r\n"),
    "a key that is wrong": answer(b"{}", "401 Unauthorized"),
    "no answer": [SSE_HEAD],
    "a reset": [RESET],
    "a page": answer(b"<html></html>", kind="text/html"),
    "an error with 200": answer(b'{"error": {"message": "no"}}'),
    "gzip": [SSE_HEAD.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n"), b"\x1f\x8b"],
    "a header without end": [b"HTTP/1.1 200 OK\r\nx: " + b"x" * 1_000_000],
    "many headers": [b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 50_000],
    "a line without end": [SSE_HEAD, b"data: " + b"x" * 1_000_000],
    "no UTF-8": [SSE_HEAD, b"data: \xff\xfe{}\n\n"],
    "no JSON": [SSE_HEAD, b"data: {broken\n\n"],
}


@pytest.mark.parametrize("script", FAILING.values(), ids=FAILING)
def test_another_takes_over_before_the_first_word(script: Script) -> None:
    with hostile(script) as bad, selling() as seller:
        first = at(f"{bad}/v1", "bad", place=1)
        second = at(seller.url, "good", place=2)
        call, text, code = ask()
    assert (call.state, text, code, call.engine) == (CallState.DONE, "".join(WORDS), "", second.engine)
    assert set(UsageWindow.objects.values_list("reserved", flat=True)) == {0}
    first.refresh_from_db()
    second.refresh_from_db()
    assert second.streak == 0
    assert first.streak == (0 if b"503" in script[0] else 1)  # type: ignore[index]


def test_nobody_takes_over_after_the_first_word() -> None:
    with hostile([SSE_HEAD, delta("Half"), RESET]) as bad, selling() as seller:
        first = at(f"{bad}/v1", "bad", place=1)
        at(seller.url, "good", place=2)
        call, text, code = ask()
    assert (call.state, text, code, call.engine) == (CallState.FAILED, "Half", "gone", first.engine)
    assert seller.asked == []


def test_where_all_fail_the_call_ends_once_and_each_was_asked_once() -> None:
    with ExitStack() as open_servers:
        servers = [open_servers.enter_context(selling(status=500)) for _ in range(3)]
        for number, each in enumerate(servers):
            at(each.url, str(number), place=number)
        call, text, code = ask()
    assert (call.state, text, code) == (CallState.FAILED, "", "gone")
    assert [len(each.asked) for each in servers] == [1, 1, 1]
    assert {(each.spent, each.reserved) for each in UsageWindow.objects.all()} == {(0, 0)}


def test_one_that_fails_again_and_again_is_drained_and_asked_no_more() -> None:
    with selling(status=500) as bad, selling() as good:
        first = at(bad.url, "bad", place=1)
        at(good.url, "good", place=2)
        for _ in range(5):
            assert ask()[2] == ""
    first.refresh_from_db()
    assert (first.state, len(bad.asked), len(good.asked)) == (UpstreamState.DRAINED, 3, 5)


def test_one_that_says_nothing_is_left_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    from inference import upstream as spoken

    monkeypatch.setattr(spoken, "WAITS", spoken.Waits(first=0.5, more=0.3, usage=0.2, whole=5))
    with hostile([SSE_HEAD, HOLD]) as silent, selling() as seller:
        at(f"{silent}/v1", "silent", place=1)
        at(seller.url, "good", place=2)
        call, text, _code = ask()
    assert (call.engine, text) == ("seller-good", "".join(WORDS))


def test_without_access_only_what_the_seller_gives_away_is_asked(owner: User) -> None:
    with selling() as seller:
        upstream = at(seller.url, "one", free=False)
        with pytest.raises(HoldersOnlyError):
            start_call(visitor=VISITOR, listing=CHAT, texts=["Hello"])
        call = start_call(visitor=Visitor.of("203.0.113.7", owner, 31337), listing=CHAT, texts=["Hello"])
        assert call.engine == upstream.engine
        at(seller.url, "two", free=True)
        assert start_call(visitor=VISITOR, listing=CHAT, texts=["Hello"]).engine == "seller-two"


def test_the_version_that_is_offered_answers() -> None:
    listing = Listing.objects.get(name=CHAT)
    document = MetadataDocument.objects.create(cid="b" + "a" * 58, content=b"{}")
    for number in ("1.0.0", "1.1.0", "2.0.0-beta.1"):
        Version.objects.create(listing=listing, number=number, metadata=document)
    try:
        for number in ("1.0.0", "1.1.0", "2.0.0-beta.1", ""):
            at("http://127.0.0.1:9/v1", f"of-{number or 'all'}", version=number)
        assert [each.version for each in serving(CHAT)] == ["1.1.0", ""]
        Version.objects.filter(number="1.1.0").update(yanked_at="2026-01-01T00:00:00Z")
        assert [each.version for each in serving(CHAT)] == ["1.0.0", ""]
    finally:
        Version.objects.filter(listing=listing).delete()
        document.delete()


def test_vectors_come_from_another_where_one_fails() -> None:
    with selling(status=500) as bad, selling(embeds=True) as good:
        at(bad.url, "bad", place=1, mode=Mode.EMBEDDINGS)
        at(good.url, "good", place=2, mode=Mode.EMBEDDINGS)
        found, call = closeness(visitor=VISITOR, listing=CHAT, text="Hello", others=["you", "two"])
    assert (len(found), call.state, call.engine) == (2, CallState.DONE, "seller-good")


def test_where_questions_go_is_told_by_the_least_that_is_promised() -> None:
    said = [Upstream(kind=Kind.URL, retains=retains) for retains in (False, None, True)]
    assert [place_of(said[: n + 1]).retains for n in range(3)] == [False, None, True]
    assert place_of(said[:1]).is_sellers
    assert not place_of([Upstream()]).is_sellers


def test_a_server_removed_meanwhile_ends_the_call_in_order() -> None:
    at("http://127.0.0.1:9/v1", "one")
    call = start_call(visitor=VISITOR, listing=CHAT, texts=["Hello"], max_tokens=20)
    Upstream.objects.all().delete()

    async def deliver(_piece: str) -> None:
        raise AssertionError

    with suppress(DomainError):
        asyncio.run(run_call(call, [{"role": "user", "content": "Hello"}], deliver))
    call.refresh_from_db()
    assert (call.state, call.error) == (CallState.FAILED, "gone")


def chosen(**wants: Any) -> str:
    """Return which upstream a wish leads to; the call is closed again."""
    UsageWindow.objects.all().delete()
    call = start_call(visitor=VISITOR, listing=CHAT, texts=["Hello"], max_tokens=20, wish=read_wish(wants))
    finish_call(call_id=call.pk, state=CallState.FAILED)
    return call.engine


def test_the_caller_names_orders_and_excludes() -> None:
    for place, name in enumerate(("one", "two", "three")):
        at("http://127.0.0.1:9/v1", name, place=place)
    assert chosen() == "seller-one"
    assert chosen(order=["seller-three", "seller-two"]) == "seller-three"
    assert chosen(only=["seller-two", "seller-three"]) == "seller-two"
    assert chosen(ignore=["seller-one"]) == "seller-two"
    assert chosen(order=["seller-nobody"]) == "seller-one"
    with pytest.raises(NoneFitsError):
        chosen(order=["seller-nobody"], allow_fallbacks=False)
    with pytest.raises(NoneFitsError):
        chosen(only=["marketplace"])
    Upstream.objects.filter(engine="seller-three").update(state=UpstreamState.DRAINED)
    assert chosen(order=["seller-three", "seller-two"]) == "seller-two"
    with pytest.raises(NotAnsweringError):
        chosen(only=["seller-three"])


def test_who_forgets_what_it_is_asked_is_what_its_seller_says() -> None:
    at("http://127.0.0.1:9/v1", "silent", place=1)
    with pytest.raises(NoneFitsError):
        chosen(data_collection="deny")
    at("http://127.0.0.1:9/v1", "keeps", place=2, retains=True)
    at("http://127.0.0.1:9/v1", "forgets", place=3, retains=False)
    assert chosen(data_collection="deny") == "seller-forgets"
    assert chosen() == "seller-silent"


def test_by_price_latency_and_throughput() -> None:
    listing = Listing.objects.get(name=CHAT)
    figures: dict[str, tuple[int | None, int, int]] = {
        "one": (30, 900, 90),
        "two": (10, 400, 20),
        "three": (None, 100, 50),
    }
    for name, (cost, first, speed) in figures.items():
        at("http://127.0.0.1:9/v1", name, cost_micros=cost)
        counts = {"asked": 30, "answered": 30, "calls": 0, "succeeded": 0, "measured": 30, "written": 30, "formula": 1}
        Performance.objects.create(
            listing=listing,
            engine=f"seller-{name}",
            first_p50_ms=first,
            speed_p50=speed * 1_000,
            since=timezone.now(),
            until=timezone.now(),
            **counts,
        )
    at("http://127.0.0.1:9/v1", "new", first_token_ms=200)
    assert chosen(sort="price") == "seller-two"
    assert chosen(sort="price", ignore=["seller-two", "seller-one"]) == "seller-three"
    assert chosen(sort="latency") == "seller-three"
    assert chosen(sort="latency", ignore=["seller-three"]) == "seller-new"
    assert chosen(sort="throughput") == "seller-one"
    assert chosen(sort="throughput", order=["seller-two"]) == "seller-two"


@pytest.mark.parametrize("wants", [{"allow_fallbacks": False}, {"only": ["seller-bad"]}, {"ignore": ["seller-good"]}])
def test_nobody_takes_over_whom_the_caller_does_not_want(wants: dict[str, Any]) -> None:
    with selling(status=500) as bad, selling() as good:
        at(bad.url, "bad", place=1)
        at(good.url, "good", place=2)
        call, text, code = ask(read_wish(wants))
    assert (call.state, text, code, good.asked) == (CallState.FAILED, "", "gone", [])


def test_of_those_that_are_named_another_takes_over() -> None:
    with selling(status=500) as bad, selling() as good, selling() as other:
        for place, (name, server) in enumerate((("other", other), ("bad", bad), ("good", good))):
            at(server.url, name, place=place)
        call, text, _code = ask(read_wish({"order": ["seller-bad", "seller-good"], "allow_fallbacks": False}))
    assert (call.engine, text, other.asked) == ("seller-good", "".join(WORDS), [])
