"""The playground's socket: what it takes, and how it tells what an upstream says. No engine is asked."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from common.sockets import BROKEN
from inference.asked import read_messages
from inference.errors import BadQuestionError, EmptyQuestionError, TooLongError
from inference.models import OPEN, Call, CallState, UsageWindow
from tests.hostile import HOLD, Script
from tests.waiting import take_in_loop

from .conftest import CHAT
from .socket import knock, opened, wire_to
from .upstreams import delta, end, event, upstream

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.usefixtures("listings")]


@contextmanager
def answering(settings: Any, script: Script) -> Iterator[None]:
    """Have an upstream with a script answer for the model."""
    with upstream(script) as engine:
        settings.ENGINES = {**settings.ENGINES, "smollm2": {**settings.ENGINES["smollm2"], "url": engine.url}}
        yield


def asked() -> tuple[str, dict[str, Any]]:
    """Ask something; return the text that came and the message that ended it."""

    async def talk() -> tuple[str, dict[str, Any]]:
        async with opened(CHAT) as socket:
            await socket.ask()
            pieces, last = await socket.end()
            return "".join(pieces), last

    return asyncio.run(talk())


def test_a_character_in_two_halves_arrives_whole_and_the_answer_is_done(settings: Any) -> None:
    with answering(settings, [delta("A\ud83d"), delta("\ude00B"), delta("\x00\ud83d"), end()]):
        text, last = asked()
    assert (last["type"], last["state"], last["text"]) == ("done", "done", text)
    assert text == "A😀B\ufffd\ufffd"
    assert "A😀B" in last["html"]


def test_what_is_set_bounds_the_answer_and_says_who_paid(settings: Any) -> None:
    async def talk(more: str) -> dict[str, Any]:
        said = f'{{"type": "ask", "messages": [{{"role": "user", "content": "Hi"}}], "settings": {more}}}'
        async with opened(CHAT) as socket:
            await socket.say(said)
            return (await socket.end())[1]

    with answering(settings, [delta("One. "), delta("Two. "), delta("END Three."), end()]):
        last = asyncio.run(talk('{"system": "Count.", "stop": ["END"], "max_tokens": 32}'))
        assert (last["text"].strip(), last["paid_by"]) == ("One. Two.", "free")
        call = Call.objects.get()
        assert (call.max_tokens, last["prompt_tokens"]) == (32, call.prompt_tokens)
        refused = asyncio.run(talk('{"temperature": 1}'))
    assert refused["code"] == "bad-setting"
    assert "temperature" in refused["detail"]
    assert Call.objects.count() == 1


def test_an_answer_whose_end_is_odd_is_done(settings: Any) -> None:
    last_of_all = event({"choices": [{"finish_reason": "stop"}], "usage": {"completion_tokens": None}})
    with answering(settings, [delta("Hello"), last_of_all]):
        text, last = asked()
    assert (text, last["type"], last["tokens"]) == ("Hello", "done", 1)


def test_an_answer_that_breaks_off_is_gone_and_stays(settings: Any) -> None:
    with answering(settings, [delta("Hello"), event({"error": {"message": "secret"}})]):
        text, last = asked()
    assert (text, last["code"], last["html"]) == ("Hello", "gone", "<p>Hello</p>\n")
    assert "secret" not in str(last)


def test_who_stops_at_once_ends_the_call(settings: Any) -> None:
    async def talk() -> dict[str, Any]:
        async with opened(CHAT) as socket:
            await socket.ask()
            await socket.say('{"type": "stop"}')
            return (await socket.end())[1]

    with answering(settings, [delta("Hello"), HOLD]):
        assert asyncio.run(talk())["stopped"]
    assert Call.objects.get().state == CallState.STOPPED
    assert not Call.objects.filter(state__in=OPEN).exists()
    assert {window.reserved for window in UsageWindow.objects.all()} == {0}


@pytest.mark.parametrize("content", ["", " \n", "\u200b", "\u2060\ufeff", "\u3164", "\u202e\ufe0f", "\u0301", "\x00"])
def test_a_question_that_nobody_can_see_is_refused_with_a_sentence(content: str) -> None:
    async def talk() -> dict[str, Any]:
        async with opened(CHAT) as socket:
            await socket.ask(content)
            return await socket.hear()

    heard = asyncio.run(talk())
    assert (heard["code"], heard["detail"]) == ("bad-question", str(EmptyQuestionError.detail))
    assert not Call.objects.exists()


def test_a_question_is_heard_without_what_cannot_be_seen() -> None:
    said = [{"role": "user", "content": " Hi\u200b\r\nthere\x00 "}, {"role": "assistant", "content": "\ud83d"}]
    assert read_messages([*said, {"role": "user", "content": "\u202eWhy?"}]) == [
        {"role": "user", "content": "Hi\u200b\nthere"},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": "\u202eWhy?\u202c"},
    ]
    with pytest.raises(BadQuestionError):
        read_messages(said)
    with pytest.raises(TooLongError):
        read_messages(said[:1] * 41)
    with pytest.raises(EmptyQuestionError):
        read_messages([*said, {"role": "user", "content": "\u2800"}])


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "null",
        '{"type": "ask"}',
        '{"type": "ask", "messages": []}',
        '{"type": "ask", "messages": [1]}',
        '{"type": "ask", "messages": [{"role": "system", "content": "x"}]}',
        "[" * 300 + "]" * 300,
    ],
)
def test_what_is_no_question_is_refused(text: str) -> None:
    async def talk() -> None:
        async with opened(CHAT) as socket:
            await socket.say(text)
            assert (await socket.hear())["code"] == "bad-question"

    asyncio.run(talk())
    assert not Call.objects.exists()


def closed_by(texts: list[str]) -> int:
    """Say these to a socket and return the code that it closes with."""

    async def talk() -> int:
        async with opened(CHAT) as socket:
            for text in texts:
                await socket.say(text)
            while (heard := await socket.wire.receive_output(20))["type"] != "websocket.close":
                pass
            return int(heard["code"])

    return asyncio.run(talk())


@pytest.mark.parametrize("text", ["", "{", "[" * 30_000, '{"type": "stop", "type": "stop"}', '"\\ud800"'])
def test_what_is_no_json_closes_the_socket(text: str) -> None:
    assert closed_by([text]) == 1007


def test_a_message_of_a_megabyte_closes_the_socket() -> None:
    assert closed_by(["x" * 1_000_000]) == 1009


def test_a_flood_closes_the_socket() -> None:
    assert closed_by(["{}"] * 21) == 4429


@pytest.mark.parametrize(("path", "origin"), [(CHAT, b"http://evil.example"), ("nobody/nothing", b"http://localhost")])
def test_foreign_pages_and_unknown_models_are_not_let_in(path: str, origin: bytes) -> None:
    async def talk() -> str:
        wire = wire_to(path, origin)
        answer = await knock(wire)
        # To its end: a consumer that is cancelled between two reads of its channel does not hear of it.
        await wire.send_input({"type": "websocket.disconnect", "code": 1006})
        await wire.wait(30)
        return answer

    assert asyncio.run(talk()) == "websocket.close"


def test_an_idle_socket_stays_open() -> None:
    async def talk() -> None:
        async with opened(CHAT) as socket:
            await take_in_loop(6.5)  # longer than the channel layer waits at a time
            await socket.say("{}")
            assert (await socket.hear())["type"] == "error"

    asyncio.run(talk())


def test_a_fault_of_ours_ends_the_socket_and_keeps_nobody_waiting(settings: Any) -> None:
    def script() -> Iterator[bytes]:
        yield delta("Hello")
        Call.objects.all().delete()
        connection.close()
        yield end()

    async def talk() -> int:
        async with opened(CHAT) as socket:
            await socket.ask()
            while (said := await socket.wire.receive_output(30))["type"] != "websocket.close":
                pass
            return int(said["code"])

    with answering(settings, script):
        assert asyncio.run(talk()) == BROKEN


def test_an_answer_that_takes_long_to_render_holds_nobody_up(settings: Any) -> None:
    async def talk() -> float:
        longest, over = 0.0, asyncio.Event()

        async def look() -> None:
            nonlocal longest
            while not over.is_set():
                began = time.perf_counter()
                await take_in_loop(0)
                longest = max(longest, time.perf_counter() - began)

        async with opened(CHAT) as socket:
            looking = asyncio.create_task(look())
            await socket.ask()
            _pieces, last = await socket.end()
            over.set()
            await looking
            assert last["type"] == "done"
        return longest

    with answering(settings, [delta("![" * 4_000), end()]):
        assert asyncio.run(talk()) < 0.5
