"""How much a model reads follows what its server says of itself, for pages and programs alike."""

from __future__ import annotations

from typing import Any

import pytest

from inference.access import Visitor
from inference.actions import MIN_ANSWER, finish_call, hand_over, start_call
from inference.contexts import NOT_SAID, context_of, readers
from inference.errors import TooLongError
from inference.models import Call, CallState, Kind, Mode, Upstream
from tests.factories.marketplace import listing

NAME = "acme/long"
READER = Visitor.of("203.0.113.7", None)


def server(engine: str, context: int | None, **more: Any) -> Upstream:
    own = {"listing": NAME, "kind": Kind.URL, "mode": Mode.CHAT, "base_url": "https://example.com/v1"}
    return Upstream.objects.create(**own, engine=engine, context=context, free=True, state="healthy", **more)


def start(text: str, max_tokens: int = 64) -> Call:
    return start_call(visitor=READER, listing=NAME, texts=[text], max_tokens=max_tokens)


@pytest.fixture
def plenty(db: None, settings: Any) -> None:
    """A listing, and as many free tokens as anybody wants."""
    settings.FREE_TOKENS = dict.fromkeys(settings.FREE_TOKENS, 10**9)
    listing(NAME, task="text-generation")


@pytest.mark.usefixtures("plenty")
def test_a_server_that_reads_more_is_asked_what_others_cannot_read() -> None:
    server("small", 1_024, place=0)
    server("large", 131_072, place=1)
    assert start("Hello").engine == "small"
    assert start("word " * 60_000).engine == "large"
    with pytest.raises(TooLongError) as refused:
        start("word " * 200_000)
    assert refused.value.data == {"tokens": 250_000, "context": 131_072}


@pytest.mark.usefixtures("plenty")
def test_an_answer_has_the_room_that_the_question_leaves() -> None:
    server("small", 1_024)
    assert start("Hello", 2_000).max_tokens > 900
    assert start("word " * 800, 2_000).max_tokens == MIN_ANSWER
    with pytest.raises(TooLongError):
        start("word " * 820)


@pytest.mark.usefixtures("plenty")
def test_who_takes_over_can_read_it_too() -> None:
    server("large", 131_072, place=0)
    server("small", 1_024, place=1)
    call = start("word " * 10_000)
    assert hand_over(call_id=call.pk, tried=["large"]) is None
    finish_call(call_id=call.pk, state=CallState.FAILED)


@pytest.mark.django_db
def test_what_says_nothing_of_itself_has_a_bound_and_ours_that_of_who_runs_them(settings: Any) -> None:
    assert context_of(server("silent", None)) == NOT_SAID
    ours = Upstream(listing=NAME, engine="smollm2", mode=Mode.CHAT)
    assert context_of(ours) == settings.ENGINES["smollm2"]["context"]
    vectors = [Upstream(listing=NAME, engine="minilm", mode=Mode.EMBEDDINGS)]
    assert readers(vectors, ["a" * 12_000]) == vectors
    with pytest.raises(TooLongError):
        readers(vectors, ["a" * 12_000, "b"])
