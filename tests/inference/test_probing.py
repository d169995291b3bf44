"""What a try finds out about a seller's server, and what it says where nothing comes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from common.sealing import seal
from inference.models import Kind, Mode, Upstream, UpstreamState
from inference.probe_words import SAYS, sentence_of, summary_of
from inference.probing import Finding, examine
from inference.servers import key_of
from tests.hostile import RESET, Script, answer, hostile
from tests.ports import free_port

from .seller import KEY, Seller, selling
from .upstreams import DONE, delta


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    """This machine may be asked."""
    settings.UPSTREAM_LOOPBACK = True


def at(url: str, key: str = KEY, **said: Any) -> Upstream:
    """Return an upstream that is nowhere kept."""
    made = Upstream(kind=Kind.URL, engine="seller-tried", base_url=url, **{"mode": Mode.CHAT, **said})
    made.sealed_key = seal(key, bound_to=key_of(made)) if key else None
    return made


def found_at(seller: Seller, **said: Any) -> Finding:
    return examine(at(seller.url, **said))


def test_models_context_streaming_and_usage_are_found_by_asking() -> None:
    with selling() as seller:
        found = found_at(seller)
    assert (found.says, found.model, found.context, found.streams, found.tells_usage) == (
        *("", "lemon-1", 8192),
        True,
        True,
    )
    assert found.known == ("lemon-1",)
    assert found.answer == "A lemon tree stands here."
    assert found.first_token_ms is not None
    assert [path for path, _ in seller.asked] == ["/v1/models", "/v1/chat/completions"]  # a seller pays for more
    assert seller.questions[0]["model"] == "lemon-1"
    assert seller.questions[0]["max_tokens"] <= 24


def test_a_server_without_a_count_or_streams_does_as_well() -> None:
    with selling(tells_usage=False, streams=False) as seller:
        found = found_at(seller)
    assert (found.says, found.streams, found.tells_usage) == ("", False, False)


def test_one_that_refuses_to_be_asked_for_its_count_is_asked_without() -> None:
    with selling(takes_options=False) as seller:
        found = found_at(seller)
    assert (found.says, found.tells_usage) == ("", False)
    assert ["stream_options" in body for body in seller.questions] == [True, False]


def test_vectors_are_asked_for_where_they_are_what_it_gives() -> None:
    with selling(embeds=True) as seller:
        assert found_at(seller, mode=Mode.EMBEDDINGS).says == ""
        assert found_at(seller).says == "not-found"
    with selling() as seller:
        assert found_at(seller, mode=Mode.EMBEDDINGS).says == "not-found"


def test_which_model_is_asked() -> None:
    several = [{"id": "lemon-1"}, {"id": "lime-2", "meta": {"n_ctx_train": 4096}}]
    with selling(models=several) as seller:
        assert found_at(seller).says == "which-model"
        assert found_at(seller).known == ("lemon-1", "lime-2")
        assert (found_at(seller, model="lime-2").says, found_at(seller, model="lime-2").context) == ("", 4096)
        assert found_at(seller, model="pear-3").says == "model-unknown"


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ({"key": "another-key-entirely"}, "key"),
        ({"status": 403}, "key"),
        ({"status": 500}, "broken"),
        ({"status": 503}, "limited"),
        ({"status": 429}, "limited"),
        ({"status": 404}, "not-found"),
        ({"status": 307}, "redirect"),
        ({"status": 418}, "broken"),
    ],
)
def test_a_refusal_says_what_to_do(does: dict[str, Any], says: str) -> None:
    with selling(**does) as seller:
        found = found_at(seller)
    assert found.says == says
    assert KEY not in repr(found)


def test_nobody_there_or_a_private_network(settings: Any) -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    assert examine(at(url)).says == "unreachable"
    settings.UPSTREAM_LOOPBACK = False
    assert examine(at(url)).says == "address"
    assert examine(at("https://10.0.0.1/v1")).says == "address"


def test_a_key_that_cannot_be_opened_is_asked_for_again() -> None:
    upstream = at(f"http://127.0.0.1:{free_port()}/v1")
    upstream.engine = "seller-another"
    assert examine(upstream).says == "key-lost"


MODELS_FIRST = answer(json.dumps({"data": [{"id": "x"}]}).encode())
ODD: dict[str, Script] = {
    "no HTTP": [b"SSH-2.0-OpenSSH_9.2\r\n"],
    "a reset": [RESET],
    "a page": answer(b"<html></html>", kind="text/html"),
    "no list": answer(b'{"data": 7}'),
    "deep": answer(b"[" * 100_000),
    "no UTF-8": answer(b"\xff\xfe\x00"),
    "an error with 200": answer(b'{"error": {"message": "no"}}'),
    "a header without end": [b"HTTP/1.1 200 OK\r\nx: " + b"x" * 1_000_000],
    "many headers": [b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 10_000 + b"\r\n"],
    "gzip": answer(b"\x1f\x8b\x08\x00", more="content-encoding: gzip\r\n"),
    "elsewhere": answer(b"", "302 Found", more="location: http://127.0.0.1:1/\r\n"),
}


@pytest.mark.parametrize("script", ODD.values(), ids=ODD)
def test_whatever_comes_is_a_finding_with_a_sentence(script: Script) -> None:
    with hostile(script) as url:
        found = examine(at(f"{url}/v1", model="x"))
    assert found.says in SAYS
    assert not found.answered


def test_odd_names_and_figures_are_bounded() -> None:
    models = [{"id": "x" * 5_000, "max_model_len": 10**30}, {"id": 7}, "y", {"id": "a\u202eb\x00\n"}]
    with hostile(answer(json.dumps({"data": models + [{"id": f"m{n}"} for n in range(500)]}).encode())) as url:
        found = examine(at(f"{url}/v1"))
    assert found.says == "which-model"
    assert len(found.known) <= 100
    assert max(map(len, found.known)) == 200
    assert not any("\x00" in name or "\n" in name for name in found.known)


def test_an_answer_of_nothing_is_none() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    with hostile([delta(" \u200b"), DONE], head) as url:
        assert examine(at(f"{url}/v1", model="x")).says in ("empty", "no-answer")


def test_findings_are_told_in_words() -> None:
    upstream = at("https://models.example/v1", key="", state=UpstreamState.HEALTHY, context=8192, streams=True)
    upstream.first_token_ms, upstream.tells_usage = 230, True
    assert summary_of(upstream) == (
        "It answers, streams, reads 8,192 tokens, first token after 230 ms, counts its tokens."
    )
    upstream.streak, upstream.says = 2, "slow"
    assert summary_of(upstream) == "It failed 2 times in a row just now. It did not answer in time." or (
        "2 times in a row" in summary_of(upstream)
    )
    upstream.state = UpstreamState.DRAINED
    assert summary_of(upstream) == sentence_of("slow")
    for sentence in map(str, SAYS.values()):
        assert sentence.endswith((".", "?"))
