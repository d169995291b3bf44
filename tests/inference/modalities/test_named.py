"""A question with a name is one call, whoever sends it how often: its answer, or its 202, and never a second charge."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from inference.actions import finish_call
from inference.kept_models import KEPT, KeptAnswer
from inference.keys.actions import create_key
from inference.modalities import named
from inference.models import OPEN, Call, CallState, UsageWindow
from tests.inference.keys.holders import holder
from tests.waiting import until

from .held import KIND, SAID, Held
from .test_turns import browser, held, model, post, queued, quick, waits

__all__ = ["held", "model", "quick"]
pytestmark = [pytest.mark.usefixtures("quick"), pytest.mark.xdist_group("named")]


def secret(number: int = 1) -> dict[str, str]:
    """Return the header of a new key of somebody's."""
    return {"Authorization": f"Bearer {create_key(user=holder(number), name='Bot', chain_id=None).secret}"}


def spent() -> tuple[int, int]:
    whole = UsageWindow.objects.get(scope="all")
    return whole.spent, whole.reserved


def test_fifty_at_once_are_one_call(model: str, held: Held) -> None:
    told = {**secret(), "Idempotency-Key": "one-question"}

    def ask(_number: int) -> Any:
        try:
            return post(browser(1), model, **told)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(ask, range(50)))
    assert {each.status_code for each in answers} == {202}, [each.content for each in answers]
    assert len({(each.json()["id"], each["Location"]) for each in answers}) == 1
    assert Counter(each.get("Idempotent-Replayed") for each in answers) == {None: 1, "true": 49}
    assert (Call.objects.count(), len(held.questions)) == (1, 1)
    held.answer()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(8)))
    assert {each.status_code for each in answers} == {200}
    assert len({each.content for each in answers}) == 1
    said = answers[0].json()
    assert (said["output"], said["usage"]["prompt_tokens"]) == (SAID, spent()[0])
    assert (Call.objects.get().state, spent()[1]) == (CallState.DONE, 0)


def test_the_answer_is_kept_for_a_day_sealed_and_for_who_asked(model: str, held: Held, settings: Settings) -> None:
    mine, others = secret(1), secret(2)
    first = post(browser(1), model, **mine, **{"Idempotency-Key": "a"})
    held.answer()
    said = browser(1).get(first["Location"], headers=mine).json()
    assert said["output"] == SAID
    assert b"classes" not in bytes(KeptAnswer.objects.get().sealed or b"")
    held.questions.clear()  # its engine has forgotten it, or was begun anew
    again = post(browser(3), model, **mine, **{"Idempotency-Key": "a"})
    assert (again.status_code, again.json(), again["Idempotent-Replayed"]) == (200, said, "true")
    # The same name of another wallet, or of another key of the same, is another question.
    for number, key in enumerate((others, secret(1)), 2):
        other = post(browser(2), model, **key, **{"Idempotency-Key": "a"})
        assert (other.status_code, other.json()["id"] == said["id"]) == (202, False)
        assert Call.objects.count() == number
        held.answer()
        assert browser(2).get(other["Location"], headers=key).status_code == 200
    # A day later it is asked anew.
    KeptAnswer.objects.update(created_at=timezone.now() - KEPT - timedelta(seconds=1))
    assert post(browser(1), model, **mine, **{"Idempotency-Key": "a"}).status_code == 202
    assert Call.objects.count() == 4


def test_another_question_under_a_name_is_refused_in_the_words_of_the_gateway(model: str, held: Held) -> None:
    told = {**secret(), "Idempotency-Key": "b"}
    first = post(browser(1), model, **told)
    other = post(browser(1), model, "Où est la gare ?", **told)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert "Something else was asked under this Idempotency-Key." in other.json()["detail"]
    body = json.dumps({"input": {"text": "Wo ist der Bahnhof?"}, "provider": {"sort": "price"}})
    path = f"/api/v1/listings/{model}/infer"
    assert browser(1).post(path, body, content_type="application/json", headers=told).status_code == 422
    # Written in another order, and with the model's name in capitals, it is the same.
    body = '{"provider": null, "input":  {"text": "Wo ist der Bahnhof\\u003f"}}'
    same = browser(1).post(path.replace(model, model.upper()), body, content_type="application/json", headers=told)
    assert (same.status_code, same.json()["id"]) == (202, first.json()["id"])
    long = post(browser(1), model, **{**told, "Idempotency-Key": "x" * 256})
    assert (long.status_code, long.json()["code"]) == (400, "invalid-value")
    assert Call.objects.count() == 1


def test_nobody_has_no_names(model: str, held: Held) -> None:
    refused = post(browser(1), model, **{"Idempotency-Key": "c"})
    assert (refused.status_code, refused.json()["code"]) == (401, "not-signed-in")
    assert not Call.objects.exists()
    # Who is signed in has some, which are not those of their keys.
    page = browser(1)
    page.force_login(holder())
    first, second = (post(page, model, **{"Idempotency-Key": "c"}) for _ in range(2))
    assert first.json() == second.json()
    post(browser(1), model, **secret(), **{"Idempotency-Key": "c"})
    assert KeptAnswer.objects.count() == 2


@pytest.mark.parametrize("name", ["é", "\xff\x80", "ключ", "🍋", "\ud800", "a b", "' or 1=1", "%00", "е" * 200])
def test_odd_names_are_names(model: str, held: Held, name: str) -> None:
    told = {**secret(), "Idempotency-Key": name}
    first, second = (post(browser(1), model, **told) for _ in range(2))
    assert (first.status_code, first.json()["id"]) == (202, second.json()["id"])
    assert Call.objects.count() == 1


def test_what_came_to_nothing_is_asked_anew(
    model: str, held: Held, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {**secret(), "Idempotency-Key": "d"}
    there, gone = settings.ENGINES, {**settings.ENGINES[KIND], "url": "http://127.0.0.1:9/v1"}
    settings.ENGINES = {**there, KIND: gone}
    refused = post(browser(1), model, **told)
    assert (refused.status_code, refused.json()["code"], KeptAnswer.objects.count()) == (503, "warming-up", 0)
    settings.ENGINES = there
    first = post(browser(1), model, **told)
    assert first.status_code == 202
    # Given up, it is free again; so is what its engine has lost.
    assert browser(1).delete(first["Location"], headers=told).status_code == 204
    second = post(browser(1), model, **told)
    assert second.json()["id"] != first.json()["id"]
    held.questions.clear()
    monkeypatch.setattr("inference.modalities.actions.ASKING", timedelta(0))
    lost = post(browser(1), model, **told)
    assert (lost.status_code, lost.json()["code"]) == (503, "gone")
    third = post(browser(1), model, **told)
    held.answer()
    assert browser(1).get(third["Location"], headers=told).status_code == 200
    assert post(browser(1), model, **told).json()["id"] == third.json()["id"]
    states = list(Call.objects.order_by("started_at").values_list("state", flat=True))
    assert states == [CallState.FAILED, CallState.STOPPED, CallState.FAILED, CallState.DONE]
    assert spent() == (Call.objects.get(state=CallState.DONE).prompt_tokens, 0)


def test_a_named_question_waits_once_in_turn(model: str, held: Held) -> None:
    told = {**secret(), "Idempotency-Key": "e"}
    running = post(browser(2), model)
    first, second = (post(browser(1), model, **told) for _ in range(2))
    assert (first.json()["state"], first.json()["id"], queued()) == ("queued", second.json()["id"], 1)
    # Given up, it is asked anew under the same name.
    assert browser(1).delete(first["Location"], headers=told).status_code == 204
    until(lambda: queued() == 0, "it has left")
    third = post(browser(1), model, **told)
    assert (third.json()["state"], third.json()["id"] != first.json()["id"]) == ("queued", True)
    held.answer()
    assert browser(2).get(running["Location"]).status_code == 200
    client = Client(headers=told)
    assert waits(client, third["Location"]).json()["state"] == "waiting"
    assert post(browser(1), model, **told).json()["id"] == third.json()["id"]
    held.answer()
    done = post(browser(1), model, **told).json()
    assert (done["state"], done["id"], Call.objects.count()) == ("done", third.json()["id"], 2)
    assert client.get(third["Location"]).json() == done
    assert not Call.objects.filter(state__in=OPEN).exists()


def test_who_began_it_and_died_leaves_the_name_free(model: str, held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {**secret(), "Idempotency-Key": "f"}
    first = post(browser(1), model, **told)
    monkeypatch.setattr(named, "SOON", 0.1)
    KeptAnswer.objects.update(call_id=None)  # as before its call has begun
    busy = post(browser(1), model, **told)
    assert (busy.status_code, busy.json()["code"]) == (503, "busy")
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(seconds=61))
    finish_call(call_id=UUID(first.json()["id"]), state=CallState.FAILED)
    assert post(browser(1), model, **told).status_code == 202
    assert KeptAnswer.objects.get().call_id == Call.objects.latest("started_at").pk


def test_an_estimate_asks_nobody(model: str, held: Held) -> None:
    body = json.dumps({"input": {"text": "Wo ist der Bahnhof?"}, "dry_run": True})
    path, told = f"/api/v1/listings/{model}/infer", {**secret(), "Idempotency-Key": "g"}
    for headers in ({}, told):
        said = browser(1).post(path, body, content_type="application/json", headers=headers).json()
        assert (said["dry_run"], said["listing"], said["version"]) == (True, model, "1.0.0")
        assert said["usage"]["cost"] is None
    assert not Call.objects.exists()
    assert not held.questions
    assert not KeptAnswer.objects.exists()
    asked = post(browser(1), model, **told)
    assert Call.objects.get().prompt_tokens == said["usage"]["prompt_tokens"] == said["usage"]["total_tokens"] > 0
    assert asked.status_code == 202
    for wrong, status in (({"text": 7}, 422), ({}, 422)):
        body = json.dumps({"input": wrong, "dry_run": True})
        assert browser(1).post(path, body, content_type="application/json").status_code == status
    body = json.dumps({"input": {"text": "Wo?"}, "dry_run": True, "provider": {"only": ["nobody"]}})
    refused = browser(1).post(path, body, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (404, "no-upstream-fits")
