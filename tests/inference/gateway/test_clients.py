"""The official packages, unchanged, over the real small models."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import openai
import pytest
from django.conf import settings

from inference.journaling import JOURNAL_TOKENS
from inference.models import Call, CallState
from stack import node
from tests.inference.conftest import CHAT, Engines
from tests.inference.seller import WORDS, Seller
from tests.waiting import until

from .conftest import SEARCH, Site

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.long(60)]

ASKED: Any = {"model": CHAT, "messages": [{"role": "user", "content": "What is the capital of France?"}]}


@pytest.fixture
def real(place: Site, engines: Engines) -> Site:
    """The site with the real engines behind it."""
    return place


def test_a_conversation_goes_on(real: Site) -> None:
    client = real.client()
    first = client.chat.completions.create(**ASKED, max_tokens=40)
    assert first.choices[0].message.content  # the model is small, and chooses its words by chance
    more = [*ASKED["messages"], {"role": "assistant", "content": "Paris."}, {"role": "user", "content": "Of what?"}]
    with client.chat.completions.stream(model=CHAT, messages=more, max_tokens=20) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.content
    assert {call.state for call in Call.objects.all()} == {CallState.DONE}
    assert first.usage
    assert first.usage.completion_tokens > 1


def test_an_answer_of_few_tokens_says_that_it_was_cut(real: Site) -> None:
    answer = real.client().chat.completions.create(
        model=CHAT, messages=[{"role": "user", "content": "Tell me a long story."}], max_tokens=16
    )
    assert answer.choices[0].finish_reason == "length"


def test_a_text_goes_on_until_a_word_that_stops(real: Site) -> None:
    answer = real.client().completions.create(model=CHAT, prompt="One, two, three, four,", max_tokens=24)
    assert answer.object == "text_completion"
    assert "five" in answer.choices[0].text
    stopped = real.client().completions.create(
        model=CHAT, prompt="One, two, three, four,", max_tokens=24, stop=["five"]
    )
    assert "five" not in stopped.choices[0].text
    assert stopped.choices[0].finish_reason == "stop"


def test_vectors_come_as_base64_by_default_and_as_numbers(real: Site) -> None:
    texts = ["a lemon", "a tree"]
    found = real.client().embeddings.create(model=SEARCH, input=texts)
    numbers = real.client().embeddings.create(model=SEARCH, input=texts, encoding_format="float")
    assert [len(each.embedding) for each in found.data] == [384, 384]
    for one, other in zip(found.data, numbers.data, strict=True):
        assert one.embedding == pytest.approx(other.embedding, abs=1e-6)
    assert found.usage.prompt_tokens > 0
    with pytest.raises(openai.BadRequestError) as refusal:
        real.client().embeddings.create(model=CHAT, input=texts)
    assert refusal.value.param == "model"


def test_who_leaves_stops_the_engine_and_pays_for_what_was_on_its_way(real: Site, engines: Engines) -> None:
    stream = real.client().chat.completions.create(
        model=CHAT, messages=[{"role": "user", "content": "Tell me a long story."}], max_tokens=400, stream=True
    )
    heard = 0
    for _piece in stream:
        heard += 1
        if heard == 12:
            break
    stream.close()
    until(lambda: Call.objects.get().state == CallState.STOPPED)
    call = Call.objects.get()
    # What the transport took before it could be heard that nobody reads is bounded by one journal interval.
    assert 0 < call.completion_tokens <= heard + JOURNAL_TOKENS


def test_javascript_hears_the_same(real: Site) -> None:
    program = Path(__file__).with_name("clients.mjs")
    command = [str(node.find() / "node"), str(program), f"{real.url}/v1", real.secret, CHAT, SEARCH]
    ran = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["text"]
    assert told["usage"]["cost"]["wei"] == "0"
    assert told["roles"] == ["assistant"]
    assert told["streamed"]
    assert told["reason"] in ("stop", "length")
    assert told["final"]
    assert told["vectors"] == [384, 384]
    assert told["refusal"] == [400, "unsupported_parameter", "seed"]
    assert told["unknown"] == [404, "model_not_found"]
    assert CHAT in told["models"]


def test_javascript_asks_again_runs_tools_and_leaves(place: Site, seller: Seller, vectors: Seller) -> None:
    seller.fails, seller.pause = 1, 0.05
    program = Path(__file__).with_name("told.mjs")
    command = [str(node.find() / "node"), str(program), f"{place.url}/v1", place.secret, CHAT, SEARCH]
    ran = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == 0, ran.stderr
    text = "".join(WORDS)
    assert json.loads(ran.stdout) == {
        "text": text,  # after it was asked twice
        "tokens": len(WORDS),
        "streamed": text,
        "tool": ["Palermo"],
        "after": text,
        "vectors": [2, 2],
        "unknown": 404,
        "bad": 400,
        "stranger": 401,
    }
    until(lambda: Call.objects.filter(state=CallState.STOPPED).count() == 1)  # the stream that it left
    assert Call.objects.filter(state=CallState.FAILED).count() == 1


def test_python_asks_again_by_itself(place: Site, seller: Seller) -> None:
    seller.fails = 1
    answer = place.client(max_retries=2).chat.completions.create(**ASKED)
    assert answer.choices[0].message.content == "".join(WORDS)
    assert {call.state for call in Call.objects.all()} == {CallState.DONE, CallState.FAILED}
