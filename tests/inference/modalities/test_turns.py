"""Who asks a model that sleeps while it is busy waits in the one queue, sees the place, and loses nothing by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.models import Account, User
from inference.actions import set_upstream
from inference.keys.actions import create_key, revoke_key
from inference.modalities import turns
from inference.models import OPEN, Call, CallState, Mode, UsageWindow
from inference.queueing import members_of
from marketplace.demo.seeding import _published
from marketplace.demo.senses import SENSES
from tests import databases, services
from tests.inference.keys.holders import holder
from tests.waiting import until

from .conftest import SELLER
from .held import KIND, SAID, Held, holding

pytestmark = pytest.mark.usefixtures("quick")


def publish() -> str:
    """List the model that tells a language; return its name."""
    owner = Account.objects.create(name="open-senses", user=User.objects.create(address=SELLER))
    each = next(one for one in SENSES if one.runs.engine == KIND)
    _published(owner, each)
    set_upstream(listing=each.name, engine=KIND, mode=Mode.SCHEMA)
    return each.name


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.modalities.api.WAIT", 0.0)
    monkeypatch.setattr("inference.waiting.LOOK", 0.05)


@pytest.fixture
def model(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A model in a database whose rows all threads see."""
    own = f"turns_{services.WORKER}"
    with django_db_blocker.unblock(), databases.copied(migrated_database, own) as name, databases.named(name):
        cache.clear()
        yield publish()
        until(lambda: not turns._here, "nobody waits any more")
        cache.clear()


@pytest.fixture
def held(settings: Any) -> Iterator[Held]:
    with holding(settings) as found:
        yield found


def browser(network: int) -> Client:
    return Client(REMOTE_ADDR=f"203.0.{network}.7")


def post(client: Client, model: str, text: str = "Wo ist der Bahnhof?", **headers: str) -> Any:
    body = json.dumps({"input": {"text": text}})
    return client.post(f"/api/v1/listings/{model}/infer", body, content_type="application/json", headers=headers)


def waits(client: Client, where: str) -> Any:
    """Look until a question has had its turn; return the answer."""
    return until(lambda: _looked(client, where), "its turn comes", every=0.05)


def _looked(client: Client, where: str) -> Any:
    answer = client.get(where)
    return None if answer.status_code == 202 and answer.json()["state"] == "queued" else answer


def queued() -> int:
    return len(members_of([KIND])[0])


def test_each_waits_its_turn_and_sees_its_place(model: str, held: Held) -> None:
    one, two = browser(1), browser(2)
    first = post(one, model)
    assert (first.status_code, first.json()["state"], first.json()["place"]) == (202, "waiting", 0)
    mine = [post(one, model) for _ in range(2)]
    other = post(two, model)
    for each in (*mine, other):
        assert (each.status_code, each.json()["state"], each["Retry-After"]) == (202, "queued", "1")
        assert each["Location"] == f"/api/v1/answers/{each.json()['id']}"
    # Nothing has begun, and one of another network is before a second of the first.
    assert (Call.objects.count(), queued()) == (1, 3)
    places = [(one, mine[0], 1), (two, other, 2), (one, mine[1], 3)]
    for client, each, place in places:
        until(lambda c=client, e=each, p=place: c.get(e["Location"]).json()["place"] == p, "it is told")  # type: ignore[misc]

    held.answer()
    done = one.get(first["Location"])
    assert (done.status_code, done.json()["output"], done.json()["usage"]["cost"]["paid_by"]) == (200, SAID, "free")
    for client, each, _place in places:
        assert waits(client, each["Location"]).status_code == 202
        assert Call.objects.filter(state__in=OPEN).count() == 1
        held.answer()
        done = client.get(each["Location"])
        assert (done.status_code, done.json()["id"]) == (200, each.json()["id"])
        assert client.get(each["Location"]).json() == done.json()  # once more, and counted once
    assert list(Call.objects.values_list("state", flat=True)) == [CallState.DONE] * 4
    whole = UsageWindow.objects.get(scope="all")
    assert (whole.spent, whole.reserved) == (sum(Call.objects.values_list("prompt_tokens", flat=True)), 0)


def test_who_comes_at_once_gets_one_place(model: str, held: Held) -> None:
    def ask(number: int) -> Any:
        try:
            return post(browser(number), model)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(8)))
    assert [each.status_code for each in answers] == [202] * 8
    assert sorted(each.json()["state"] for each in answers) == ["queued"] * 7 + ["waiting"]
    assert Call.objects.count() == 1
    waiting = list(enumerate(answers))
    while waiting:
        held.answer()
        assert Call.objects.filter(state__in=OPEN).count() <= 1
        looked = [(number, each, browser(number).get(each["Location"])) for number, each in waiting]
        assert {told.status_code for _number, _each, told in looked} <= {200, 202}
        waiting = [(number, each) for number, each, told in looked if told.status_code == 202]
    assert Call.objects.filter(state=CallState.DONE).count() == 8


def test_who_gives_up_leaves_the_queue_and_pays_nothing(
    model: str, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three = browser(1), Client(REMOTE_ADDR="203.0.2.7"), browser(3)
    user = holder()
    two.force_login(user)
    first, second = post(one, model), post(two, model)
    where = second["Location"]
    assert (three.get(where).status_code, three.delete(where).status_code) == (404, 404)  # it is somebody's own
    assert two.get(where).status_code == 202
    assert two.delete(where).status_code == 204
    until(lambda: queued() == 0, "it has left")
    assert (two.get(where).status_code, two.get(where).json()["code"]) == (404, "answer-gone")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    assert strict.delete(where).status_code == 403
    # One that is being made is given up as well, and its place is free at once.
    assert one.delete(first["Location"]).status_code == 204
    assert one.delete(first["Location"]).status_code == 404
    assert Call.objects.get().state == CallState.STOPPED
    assert UsageWindow.objects.get(scope="all").spent == 0

    # Who does not look any more is taken for gone; who waits too long is told, as is whoever is one too many.
    post(one, model)
    monkeypatch.setattr(turns, "UNSEEN", 1)
    post(three, model)
    until(lambda: queued() == 0, "who does not look is gone")
    monkeypatch.setattr(turns, "MOST_WAIT", 0.2)
    told = post(three, model)
    told = waits(three, told["Location"]) if told.status_code == 202 else told
    assert (told.status_code, told.json()["code"]) == (503, "busy")
    monkeypatch.setattr(turns, "MOST_HERE", 0)
    assert (post(three, model).status_code, Call.objects.filter(state__in=OPEN).count()) == (503, 1)


def test_an_engine_that_says_what_nobody_understands_ends_the_call_at_once(
    model: str, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = browser(1), browser(2)
    first, second = post(one, model), post(two, model)
    assert second.json()["state"] == "queued"
    for name in ("ask_sense", "look_at"):
        monkeypatch.setattr(f"inference.modalities.actions.{name}", _says_nonsense)
    with pytest.raises(TypeError):
        one.get(first["Location"])
    assert Call.objects.get().state == CallState.FAILED
    until(lambda: two.get(second["Location"]).status_code == 404, "it is told")
    assert list(Call.objects.values_list("state", flat=True)) == [CallState.FAILED] * 2
    assert UsageWindow.objects.get(scope="all").reserved == 0
    # Its place is free for the next.
    monkeypatch.undo()
    monkeypatch.setattr("inference.modalities.api.WAIT", 0.0)
    assert post(two, model).json()["state"] == "waiting"


def _says_nonsense(*_given: Any, **_named: Any) -> Any:
    raise TypeError("list indices must be integers or slices, not str")


def test_a_key_that_is_revoked_while_it_waits_gets_no_answer(model: str, held: Held) -> None:
    made = create_key(user=holder(), name="Bot", chain_id=None)
    told = {"Authorization": f"Bearer {made.secret}"}
    post(browser(1), model)
    client = browser(2)
    where = post(client, model, **told)["Location"]
    assert client.get(where, headers=told).status_code == 202
    assert client.get(where).status_code == 404  # without the key it is nobody's
    revoke_key(user=made.key.user, pk=made.key.pk)
    assert client.get(where, headers=told).status_code == 401
    assert client.delete(where, headers=told).status_code == 401


def test_a_page_says_the_place_and_comes_to_the_answer(
    model: str, held: Held, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.modalities.views.WAIT", 0.0)
    first, client = post(browser(1), model), browser(2)
    page = client.post(f"/try/{model}", {"text": "Wo?"}).content.decode()
    assert "Your place in the queue: 1." in page
    where = page.split('hx-get="/answers/')[1].split('"')[0]
    assert "Your place in the queue: 1." in client.get(f"/answers/{where}").content.decode()
    assert browser(3).get("/answers/00000000-0000-4000-8000-000000000000").status_code == 404
    held.answer()
    browser(1).get(first["Location"])
    until(lambda: "in the queue" not in client.get(f"/answers/{where}").content.decode(), "its turn comes")
    held.answer()
    assert "German" in (said := client.get(f"/answers/{where}").content.decode()) or "de" in said
    # What goes wrong in its turn is said in the page's place.
    first = post(browser(1), model)
    page = client.post(f"/try/{model}", {"text": "Wo?"}).content.decode()
    where = page.split('hx-get="/answers/')[1].split('"')[0]
    settings.ENGINES = settings.ENGINES | {KIND: {**settings.ENGINES[KIND], "url": "http://127.0.0.1:9/v1"}}
    assert browser(1).delete(first["Location"]).status_code == 204
    until(lambda: client.get(f"/answers/{where}").status_code == 422, "it is said")
    assert "is warming up" in client.get(f"/answers/{where}").content.decode()
    assert Call.objects.latest("started_at").state == CallState.FAILED
