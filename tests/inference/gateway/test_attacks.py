"""Paid calls of ``/v1`` under attack: by who asks, by what answers, and by what changes meanwhile.

The site runs in a process of its own, over a database of its own, as it does for people.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import openai
import pytest
from pytest_django import DjangoDbBlocker

from contracts.names import COIN
from inference.kept_models import KeptAnswer
from inference.keys.actions import revoke_key, rotate_key
from inference.keys.models import ApiKey
from inference.ledger.models import Account, Charge
from inference.models import OPEN, Call, CallState, Mode, Upstream
from marketplace.onchain.models.pricing import OnchainRates
from tests import databases, services
from tests.factories.marketplace import listing as make_listing
from tests.flows.server import running
from tests.hostile import HOLD, hostile
from tests.inference.ledger.books import NAME, Books, is_balanced, open_books
from tests.inference.upstreams import SSE_HEAD, delta, end, event
from tests.waiting import take, until

from .conftest import hang_up

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.long(60)]

OTHER = "inference-tests/other"
ASKED: dict[str, Any] = {"model": NAME, "messages": [{"role": "user", "content": "What is here?"}], "max_tokens": 64}
BALANCE = 10**18


@dataclass
class Paid:
    """The site, a payer's key, and what the engine says: ``script``, to whoever comes."""

    books: Books
    secret: str
    url: str = ""
    script: Iterable[bytes] = ()
    head: bytes = SSE_HEAD
    written: int = 0

    def says(self) -> Iterator[bytes]:
        """What the engine says now."""
        self.written = 0
        yield self.head
        for part in self.script:
            self.written += 1
            yield part

    def client(self, **more: Any) -> openai.OpenAI:
        """The official client, which asks once."""
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key=self.secret, **{"max_retries": 0, **more})

    def post(self, body: Any, path: str = "chat/completions", **headers: str) -> httpx.Response:
        """Ask without a library; bytes are sent as they are."""
        given = {"content": body} if isinstance(body, bytes) else {"json": body}
        head = {"Authorization": f"Bearer {self.secret}", "Content-Type": "application/json", **headers}
        return httpx.post(f"{self.url}/v1/{path}", headers=head, timeout=60, trust_env=False, **given)

    def stream(self, **more: Any) -> Any:
        """Ask for a stream."""
        return self.client().chat.completions.create(**{**ASKED, **more}, stream=True)


@pytest.fixture(scope="module")
def paid(
    migrated_database: str, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Paid]:
    """All of it, once."""
    home: Path = tmp_path_factory.mktemp("paid")
    own = f"attacks_{services.WORKER}"
    with django_db_blocker.unblock(), databases.copied(migrated_database, own) as name, databases.named(name):
        books = open_books(balance=BALANCE)
        make_listing(OTHER, task="text-generation")
        Upstream.objects.create(listing=OTHER, engine="smollm2", mode=Mode.CHAT)
        Upstream.objects.create(listing="inference-tests/vectors", engine="minilm", mode=Mode.EMBEDDINGS)
        made = Paid(books, rotate_key(user=books.user, pk=books.key.pk).secret)
        with hostile(made.says) as engine, running(home, CHAT_URL=f"{engine}/v1") as made.url:
            yield made


@pytest.fixture(autouse=True)
def sound(paid: Paid) -> Iterator[Paid]:
    """As it was before, and after each test nothing held and every sum right."""
    paid.script, paid.head = [delta("Hello"), delta(" you"), end()], SSE_HEAD
    paid.books.rates(1_000_000, 2_000_000)
    yield paid
    until(lambda: not Call.objects.filter(state__in=OPEN).exists(), "every call is closed")
    assert not Account.objects.filter(held__gt=0).exists()
    assert is_balanced() or not Charge.objects.exists()
    ApiKey.objects.update(scopes=[], networks=[], revoked_at=None)
    for model in (KeptAnswer, Call):
        model.objects.all().delete()


def last() -> Charge:
    """The last paid call."""
    return Charge.objects.latest("pk")


def ended() -> Call:
    """The one call, once it is closed."""
    until(lambda: Call.objects.exclude(state__in=OPEN).exists())
    return Call.objects.get()


def test_a_price_a_call_is_told_and_charged_to_the_wei(paid: Paid) -> None:
    before = paid.books.account.charged if Account.objects.exists() else 0
    paid.books.by_call(10**16)
    dry = paid.client().chat.completions.create(**ASKED, extra_body={"dry_run": True})
    answer = paid.client().chat.completions.create(**ASKED)
    *_, piece = paid.stream(stream_options={"include_usage": True})
    for said in (dry, answer, piece):
        cost = said.usage.to_dict()["cost"]
        assert (cost["wei"], cost["amount"], cost["coin"]) == ("10000000000000000", "0.01", "ETH")
        assert (cost["paid_by"], cost["token"]) == ("metered", COIN)
    assert paid.books.account.charged - before == 2 * 10**16
    assert [each.amount for each in Charge.objects.order_by("-pk")[:2]] == [10**16, 10**16]


def test_one_name_is_one_charge_for_fifty_who_race(paid: Paid) -> None:
    number = Charge.objects.count()

    async def race() -> list[httpx.Response]:
        headers = {"Authorization": f"Bearer {paid.secret}", "Idempotency-Key": "one-paid-question"}
        limits = httpx.Limits(max_connections=50)
        async with httpx.AsyncClient(base_url=paid.url, timeout=90, limits=limits, trust_env=False) as client:
            asks = [client.post("/v1/chat/completions", json=ASKED, headers=headers) for _ in range(50)]
            return await asyncio.gather(*asks)

    answers = asyncio.run(race())
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert Charge.objects.count() == number + 1
    assert Call.objects.count() == 1


def test_a_key_that_is_revoked_in_mid_stream_streams_nothing_more(paid: Paid) -> None:
    def slowly() -> Iterator[bytes]:
        for _ in range(60):
            take(0.25)
            yield delta(" word")
        yield end()

    paid.script = slowly()
    pieces: list[str] = []

    def hear() -> None:
        for piece in paid.stream():
            pieces.extend([piece.choices[0].delta.content] if piece.choices[0].delta.content else [])
            if len(pieces) == 3:
                revoke_key(user=paid.books.user, pk=paid.books.key.pk)

    with pytest.raises(openai.APIError, match="revoked") as refused:
        hear()
    assert refused.value.code == "api_key_revoked"
    heard = len(pieces)
    assert heard - 3 <= 3  # half a second of it was on its way
    call = ended()
    assert (call.state, call.completion_tokens) == (CallState.FAILED, heard)
    assert last().amount == call.prompt_tokens + 2 * heard
    assert paid.post(ASKED).status_code == 401


def test_a_price_that_changes_or_ends_in_mid_call_is_that_of_its_beginning(paid: Paid) -> None:
    goes_on = Event()

    def held() -> Iterator[bytes]:
        yield delta("one")
        assert goes_on.wait(30)
        yield delta(" two")
        yield end()

    for change in (lambda: paid.books.rates(9 * 10**9, 9 * 10**9), OnchainRates.objects.all().delete):
        paid.books.rates(1_000_000, 2_000_000)
        goes_on.clear()
        paid.script = held()
        stream = iter(paid.stream())
        while not (piece := next(stream)).choices[0].delta.content:
            pass
        change()
        goes_on.set()
        *_, piece = stream
        charge = last()
        assert charge.amount == charge.prompt_tokens + 4
        assert piece.usage.to_dict()["cost"]["wei"] == str(charge.amount)


def test_a_key_for_one_model_asks_no_other_by_any_door(paid: Paid) -> None:
    ApiKey.objects.update(scopes=[NAME])
    number = Charge.objects.count()
    doors: list[tuple[str, Any]] = [
        ("chat/completions", {**ASKED, "model": OTHER}),
        ("chat/completions", {**ASKED, "model": OTHER, "stream": True}),
        ("chat/completions", {**ASKED, "model": OTHER, "dry_run": True}),
        ("chat/completions", {**ASKED, "model": OTHER.upper()}),
        ("chat/completions", {**ASKED, "model": OTHER, "models": [f"{OTHER} "]}),
        ("completions", {"model": OTHER, "prompt": "Once"}),
        ("embeddings", {"model": "inference-tests/vectors", "input": "Once"}),
    ]
    for path, body in doors:
        answer = paid.post(body, path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "api_key_scope"), body
    assert (Charge.objects.count(), Call.objects.count()) == (number, 0)
    # In a list the first that it may ask answers.
    assert paid.post({**ASKED, "model": OTHER, "models": [NAME]}).json()["model"] == NAME
    assert {each["id"] for each in _models(paid)} == {NAME}


def _models(paid: Paid) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {paid.secret}"}
    found: list[dict[str, Any]] = httpx.get(f"{paid.url}/v1/models", headers=headers, trust_env=False).json()["data"]
    return found


def test_what_a_client_says_of_its_address_is_not_believed(paid: Paid) -> None:
    ApiKey.objects.update(networks=["203.0.113.0/24"])
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP"):
        for said in ("203.0.113.7", "::ffff:203.0.113.7", "203.0.113.7, 127.0.0.1", "for=203.0.113.7"):
            answer = paid.post(ASKED, **{name: said})
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "api_key_network")
    ApiKey.objects.update(networks=["127.0.0.0/8"])
    assert paid.post(ASKED, **{"X-Forwarded-For": "203.0.113.7"}).status_code == 200


HALF = "\\ud83d"  # of a character, as JSON writes it


def _said(**more: Any) -> bytes:
    return json.dumps({**ASKED, **more}).replace("HALF", HALF).encode()


TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "title": "HALF"}}}
ODD = {
    "a NUL in a prompt": _said(messages=[{"role": "user", "content": "a\x00b"}]),
    "half a character in a prompt": _said(messages=[{"role": "user", "content": "HALF"}]),
    "half a character in a name": _said(messages=[{"role": "user", "content": "x", "name": "HALF"}]),
    "half a character in a model": _said(model="HALF"),
    "half a character in a stop": _said(stop="HALF"),
    "half a character in a tool": _said(tools=[TOOL]),
    "half a character in an id": _said(messages=[{"role": "tool", "content": "x", "tool_call_id": "HALF"}]),
    "half a character in a schema": _said(response_format={"type": "json_schema", "json_schema": {"name": "HALF"}}),
    "half a character in a key": _said(logit_bias={"HALF": 1}),
    "a number without end": _said(tools=[TOOL]).replace(f'"{HALF}"'.encode(), b"1e999"),
    "deep": _said()[:-1] + b', "tools": ' + b"[" * 900 + b"]" * 900 + b"}",
    "deeper": b"[" * 200_000,
    "no JSON": b"\x1f\x8b\x08\x00",
    "latin-1": '{"model": "é"}'.encode("latin-1"),
    "UTF-16": json.dumps(ASKED).encode("utf-16"),
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
def test_odd_texts_are_refused_before_anybody_is_asked(paid: Paid, body: bytes) -> None:
    answer = paid.post(body)
    assert answer.status_code == 400, answer.text
    assert set(answer.json()["error"]) == {"message", "type", "code", "param"}
    assert (Call.objects.count(), paid.written) == (0, paid.written)
    assert Upstream.objects.filter(streak__gt=0).count() == 0


def test_bodies_are_bounded_and_long_questions_are_told_the_context(paid: Paid) -> None:
    for size in (1_100_000, 3_000_000):
        assert paid.post(b'{"a": "' + b"x" * size + b'"}').status_code == 413
    answer = paid.post({**ASKED, "messages": [{"role": "user", "content": "word " * 10_000}]})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "context_length_exceeded")
    assert "maximum context length is 4608 tokens" in error["message"]


REDIRECT = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n"
ZIPPED = SSE_HEAD.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n")
LIES: list[Any] = [-5, 10**30, "many", None, [1], 2.5, True]


def endless() -> Iterator[bytes]:
    """Write without end."""
    while True:
        yield delta(" word")


HOSTILE: dict[str, tuple[bytes, Any, int]] = {
    # What it says, and how many tokens may be charged at most.
    "endless": (SSE_HEAD, endless, 64),
    "huge pieces": (SSE_HEAD, lambda: [delta(" word" * 5_000), end()], 64),
    "a piece without blanks": (SSE_HEAD, lambda: [delta("x" * 40_000), end()], 64),
    "blanks": (SSE_HEAD, lambda: [delta(" " * 60_000)] * 9 + [end()], 64),
    "nothing": (SSE_HEAD, lambda: [end({"prompt_tokens": 9, "completion_tokens": 9})], 0),
    "no end": (SSE_HEAD, lambda: [delta("one"), delta(" two")], 2),
    "a redirect": (REDIRECT, list, 0),
    "compressed": (ZIPPED, lambda: [b"\x1f\x8b\x08\x00" + b"\x00" * 1_000], 0),
    "an event without end": (SSE_HEAD, lambda: [b"data: " + b"x" * 70_000], 0),
    "a number for a text": (SSE_HEAD, lambda: [delta(7), end()], 0),
    "lists for choices": (SSE_HEAD, lambda: [event({"choices": [[], 7, None]}), delta("one"), end()], 1),
    **{
        f"use {lie!r}": (
            SSE_HEAD,
            lambda lie=lie: [delta("one"), end({"prompt_tokens": lie, "completion_tokens": lie})],
            1,
        )
        for lie in LIES
    },
}


@pytest.mark.parametrize(("head", "script", "most"), HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("streams", [True, False], ids=["stream", "whole"])
def test_whatever_an_engine_says_nobody_pays_for_what_they_did_not_get(
    paid: Paid, head: bytes, script: Any, most: int, streams: bool
) -> None:
    paid.head, paid.script = head, script()
    answer = paid.post({**ASKED, "stream": streams})
    assert answer.status_code in (200, 502, 503), answer.text
    call, charge = ended(), last()
    assert charge.call == call.pk
    assert call.completion_tokens <= most
    assert charge.amount == (call.prompt_tokens + 2 * call.completion_tokens if call.completion_tokens else 0)
    assert charge.amount <= charge.held
    if answer.status_code != 200 or (not streams and "error" in answer.json()):
        assert charge.amount == 0


def test_who_leaves_is_left_within_two_tokens(paid: Paid) -> None:
    def slowly() -> Iterator[bytes]:
        for _ in range(60):
            yield delta(" word")
            take(0.5)

    paid.script = slowly()
    heard = 0
    with paid.stream() as stream:
        for piece in stream:
            heard += bool(piece.choices[0].delta.content)
            if heard == 3:
                break
    call = ended()
    assert call.state == CallState.STOPPED
    assert 3 <= call.completion_tokens <= 3 + 2
    take(1.2)  # what is still written, if it goes on
    assert paid.written <= 3 + 3  # one more is heard of by who hangs up


def test_an_engine_that_holds_is_left_when_its_client_leaves(paid: Paid) -> None:
    paid.script, paid.written = [delta("one"), HOLD], 0
    hang_up(paid, ASKED, lambda: paid.written == 2)
    assert ended().state == CallState.STOPPED
    assert last().amount == 0


def test_who_reads_nothing_stops_the_engine_and_pays_for_little_of_it(paid: Paid) -> None:
    paid.script = endless()
    asked = json.dumps({**ASKED, "max_tokens": 4_096, "stream": True}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: {paid.url[7:]}\r\nauthorization: Bearer {paid.secret}\r\n"
    head += f"content-type: application/json\r\ncontent-length: {len(asked)}\r\n\r\n"
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        reader.connect(("127.0.0.1", int(paid.url.rpartition(":")[2])))
        reader.sendall(head.encode() + asked)
        seen: list[int] = []

        def stands_still() -> bool:
            take(1)
            seen.append(sum(Call.objects.values_list("completion_tokens", flat=True)))
            return len(seen) > 2 and 0 < seen[-1] == seen[-3]

        until(stands_still, lambda: f"it waits for its reader: {seen}")
        assert Call.objects.get().state in OPEN
    call = ended()
    assert call.state == CallState.STOPPED
    assert call.completion_tokens < 1_000  # of 4,096
