"""Requests of OpenAI's protocol: what is read of them, and what is refused by its name."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.limits import TooManyError
from inference.errors import AllowanceSpentError, NotRunnableError, NotTakenError, TooLongError
from inference.gateway.errors import ProtocolError, protocol_error
from inference.gateway.reading import read_body, read_chat, read_completion, read_embedding

HELLO = [{"role": "user", "content": "Hello"}]
TOOL = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}
CALLED = {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}


def chat(**more: Any) -> dict[str, Any]:
    return {"model": "acme/chat", "messages": HELLO, **more}


def test_a_plain_question_is_read() -> None:
    wanted = read_chat(chat())
    assert wanted.models == ["acme/chat"]
    assert wanted.asked.messages == HELLO
    assert (wanted.texts, wanted.max_tokens, wanted.streams, wanted.asked.needs) == (["Hello"], 512, False, set())


def test_parts_tools_and_their_answers_are_read() -> None:
    wanted = read_chat(
        chat(
            messages=[
                {"role": "developer", "content": [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief."}]},
                {"role": "assistant", "content": None, "tool_calls": [CALLED]},
                {"role": "tool", "tool_call_id": "c1", "content": "42"},
            ],
            tools=[TOOL],
            tool_choice="auto",
            temperature=0.2,
            user="somebody",
            stop="END",
            n=2,
            max_completion_tokens=9_999_999,
            models=["acme/other", "acme/chat"],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert [message["role"] for message in wanted.asked.messages] == ["system", "assistant", "tool"]
    assert wanted.asked.messages[0]["content"] == "Be brief."
    assert wanted.asked.needs == {"tools", "tool_choice", "n"}
    assert wanted.asked.hints == {"temperature": 0.2}
    assert (wanted.unheard, wanted.asked.stop, wanted.max_tokens) == (["user"], ["END"], 4096)
    assert wanted.models == ["acme/chat", "acme/other"]
    assert (wanted.streams, wanted.tells_usage) == (True, True)
    assert "look_up" in wanted.texts[-1]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"messages": []}, "messages"),
    ({"messages": "Hello"}, "messages"),
    ({"messages": [5]}, "messages.0"),
    ({"messages": [{"role": "function", "content": "x"}]}, "messages.0.role"),
    ({"messages": [{"role": "user", "content": None}]}, "messages.0.content"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages.0.content.0"),
    ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.tool_call_id"),
    ({"messages": [{"role": "assistant", "content": "", "tool_calls": [{}]}]}, "messages.0.tool_calls.0"),
    ({"messages": [{"role": "assistant", "tool_calls": [CALLED] * 33}]}, "messages.0.tool_calls"),
    ({"model": ""}, "model"),
    ({"model": "a\x00b"}, "model"),
    ({"models": ["x"] * 5}, "models"),
    ({"n": 0}, "n"),
    ({"n": True}, "n"),
    ({"stop": ["a"] * 5}, "stop"),
    ({"stop": ""}, "stop"),
    ({"stream": 1}, "stream"),
    ({"stream_options": 1}, "stream_options"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"temperature": 3}, "temperature"),
    ({"temperature": "warm"}, "temperature"),
    ({"tools": []}, "tools"),
    ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools.0"),
    ({"tools": [{**TOOL, "x": "y" * 70_000}]}, "tools"),
    ({"tools": [TOOL], "tool_choice": "maybe"}, "tool_choice"),
    ({"tool_choice": "required"}, "tool_choice"),
    ({"tools": [TOOL], "parallel_tool_calls": 1}, "parallel_tool_calls"),
    ({"response_format": {"type": "xml"}}, "response_format"),
    ({"seed": 1.5}, "seed"),
    ({"logprobs": 9}, "logprobs"),
    ({"top_logprobs": 21}, "top_logprobs"),
    ({"logit_bias": {"5": 200}}, "logit_bias"),
    ({"logit_bias": []}, "logit_bias"),
    ({"reasoning_effort": "much"}, "reasoning_effort"),
    ({"functions": []}, "functions"),
    ({"modalities": ["audio"]}, "modalities"),
    ({"speed": 9}, "speed"),
]


@pytest.mark.parametrize(("more", "param"), REFUSED, ids=[f"{param}-{n}" for n, (_, param) in enumerate(REFUSED)])
def test_what_does_not_fit_is_refused_by_its_name(more: dict[str, Any], param: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        read_chat({**chat(), **more})
    assert refusal.value.param == param
    assert refusal.value.status == 400


def test_what_says_nothing_new_asks_nothing_of_the_server() -> None:
    wanted = read_chat(chat(response_format={"type": "text"}, logprobs=False, modalities=["text"], logit_bias={}, n=1))
    assert wanted.asked.needs == set()


def test_a_text_to_go_on_with_is_read_or_refused() -> None:
    wanted = read_completion({"model": "acme/chat", "prompt": ["Once"], "echo": False, "best_of": 1})
    assert (wanted.asked.prompt, wanted.texts) == ("Once", ["Once"])
    for name, value in (("echo", True), ("best_of", 2), ("suffix", "x"), ("prompt", [1, 2]), ("prompt", "")):
        with pytest.raises(ProtocolError) as refusal:
            read_completion({"model": "acme/chat", "prompt": "Once", name: value})
        assert refusal.value.param == name


def test_texts_for_vectors_are_read_or_refused() -> None:
    wanted = read_embedding({"model": "acme/search", "input": "Hello", "encoding_format": "base64", "user": "x"})
    assert (wanted.texts, wanted.encodes, wanted.unheard) == (["Hello"], True, ["user"])
    given = [("input", []), ("input", [[1, 2]]), ("input", [""]), ("input", ["x"] * 257), ("encoding_format", "hex")]
    for name, value in [*given, ("dimensions", 9), ("speed", 1)]:
        with pytest.raises(ProtocolError) as refusal:
            read_embedding({"model": "acme/search", "input": "Hello", name: value})
        assert refusal.value.param == name


NO_OBJECTS = {
    "nothing": b"",
    "list": b"[]",
    "begun": b"{",
    "no utf-8": b"\xff",
    "nan": b'{"a": NaN}',
    "deep": b"[" * 100_000,
    # What json reads, and what no server can be sent.
    "half a character": b'{"stop": "\\ud83d"}',
    "half of one in a name": b'{"a": {"\\uDE00": 1}}',
    "half of one in bytes": b'{"a": "\xed\xa0\xbd"}',
    "endless": b'{"a": [1e999]}',
    "deep enough": b'{"a": ' + b"[" * 64 + b"]" * 64 + b"}",
    "deep in turns": b'{"a":' * 70 + b"1" + b"}" * 70,
    "digits": b'{"a": ' + b"9" * 9_000 + b"}",
}


@pytest.mark.parametrize("body", NO_OBJECTS.values(), ids=NO_OBJECTS)
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(ProtocolError) as refusal:
        read_body(body)
    assert refusal.value.status == 400


def test_whole_characters_in_two_halves_and_what_only_looks_like_half_a_one_are_read() -> None:
    assert read_body(b'{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}
    assert read_body(b'{"a": "\\\\ud83d"}') == {"a": "\\ud83d"}
    assert read_body(b'{"a": ' + b"[" * 63 + b"]" * 63 + b"}")


def test_a_body_is_bounded_and_null_is_left_out() -> None:
    assert read_body(b'{"model": "a/b", "stop": null}') == {"model": "a/b"}
    with pytest.raises(ProtocolError) as refusal:
        read_body(b'{"a": "' + b"x" * 1_000_000 + b'"}')
    assert refusal.value.status == 413


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=9)),
    lambda some: st.one_of(st.lists(some, max_size=3), st.dictionaries(st.text(max_size=9), some, max_size=3)),
    max_leaves=9,
)
names = st.sampled_from([*chat(), "input", "prompt", "tools", "stop", "n", "response_format", "logit_bias", "models"])


@given(st.dictionaries(names, anything, max_size=5))
def test_whatever_is_sent_is_read_or_refused(said: dict[str, Any]) -> None:
    for read in (read_chat, read_completion, read_embedding):
        with suppress(ProtocolError):
            read(read_body(json.dumps({**chat(), "input": "x", "prompt": "x", **said}).encode()))


def test_our_own_errors_have_the_protocols_words() -> None:
    assert protocol_error(NotRunnableError()).document["error"]["code"] == "model_not_found"
    spent = protocol_error(AllowanceSpentError())
    assert (spent.status, spent.document["error"]["type"]) == (402, "insufficient_quota")
    long = protocol_error(TooLongError())
    assert (long.status, long.code) == (400, "context_length_exceeded")
    longer = protocol_error(TooLongError(tokens=9_000, context=8_192))
    assert "maximum context length is 8192 tokens" in longer.message
    assert (longer.status, longer.code, longer.param) == (400, "context_length_exceeded", "messages")
    not_taken = protocol_error(NotTakenError(["seed", "tools"]))
    assert (not_taken.status, not_taken.code, not_taken.param) == (400, "unsupported_parameter", "seed")
    many = protocol_error(TooManyError(7)).response()
    assert (many.status_code, many["Retry-After"], many["Content-Type"]) == (429, "7", "application/json")
