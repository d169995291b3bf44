"""Answers in OpenAI's protocol, whole and in pieces."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

import pytest

from inference.answers import Delta
from inference.gateway.writing import DONE, Form, Gathered, event, vector

FORM = Form("chatcmpl-1", "acme/chat", 1)
USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


def events(said: bytes) -> list[Any]:
    return [json.loads(line[6:]) for line in said.decode().split("\n\n") if line and line != "data: [DONE]"]


def test_the_role_comes_first_and_the_use_with_the_last_reason() -> None:
    first, second = events(FORM.role(2))
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert second["choices"][0]["index"] == 1
    said = FORM.end({0: "stop", 1: "length"}, USAGE, apart=True)
    assert said.endswith(DONE)
    a, b, use = events(said)
    assert (a["choices"][0]["finish_reason"], "usage" in a) == ("stop", False)
    assert (b["choices"][0]["finish_reason"], b["usage"]) == ("length", USAGE)
    assert (use["choices"], use["usage"]) == ([], USAGE)
    assert len(events(FORM.end({0: "stop"}, USAGE, apart=False))) == 1


def test_a_text_that_goes_on_has_no_role() -> None:
    form = Form("cmpl-1", "acme/chat", 1, is_chat=False)
    assert form.role(1) == b""
    (said,) = events(form.piece([form.delta(Delta("Once"))]))
    assert (said["object"], said["choices"][0]["text"]) == ("text_completion", "Once")
    assert form.whole(Gathered.of(1).whole, USAGE)["choices"][0]["text"] == ""


def test_calls_of_tools_are_put_together() -> None:
    gathered = Gathered.of(1)
    first = {"index": 0, "id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"a"'}}
    gathered.add(Delta(tools=[first]))
    gathered.add(
        Delta(tools=[{"index": 0, "function": {"arguments": ": 1}"}}, {"index": 1, "function": {"name": "b"}}])
    )
    gathered.add(Delta(reason="tool_calls"))
    (choice,) = FORM.whole(gathered.whole, USAGE)["choices"]
    one, two = choice["message"]["tool_calls"]
    assert one == {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"a": 1}'}}
    assert (two["id"], two["function"]["name"]) == ("call_1", "b")
    assert (choice["message"]["content"], choice["finish_reason"]) == (None, "tool_calls")
    (piece,) = events(event(FORM.delta(Delta(tools=[first]))))
    assert piece["delta"]["tool_calls"] == [first]


def test_logprobs_of_pieces_follow_each_other() -> None:
    gathered = Gathered.of(1)
    for token in ("a", "b"):
        gathered.add(Delta(token, logprobs={"content": [{"token": token}], "refusal": None}))
    assert gathered.whole[0]["logprobs"] == {"content": [{"token": "a"}, {"token": "b"}], "refusal": None}


def test_vectors_are_numbers_or_little_endian_floats() -> None:
    found = vector([0.5, -1.0], encodes=True)
    assert isinstance(found, str)
    assert struct.unpack("<2f", base64.b64decode(found)) == (0.5, -1.0)
    assert vector([0.5], encodes=False) == [0.5]


@pytest.mark.parametrize("words", ["a", ' "word" ', "\\", "\n\u2028\x7f", "wörd 😀", "\ud83d", "{0}%s"])
def test_a_token_is_written_as_any_piece_is(words: str) -> None:
    for form in (Form("chatcmpl-1", 'acme/"word"', 7), Form("cmpl-1", "acme/word", 7, is_chat=False)):
        for delta in (Delta(words), Delta(words, 1), Delta(words, logprobs={"content": []})):
            assert form.text(delta) == form.piece([form.delta(delta)])
