"""The API over a seller's server that says what the tests have it say; the client is the official one."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import httpx
import openai
import pytest
from django.test import Client

from inference.access import Visitor
from inference.actions import finish_call, start_call
from inference.kept_models import KeptAnswer
from inference.keys.actions import revoke_key
from inference.models import Call, CallState, Kind, Mode, Upstream, UpstreamState, UsageWindow
from inference.queueing import members_of
from tests.hostile import HOLD
from tests.inference.conftest import CHAT
from tests.inference.seller import WORDS, Seller
from tests.inference.upstreams import DONE, delta, end, event, upstream
from tests.waiting import until

from .conftest import SEARCH, Site, hang_up

pytestmark = [pytest.mark.xdist_group("engine")]

ASKED: Any = {"model": CHAT, "messages": [{"role": "user", "content": "What is here?"}]}
TEXT = "".join(WORDS)


def test_a_whole_answer_has_its_use_and_what_it_cost(place: Site, seller: Seller) -> None:
    answer = place.client().chat.completions.create(**ASKED)
    (choice,) = answer.choices
    assert (choice.message.content, choice.message.role, choice.finish_reason) == (TEXT, "assistant", "stop")
    assert answer.model == CHAT
    call = Call.objects.get()
    assert answer.id == f"chatcmpl-{call.pk.hex}"
    assert answer.usage
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (9, len(WORDS))
    cost: Any = answer.usage.to_dict()["cost"]
    assert (cost["wei"], cost["paid_by"]) == ("0", "free")
    assert (call.state, call.completion_tokens) == (CallState.DONE, len(WORDS))


def test_a_stream_has_a_role_its_words_and_its_use(place: Site, seller: Seller) -> None:
    said = list(place.client().chat.completions.create(**ASKED, stream=True, stream_options={"include_usage": True}))
    assert said[0].choices[0].delta.role == "assistant"
    assert "".join(each.choices[0].delta.content or "" for each in said if each.choices) == TEXT
    assert [each.choices[0].finish_reason for each in said if each.choices][-1] == "stop"
    assert said[-1].choices == []
    assert said[-1].usage
    assert said[-1].usage.completion_tokens == len(WORDS)
    assert len({(each.id, each.created, each.model, each.object) for each in said}) == 1


def test_the_helper_that_accumulates_has_the_same_answer(place: Site, seller: Seller) -> None:
    with place.client().chat.completions.stream(**ASKED) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.content == TEXT


def test_models_are_listed_and_found(place: Site, seller: Seller) -> None:
    listed = {each.id: each for each in place.client().models.list()}
    assert CHAT in listed
    assert listed[CHAT].owned_by == "inference-tests"
    assert place.client().models.retrieve(CHAT).id == CHAT
    with pytest.raises(openai.NotFoundError) as refusal:
        place.client().models.retrieve("nobody/nothing")
    assert refusal.value.code == "model_not_found"


def test_who_has_no_key_of_ours_is_refused(place: Site, seller: Seller) -> None:
    stranger = openai.OpenAI(base_url=f"{place.url}/v1", api_key="sk-x", max_retries=0)
    with pytest.raises(openai.AuthenticationError) as refusal:
        stranger.chat.completions.create(**ASKED)
    assert refusal.value.code == "invalid_api_key"
    revoke_key(user=place.key.user, pk=place.key.pk)
    with pytest.raises(openai.AuthenticationError):
        place.client().models.list()
    assert not Call.objects.exists()


def test_what_is_not_here_is_said_in_the_protocols_words(place: Site, seller: Seller) -> None:
    with httpx.Client(base_url=place.url, headers=place.headers, trust_env=False) as client:
        for method, path, status in (
            ("GET", "/v1/", 404),
            ("POST", "/v1/responses", 404),
            ("GET", "/v1/chat/completions", 405),
            ("POST", "/v1/chat/completions", 400),
            ("DELETE", "/v1/models", 405),
        ):
            answer = client.request(method, path)
            assert answer.status_code == status, path
            assert answer.headers["content-type"].startswith("application/json")
            assert set(answer.json()["error"]) == {"message", "type", "code", "param"}
            assert answer.headers["x-request-id"]


def test_a_name_that_no_database_holds_is_no_model(place: Site, seller: Seller) -> None:
    with httpx.Client(base_url=place.url, headers=place.headers, trust_env=False) as client:
        for name in (r"\ud800/x", r"a/\ud800", r"a\u0000/b", r"\udfff"):
            body = f'{{"model": "{name}", "messages": [{{"role": "user", "content": "x"}}]}}'
            assert client.post("/v1/chat/completions", content=body).status_code in (400, 404), name
        for name in ("a%00b", "%ED%A0%80", "%FF", "a/%00"):
            assert client.get(f"/v1/models/{name}").status_code in (400, 404), name


def test_requests_of_a_key_are_counted_in_headers(place: Site, seller: Seller) -> None:
    answer = place.client().models.with_raw_response.list()
    assert answer.headers["x-ratelimit-limit-requests"] == "600"
    assert int(answer.headers["x-ratelimit-remaining-requests"]) < 600


def test_a_dry_run_asks_nobody(place: Site, seller: Seller) -> None:
    answer = place.client().chat.completions.create(**ASKED, max_tokens=100, extra_body={"dry_run": True})
    assert answer.usage
    assert answer.usage.completion_tokens == 100
    assert seller.questions == []
    assert not Call.objects.exists()


def test_what_ours_cannot_do_is_refused_and_what_is_only_a_wish_is_named(place: Site, settings: Any) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        place.client().chat.completions.create(**ASKED, seed=1)
    assert (refusal.value.code, refusal.value.param) == ("unsupported_parameter", "seed")
    with upstream([delta("Hello"), end()]) as engine:
        settings.ENGINES = {**settings.ENGINES, "smollm2": {**settings.ENGINES["smollm2"], "url": engine.url}}
        answer = place.client().chat.completions.with_raw_response.create(**ASKED, temperature=0.5, user="x")
    assert answer.headers["x-ignored-parameters"] == "user, temperature"


def test_another_model_answers_where_the_first_cannot(place: Site, seller: Seller) -> None:
    answer = place.client().chat.completions.create(
        model="nobody/nothing", messages=ASKED["messages"], extra_body={"models": [CHAT]}
    )
    assert answer.model == CHAT
    with pytest.raises(openai.NotFoundError):
        place.client().chat.completions.create(model="nobody/nothing", messages=ASKED["messages"])


def test_a_server_that_fails_is_a_502_and_nothing_is_charged(place: Site, seller: Seller) -> None:
    seller.status = 500
    with pytest.raises(openai.InternalServerError) as failure:
        place.client().chat.completions.create(**ASKED, stream=True)
    assert failure.value.code == "gone"
    assert {window.spent for window in UsageWindow.objects.all()} == {0}
    seller.status = 400
    with pytest.raises(openai.BadRequestError) as refusal:
        place.client().chat.completions.create(**ASKED, response_format={"type": "json_object"})
    assert (refusal.value.code, refusal.value.param) == ("unsupported_parameter", "response_format")


@pytest.fixture
def says(place: Site, settings: Any) -> Iterator[Any]:
    """Has our engine say what a test wants."""
    opened: list[Any] = []

    def say(script: Any) -> None:
        manager = upstream(script)
        opened.append(manager)
        url = manager.__enter__().url
        settings.ENGINES = {**settings.ENGINES, "smollm2": {**settings.ENGINES["smollm2"], "url": url}}

    yield say
    for manager in opened:
        manager.__exit__(None, None, None)


def test_an_answer_that_breaks_off_is_an_error_in_the_stream(place: Site, says: Any) -> None:
    says([delta("Hello"), delta(" you"), event({"error": "no"})])
    heard: list[str] = []
    stream = place.client().chat.completions.create(**ASKED, stream=True)
    with pytest.raises(openai.APIError, match="stopped answering"):
        heard.extend(piece.choices[0].delta.content or "" for piece in stream)
    assert "".join(heard) == "Hello you"
    assert Call.objects.get().completion_tokens == 2


def test_an_answer_ends_at_a_word_that_stops(place: Site, says: Any) -> None:
    says([delta("one "), delta("EN"), delta("D two"), end()])
    answer = place.client().chat.completions.create(**ASKED, stop="END")
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("one ", "stop")


def test_who_leaves_a_stream_stops_it_and_pays_for_what_was_sent(place: Site, says: Any) -> None:
    says([delta("Hello"), delta(" you"), HOLD])
    with place.client().chat.completions.create(**ASKED, stream=True) as stream:
        for piece in stream:
            if piece.choices[0].delta.content == " you":
                break
    call = Call.objects.get()
    until(lambda: Call.objects.get().state == CallState.STOPPED)
    call.refresh_from_db()
    assert call.completion_tokens == 2


def test_who_leaves_a_whole_answer_before_its_end_pays_nothing(place: Site, says: Any) -> None:
    is_asked = Event()

    def script() -> Iterator[Any]:
        yield from (delta("Hello"), delta(" you"))
        is_asked.set()
        yield HOLD

    says(script)
    hang_up(place, ASKED, is_asked.is_set)
    until(lambda: Call.objects.get().state == CallState.STOPPED)
    assert {window.spent for window in UsageWindow.objects.all()} == {0}
    assert {window.reserved for window in UsageWindow.objects.all()} == {0}


def test_a_name_is_one_call_for_fifty_who_race(place: Site, says: Any) -> None:
    says([delta("Hello"), delta(" you"), end({"prompt_tokens": 9, "completion_tokens": 3})])
    headers = {**place.headers, "Idempotency-Key": "one-question"}

    async def race() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=50)
        async with httpx.AsyncClient(base_url=place.url, timeout=60, limits=limits, trust_env=False) as client:
            asks = [client.post("/v1/chat/completions", json=ASKED, headers=headers) for _ in range(50)]
            return await asyncio.gather(*asks)

    answers = asyncio.run(race())
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 49
    assert Call.objects.count() == 1
    assert b"Hello" not in bytes(KeptAnswer.objects.get().sealed or b"")


def test_a_name_belongs_to_one_question_and_is_free_again_where_nothing_came_of_it(place: Site, seller: Seller) -> None:
    named = {"Idempotency-Key": "one"}
    seller.status = 500
    with pytest.raises(openai.InternalServerError):
        place.client().chat.completions.create(**ASKED, extra_headers=named)
    assert not KeptAnswer.objects.exists()
    seller.status = 200
    first = place.client().chat.completions.create(**ASKED, extra_headers=named)
    again = place.client().chat.completions.create(**ASKED, extra_headers=named)
    assert first == again
    assert len(seller.questions) == 2
    with pytest.raises(openai.UnprocessableEntityError) as refusal:
        place.client().chat.completions.create(**ASKED, max_tokens=9, extra_headers=named)
    assert refusal.value.code == "idempotency_key_reused"


def test_vectors_under_a_name_are_made_once(place: Site, seller: Seller) -> None:
    seller.embeds = True
    name = "inference-tests/search"
    Upstream.objects.filter(listing=name).delete()
    own: dict[str, Any] = {"kind": Kind.URL, "base_url": seller.url, "free": True, "state": UpstreamState.HEALTHY}
    Upstream.objects.create(listing=name, engine="vectors", mode=Mode.EMBEDDINGS, model="lemon-1", **own)
    asked: Any = {"model": name, "input": ["a", "b"], "extra_headers": {"Idempotency-Key": "v"}}
    first, second = (place.client().embeddings.create(**asked) for _ in range(2))
    assert first == second
    assert (len(seller.questions), Call.objects.count()) == (1, 1)
    with pytest.raises(openai.UnprocessableEntityError) as refusal:
        place.client().embeddings.create(**{**asked, "input": ["c"]})
    assert refusal.value.code == "idempotency_key_reused"
    # Of what failed nothing is kept.
    seller.status = 500
    again: Any = {**asked, "extra_headers": {"Idempotency-Key": "w"}}
    with pytest.raises(openai.InternalServerError):
        place.client().embeddings.create(**again)
    seller.status = 200
    assert place.client().embeddings.create(**again).data


@pytest.mark.parametrize("name", ["", "v"], ids=["plain", "named"])
def test_who_wants_vectors_while_all_are_busy_waits_in_turn(place: Site, vectors: Seller, name: str) -> None:
    Upstream.objects.filter(listing=SEARCH).update(at_once=1)
    other = Visitor.of("203.0.113.9", None)
    running = start_call(visitor=other, listing=SEARCH, texts=["a"], max_tokens=0)
    headers = {"Idempotency-Key": name} if name else {}
    with ThreadPoolExecutor(1) as thread:
        asking = thread.submit(
            place.client().embeddings.with_raw_response.create, model=SEARCH, input=["b"], extra_headers=headers
        )
        until(lambda: len(members_of([running.engine])[0]) == 1, lambda: "nobody waits", 20)
        assert vectors.questions == []
        finish_call(call_id=running.pk, state=CallState.FAILED)
        answer = asking.result(30)
    assert answer.parse().data
    assert answer.headers["x-queue-place"] == "1"
    assert members_of([running.engine]) == [[]]


def test_who_leaves_before_their_turn_asks_nothing(place: Site, vectors: Seller) -> None:
    Upstream.objects.filter(listing=SEARCH).update(at_once=1)
    running = start_call(visitor=Visitor.of("203.0.113.9", None), listing=SEARCH, texts=["a"], max_tokens=0)
    body = json.dumps({"model": SEARCH, "input": ["b"]})
    host = place.url.removeprefix("http://")
    head = f"POST /v1/embeddings HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {place.secret}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    address, _colon, port = host.partition(":")
    with socket.create_connection((address, int(port))) as wire:
        wire.sendall(f"{head}{body}".encode())
        until(lambda: len(members_of([running.engine])[0]) == 1, lambda: "nobody waits", 20)
    until(lambda: members_of([running.engine]) == [[]], lambda: "who left still waits", 20)
    finish_call(call_id=running.pk, state=CallState.FAILED)
    assert vectors.questions == []
    assert Call.objects.count() == 1


def test_a_stream_under_a_name_is_told_again_as_it_was(place: Site, seller: Seller) -> None:
    def text() -> str:
        stream = place.client().chat.completions.create(**ASKED, stream=True, extra_headers={"Idempotency-Key": "s"})
        return "".join(piece.choices[0].delta.content or "" for piece in stream)

    assert text() == text() == TEXT
    assert len(seller.questions) == 1


TOOL: Any = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}}}


def test_tools_pass_to_a_server_that_takes_them(place: Site, seller: Seller, monkeypatch: pytest.MonkeyPatch) -> None:
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}

    async def calling(self: Seller, asked: dict[str, Any], send: Any) -> None:
        assert asked["tools"] == [TOOL]
        head = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}
        await send(head)
        said: list[dict[str, Any]] = [{"delta": {"tool_calls": [call]}}, {"delta": {}, "finish_reason": "tool_calls"}]
        body = b"".join(event({"choices": [{"index": 0, **each}]}) for each in said) + DONE
        await send({"type": "http.response.body", "body": body})

    monkeypatch.setattr(Seller, "_chat", calling)
    answer = place.client().chat.completions.create(**ASKED, tools=[TOOL])
    (choice,) = answer.choices
    assert choice.finish_reason == "tool_calls"
    assert choice.message.tool_calls
    assert json.loads(choice.message.tool_calls[0].function.arguments) == {}
    with place.client().chat.completions.stream(**ASKED, tools=[TOOL]) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.tool_calls


def test_a_key_for_other_models_is_refused(place: Site, seller: Seller) -> None:
    place.key.scopes = ["somebody/else"]
    place.key.save(update_fields=["scopes"])
    with pytest.raises(openai.PermissionDeniedError):
        place.client().chat.completions.create(**ASKED)
    assert list(place.client().models.list()) == []


def test_two_answers_at_once_are_the_most_and_a_third_is_told_when_to_come_back(place: Site, seller: Seller) -> None:
    seller.pause = 2.0
    with place.client() as client, ThreadPoolExecutor(2) as pool:
        streams = list(pool.map(lambda _: client.chat.completions.create(**ASKED, stream=True), range(2)))
        with pytest.raises(openai.RateLimitError) as refusal:
            client.chat.completions.create(**ASKED)
        assert refusal.value.response.headers["retry-after"] == "2"
        for stream in streams:
            stream.close()
    until(lambda: not Call.objects.exclude(state=CallState.STOPPED).exists())


@pytest.mark.django_db
def test_a_page_shows_people_how_with_three_clients(client: Client) -> None:
    page = client.get("/api/").content.decode()
    for words in ("curl http://testserver/v1/chat/completions", "from openai import OpenAI", "import OpenAI from"):
        assert words in page
    assert "/account/keys" in page


def test_who_answers_is_said_and_can_be_chosen(place: Site, seller: Seller) -> None:
    with place.client() as client:
        whole = client.chat.completions.create(
            **ASKED, extra_body={"provider": {"only": ["seller"], "sort": "latency"}}
        )
        assert whole.model_dump()["provider"] == "gateway-seller-chat"
        pieces = list(
            client.chat.completions.create(**ASKED, stream=True, extra_body={"provider": {"order": ["nobody"]}})
        )
        assert {piece.model_dump()["provider"] for piece in pieces} == {"gateway-seller-chat"}
        assert Call.objects.filter(engine="gateway-seller-chat").count() == 2
        with pytest.raises(openai.NotFoundError) as refused:
            client.chat.completions.create(**ASKED, extra_body={"provider": {"data_collection": "deny"}})
        assert refused.value.code == "no_upstream_fits"
        with pytest.raises(openai.BadRequestError) as odd:
            client.chat.completions.create(**ASKED, extra_body={"provider": {"sort": "luck"}})
        assert odd.value.param == "provider.sort"
        assert len(seller.questions) == 2
        upstreams = client.models.retrieve(CHAT).model_dump()["upstreams"]
        assert upstreams == [{"name": "gateway-seller-chat", "runs_at": "seller", "retains": None, "ready": True}]


def test_an_address_with_the_end_of_a_line_is_unknown_and_no_failure(place: Site) -> None:
    for path in ("/v1/models/a%0Ab", "/v1/%0A", "/v1/models/%E2%80%A8"):
        assert httpx.get(f"{place.url}{path}", headers=place.headers, trust_env=False).status_code == 404
        assert httpx.get(f"{place.url}{path}", trust_env=False).status_code == 401
