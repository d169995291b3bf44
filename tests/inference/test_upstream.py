"""Speaking with an upstream, whatever it says: every answer ends, with its text or with a sentence."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from common.errors import DomainError
from inference import upstream as spoken
from inference.answers import Delta, Usage
from inference.asked import Asked
from inference.errors import EngineBusyError, EngineGoneError, EngineWarmingError, NotTakenError, TooLongError
from inference.servers import Engine
from inference.upstream import Waits, embed, is_alive, stream_answer, stream_chat
from tests.hostile import HOLD, RESET, Script, answer, hostile
from tests.ports import free_port
from tests.waiting import take, take_in_loop

from .upstreams import DONE, delta, end, event, upstream

HELLO = [delta("Hello"), delta(" world")]
HEAD_ONLY = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"


def heard_from(engine: Engine, most: int = 64) -> tuple[list[str], Usage | None, str]:
    """Return the pieces of an answer, its usage and the code of the error that it ended with, if it did."""

    async def listen() -> tuple[list[str], Usage | None, str]:
        pieces: list[str] = []
        usage = None
        try:
            async with aclosing(stream_chat(engine, [{"role": "user", "content": "Hi"}], max_tokens=most)) as stream:
                async for piece in stream:
                    if isinstance(piece, Usage):
                        usage = piece
                    else:
                        pieces.append(piece)
        except DomainError as error:
            return pieces, usage, error.code
        return pieces, usage, ""

    return asyncio.run(listen())


def heard(script: Script, head: bytes | None = None, most: int = 64) -> tuple[list[str], Usage | None, str]:
    with upstream(script, **({} if head is None else {"head": head})) as engine:
        return heard_from(engine, most)


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundredths of the seconds that a visitor would wait."""
    monkeypatch.setattr(spoken, "WAITS", Waits(first=0.6, more=0.3, usage=0.2, whole=1.5))


def test_an_answer_is_its_pieces_and_the_engine_s_count() -> None:
    usage = {"prompt_tokens": 11, "completion_tokens": 3}
    assert heard([*HELLO, end(usage)]) == (["Hello", " world"], Usage(11, 3), "")


NO_CHOICES: list[object] = [None, [], {}, "x", 7, [None], [[]]]
WHOLE = {
    "no delta at last": [event({"choices": [{"finish_reason": "stop"}]})],
    "delta null at last": [event({"choices": [{"delta": None, "finish_reason": "stop"}]})],
    "a reason of another kind": [delta(None, finish=7)],
    "a reason nobody knows": [delta("", finish="weird")],
    "the reason with the last text": [delta("", finish="length"), DONE],
    "nothing but [DONE]": [DONE],
    "[DONE] twice": [DONE, DONE],
    "text after [DONE]": [DONE, delta("more")],
    "text after the reason": [delta(None, finish="stop"), delta("more"), DONE],
    "junk after the reason": [delta(None, finish="stop"), b"data: {broken\n\n"],
    "an error after the reason": [delta(None, finish="stop"), event({"error": {"message": "late"}})],
    "broken off after the reason": [delta(None, finish="stop"), RESET],
    "[DONE] without a blank line": [b"data: [DONE]"],
    "an end without a blank line": [delta(None, finish="stop").strip()],
    "choices that come to nothing": [event({"choices": each}) for each in NO_CHOICES] + [DONE],
    "no choices": [event({}), event({"object": "ping"}), DONE],
    "another choice": [event({"choices": [{"index": 1, "delta": {"content": "no"}, "finish_reason": "stop"}]}), DONE],
    "an index of another kind": [event({"choices": [{"index": [0], "delta": {"content": "no"}}]}), DONE],
    "a role": [event({"choices": [{"delta": {"role": "assistant"}}]}), DONE],
    "tools": [event({"choices": [{"delta": {"content": None, "tool_calls": [{"id": 1}]}}]}), end(finish="tool_calls")],
    "comments and names": [b": alive\n\nevent: ping\nid: 7\nretry: 9\ndata\n\nnonsense\n\n", DONE],
}


@pytest.mark.parametrize("last", WHOLE.values(), ids=WHOLE)
def test_a_whole_answer_is_one_whatever_its_end_looks_like(last: list[bytes]) -> None:
    assert heard([*HELLO, *last]) == (["Hello", " world"], None, "")


BROKEN = {
    "no end": [],
    "no end but a usage": [event({"choices": [], "usage": {"completion_tokens": 2}})],
    "an error": [event({"error": {"message": "CUDA out of memory"}})],
    "an error as text": [event({"error": "no"})],
    "a reason that says so": [delta(None, finish="error")],
    "an abortion": [delta(None, finish="abort")],
    "broken JSON": [b'data: {"choices": [\n\n'],
    "a list": [event([1])],
    "null": [event(None)],
    "deep nesting": [b"data: " + b"[" * 30_000 + b"\n\n"],
    "a number without end": [b'data: {"choices": ' + b"9" * 6_000 + b"}\n\n"],
    "content that is a number": [delta(7)],
    "content that is a list": [delta([{"type": "text", "text": "x"}])],
    "content that is an object": [delta({"text": "x"})],
    "content that is a truth": [delta(True)],
    "delta that is text": [event({"choices": [{"delta": "x"}]})],
    "delta that is a list": [event({"choices": [{"delta": []}]})],
    "a reset": [RESET],
    "a reset in mid-line": [b'data: {"choi', RESET],
    "a page": [b"<html>" + b"x" * 1_000],
}


@pytest.mark.parametrize("rest", BROKEN.values(), ids=BROKEN)
def test_what_had_arrived_stays_where_an_answer_breaks_off(rest: list[bytes]) -> None:
    pieces, usage, code = heard([*HELLO, *rest])
    assert pieces in ([], ["Hello"], ["Hello", " world"]) if RESET in rest else pieces == ["Hello", " world"]
    assert (usage, code) == (None, "gone")


@pytest.mark.parametrize(
    ("contents", "text"),
    [
        (["A\ud83d", "\ude00B"], "A😀B"),
        (["\ud83d", "\ude00"], "😀"),
        (["\ud83d", "", "\ude00"], "😀"),
        (["A\ud83d"], "A\ufffd"),
        (["A\ud83d", "B"], "A\ufffdB"),
        (["\ude00A"], "\ufffdA"),
        (["\ud83d\ud83d\ude00\ude00"], "\ufffd😀\ufffd"),
        (["a\x00b", "\x00"], "a\ufffdb\ufffd"),
        (["\ufeffa", "\ufffe"], "\ufeffa\ufffe"),
    ],
)
def test_halves_of_characters_are_joined_and_what_cannot_be_stored_is_replaced(contents: list[str], text: str) -> None:
    pieces, _usage, code = heard([*map(delta, contents), end()])
    assert ("".join(pieces), code) == (text, "")
    assert all(pieces)


def test_bytes_that_are_no_text_are_replaced_and_characters_may_come_in_parts() -> None:
    whole = b'data: {"choices":[{"delta":{"content":"\xf0\x9f\x98\x80 \xc3(\xff \xed\xa0\xbd"}}]}\n\n'
    pieces, _usage, code = heard([*(whole[at : at + 1] for at in range(len(whole))), DONE])
    assert code == ""
    assert pieces[0].startswith("😀 \ufffd(\ufffd \ufffd")


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_lines_end_in_any_way_and_data_may_have_many(line_end: bytes) -> None:
    lines = [b'\xef\xbb\xbfdata:{"choices":', b'data: [{"delta":{"content":"Hi"}}]}', b"", b"data: [DONE]", b"", b""]
    stream = line_end.join(lines)
    assert heard([stream])[::2] == (["Hi"], "")
    assert heard([stream[at : at + 1] for at in range(len(stream))])[::2] == (["Hi"], "")


ABSURD: list[object] = [None, -1, 2.5, 3.0, "3", True, 10**30, [], {}, 2**31]


@pytest.mark.parametrize("count", ABSURD, ids=map(str, ABSURD))
def test_a_count_that_is_none_is_not_taken(count: object) -> None:
    usage = {"prompt_tokens": count, "completion_tokens": count}
    assert heard([*HELLO, end(usage)])[1:] == (Usage(None, None), "")
    assert heard([*HELLO, end({"completion_tokens": 2})])[1:] == (Usage(None, 2), "")
    assert heard([*HELLO, end(["usage"])])[1:] == (Usage(None, None), "")


def test_more_than_was_asked_for_is_cut_off() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield delta(" word", usage={"prompt_tokens": 1, "completion_tokens": 10**6})

    assert heard(endless, most=5) == ([" word"] * 5, None, "")
    assert heard([delta("one two three four"), end()], most=3) == (["one two three"], None, "")
    assert heard([delta("one two"), delta(" th"), delta("ree four"), end()], most=3)[0] == ["one two", " th", "ree"]
    pieces, _usage, _code = heard([delta("x" * 60_000), end()], most=3)
    assert len("".join(pieces)) == 3 * 64


def lines_without_end() -> Iterator[bytes]:
    yield b"data: "
    while True:
        yield b"x" * 4096


def empty_deltas() -> Iterator[bytes]:
    while True:
        yield delta("") * 100


def comments() -> Iterator[bytes]:
    while True:
        yield b": alive\n\n" * 1000


@pytest.mark.parametrize("script", [lines_without_end, empty_deltas, comments])
def test_what_floods_is_left(script: Script) -> None:
    assert heard(script)[::2] == ([], "gone")


def dripping(part: bytes, seconds: float = 0.05) -> Script:
    def drip() -> Iterator[bytes]:
        yield from HELLO
        while True:
            take(seconds)
            yield part

    return drip


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("part", [b": alive\n\n", delta(""), delta(None), b" ", b"data: "], ids=str)
def test_what_is_no_text_does_not_keep_an_answer_open(part: bytes) -> None:
    assert heard(dripping(part))[::2] == (["Hello", " world"], "gone")


@pytest.mark.usefixtures("short_waits")
def test_every_wait_has_an_end() -> None:
    started = time.monotonic()
    assert heard([HOLD])[2] == "busy"
    assert heard([HOLD], head=b"HTTP/1.1 200")[2] == "busy"
    assert heard([*HELLO, HOLD])[2] == "gone"
    assert heard([*HELLO, delta(None, finish="stop"), HOLD]) == (["Hello", " world"], None, "")
    assert time.monotonic() - started < 10


@pytest.mark.usefixtures("short_waits")
def test_an_answer_that_drips_text_ends_with_the_whole() -> None:
    started = time.monotonic()
    pieces, _usage, code = heard(dripping(delta("x"), 0.1), most=10**6)
    assert len(pieces) > 3
    assert code == "gone"
    assert time.monotonic() - started < 10


@pytest.mark.usefixtures("short_waits")
def test_headers_that_drip_end_too() -> None:
    def drip() -> Iterator[bytes]:
        while True:
            take(0.05)
            yield b"x-more: 1\r\n"

    assert heard(drip, head=HEAD_ONLY)[2] == "busy"

    def informed() -> Iterator[bytes]:
        while True:
            take(0.05)
            yield b"HTTP/1.1 102 Processing\r\n\r\n"

    assert heard(informed, head=b"HTTP/1.1 100 Continue\r\n\r\n")[2] == "busy"


def test_a_client_that_reads_slowly_is_not_taken_for_a_slow_engine(short_waits: None) -> None:
    async def listen(engine: Engine) -> list[str]:
        pieces = []
        async with aclosing(stream_chat(engine, [{"role": "user", "content": "Hi"}], max_tokens=9)) as stream:
            async for piece in stream:
                await take_in_loop(0.4)  # longer than the engine may be silent
                pieces.append(str(piece))
        return pieces

    with upstream([*HELLO, end()]) as engine:
        assert asyncio.run(listen(engine)) == ["Hello", " world"]


STATUSES = {
    "301 Moved": "gone",
    "204 No Content": "gone",
    "400 Bad Request": "too-long",
    "401 Unauthorized": "gone",
    "404 Not Found": "gone",
    "413 Too Large": "too-long",
    "418 Teapot": "gone",
    "429 Slow Down": "busy",
    "500 Oops": "gone",
    "503 Unavailable": "busy",
    "599 Odd": "gone",
}


@pytest.mark.parametrize(("status", "code"), STATUSES.items())
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\x00", b"x" * 100_000], ids=["none", "json", "bytes", "much"])
def test_a_refusal_is_a_sentence_whatever_comes_with_it(status: str, code: str, body: bytes) -> None:
    more = "location: http://127.0.0.1:1/\r\n"
    assert heard(answer(body, status, more=more), head=b"")[::2] == ([], code)


ODD_ANSWERS = {
    "JSON without a message": answer(json.dumps({"choices": [{"text": "Hello"}]}).encode()),
    "JSON with an error": answer(json.dumps({"error": {"message": "no"}}).encode()),
    "JSON that is broken": answer(b'{"choices": [{"message": {"content": "Hel'),
    "JSON of another kind": answer(b"[]"),
    "JSON without end": [HEAD_ONLY.replace(b"text/event-stream", b"application/json") + b"\r\n", b" " * 5_000_000],
    "a page": answer(b"<html></html>", kind="text/html"),
    "nothing": answer(b""),
    "no HTTP": [b"SSH-2.0-OpenSSH_9.2\r\n"],
    "nothing at all": [b""],
    "a reset at once": [RESET],
    "other protocol": [b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"],
    "a header without end": [b"HTTP/1.1 200 OK\r\nx: " + b"x" * 1_000_000],
    "chunks that lie": [HEAD_ONLY + b"transfer-encoding: chunked\r\n\r\nzz\r\n"],
    "less than it said": [HEAD_ONLY + b"content-length: 1000\r\n\r\n", *HELLO],
    "gzip": [HEAD_ONLY + b"content-encoding: gzip\r\n\r\n", gzip.compress(b"".join(HELLO) + DONE)],
    "a bomb": [HEAD_ONLY + b"content-encoding: br, gzip\r\n\r\n", gzip.compress(b"\0" * 10_000_000)],
}


@pytest.mark.parametrize("script", ODD_ANSWERS.values(), ids=ODD_ANSWERS)
def test_what_is_no_stream_is_left(script: list[bytes]) -> None:
    assert heard(script, head=b"")[2] == "gone"


AT_ONCE = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello world"}}]}


def test_an_answer_may_come_at_once() -> None:
    counted = AT_ONCE | {"usage": {"prompt_tokens": 11, "completion_tokens": 2}}
    assert heard(answer(json.dumps(counted).encode()), head=b"") == (["Hello world"], Usage(11, 2), "")
    pieces, usage, _code = heard(answer(json.dumps(counted).encode()), head=b"", most=1)
    assert (pieces, usage) == (["Hello"], None)  # no more than was asked for, and then its count is not believed


def test_a_stream_counts_as_one_under_any_name() -> None:
    assert heard([*HELLO, DONE], head=b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n")[0] == ["Hello", " world"]
    assert heard([*HELLO, DONE], head=b"HTTP/1.0 200 OK\r\n\r\n")[0] == ["Hello", " world"]


def test_where_nobody_listens_the_engine_warms_up() -> None:
    assert heard_from(Engine("smollm2", f"http://127.0.0.1:{free_port()}/v1"))[2] == "warming-up"


VECTORS = {"data": [{"index": 1, "embedding": [0, 2.0]}, {"index": 0, "embedding": [1.0, 0]}]}


def embedded(content: object, status: str = "200 OK") -> tuple[list[list[float]], int | None]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    with upstream(answer(body, status), head=b"") as engine:
        return embed(engine, ["one", "two"])


def test_vectors_come_in_the_order_of_their_texts_and_of_length_one() -> None:
    assert embedded({**VECTORS, "usage": {"prompt_tokens": 7}}) == ([[1, 0], [0, 1]], 7)
    assert embedded(VECTORS)[1] is embedded({**VECTORS, "usage": {"prompt_tokens": -7}})[1] is None


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("503 Busy", EngineBusyError),
        ("400 Bad", TooLongError),
        ("302 Found", EngineGoneError),
        ("500 X", EngineGoneError),
    ],
)
def test_an_embeddings_engine_that_refuses(status: str, error: type[DomainError]) -> None:
    with pytest.raises(error):
        embedded(VECTORS, status)


def test_what_is_no_vectors_is_no_answer_and_nobody_is_a_warming_engine() -> None:
    with pytest.raises(EngineGoneError):
        embedded({"data": []})
    with pytest.raises(EngineWarmingError):
        embed(Engine("minilm", f"http://127.0.0.1:{free_port()}/v1"), ["one"])


def test_an_engine_is_well_when_it_says_so_shortly() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 10_000

    for script, well in ((answer(b"{}"), True), (answer(b"{}", "500 Ill"), False)):
        with upstream(script, head=b"") as engine:
            assert is_alive(engine) is well
    with upstream(endless, head=b"HTTP/1.1 200 OK\r\n\r\n") as engine:
        assert not is_alive(engine)


def answered(script: Script, asked: Asked, *, most: int = 9, sellers: bool = True) -> list[Delta | Usage]:
    """Return what a server's answer is read as."""

    async def listen(engine: Engine) -> list[Delta | Usage]:
        async with aclosing(stream_answer(engine, asked, max_tokens=most)) as stream:
            return [piece async for piece in stream]

    with upstream(script) as engine:
        return asyncio.run(listen(replace(engine, is_sellers=sellers)))


TOOL = {"type": "function", "function": {"name": "look_up"}}
CALLING: list[Any] = [
    {"index": 0, "id": "c1", "type": "function", "function": {"name": "look_up", "arguments": ""}},
    {"index": 0, "function": {"arguments": "{}"}},
]


def test_calls_of_tools_and_other_choices_are_passed_on(settings: Any) -> None:
    settings.UPSTREAM_LOOPBACK = True
    script = [
        event({"choices": [{"index": 1, "delta": {"content": "Hi"}, "logprobs": {"content": [1]}}]}),
        *(event({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}) for call in CALLING),
        event({"choices": [{"index": 2, "delta": {"content": "nobody asked"}}]}),
        event({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}),
        event({"choices": [{"index": 1, "delta": {}, "finish_reason": "odd"}]}),
        event({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}),
    ]
    asked = Asked([{"role": "user", "content": "Hi"}], choices=2, options={"tools": [TOOL]})
    said, first, second, called, ended, usage = answered(script, asked)
    assert said == Delta("Hi", 1, logprobs={"content": [1]})
    assert (first, second) == tuple(Delta(tools=[call]) for call in CALLING)
    assert (called, ended) == (Delta(reason="tool_calls"), Delta(index=1, reason="stop"))
    assert usage == Usage(3, 4)


def test_arguments_without_end_are_cut_off(settings: Any) -> None:
    settings.UPSTREAM_LOOPBACK = True
    words = {"index": 0, "function": {"arguments": " a"}}
    script = [event({"choices": [{"delta": {"tool_calls": [words]}}]})] * 20
    pieces = answered(script, Asked([{"role": "user", "content": "Hi"}], options={"tools": [TOOL]}))
    assert len(pieces) == 10
    assert pieces[-1] == Delta(reason="length")


def test_what_no_reader_of_json_takes_is_not_passed_on(settings: Any) -> None:
    settings.UPSTREAM_LOOPBACK = True
    odd = b'{"content": [{"logprob": NaN, "top": [-Infinity, 1e999, -0.5]}]}'
    call = {"index": 0, "id": "c\ud800", "type": "function", "function": {"name": "f", "arguments": "\ud83d\x00"}}
    script = [
        b'data: {"choices": [{"index": 0, "delta": {"content": "Hi"}, "logprobs": ' + odd + b"}]}\n\n",
        event({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}),
        end(),
    ]
    said, called, *_ = answered(script, Asked([{"role": "user", "content": "Hi"}], options={"tools": [TOOL]}))
    assert isinstance(said, Delta)
    assert said.logprobs == {"content": [{"logprob": None, "top": [None, None, -0.5]}]}
    assert isinstance(called, Delta)
    assert called.tools == [
        {"index": 0, "id": "c\ufffd", "type": "function", "function": {"name": "f", "arguments": "\ufffd\ufffd"}}
    ]


def test_an_answer_is_stopped_at_a_word_whatever_the_engine_says() -> None:
    asked = Asked([{"role": "user", "content": "Hi"}], stop=["END"])
    script = [delta("one E"), delta("ND two"), delta("three"), end({"completion_tokens": 9})]
    pieces = answered(script, asked, sellers=False)
    assert pieces == [Delta("one "), Delta(reason="stop")]


def test_what_an_engine_cannot_do_is_refused_by_name(settings: Any) -> None:
    settings.UPSTREAM_LOOPBACK = True
    asked = Asked([{"role": "user", "content": "Hi"}], options={"seed": 1})
    with pytest.raises(NotTakenError, match="seed"):
        answered([], asked, sellers=False)
    with hostile(answer(b"{}", "400 Bad Request")) as url, pytest.raises(NotTakenError, match="seed"):
        asyncio.run(anext(stream_answer(Engine("x", f"{url}/v1", is_sellers=True), asked, max_tokens=9)))


def test_a_text_goes_on_in_pieces_or_at_once(settings: Any) -> None:
    settings.UPSTREAM_LOOPBACK = True
    asked = Asked(prompt="Once")
    pieces = answered([event({"choices": [{"index": 0, "text": " upon"}]}), DONE], asked)
    assert pieces == [Delta(" upon"), Delta(reason="stop")]
