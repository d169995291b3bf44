"""A seller's servers for programs: what a person does on the pages, and keys that no answer repeats."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Account, User
from common.sealing import unseal
from inference.models import Upstream, UpstreamState
from inference.servers import key_of
from marketplace.publish import actions
from marketplace.publish.models import Draft
from tests.factories.marketplace import listing as make_listing

from .seller import KEY

URL, OTHER = "https://models.example/v1", "https://other.example/v1"
NEW = "another-one-of-mine"
TOML = f'schema = 1\n[model]\nname = "tiny"\n[[endpoints]]\nurl = "{URL}"\nmodel = "lemon-1"\n'


@pytest.fixture
def seller(db: None) -> User:
    return User.objects.create(address="0x" + "c" * 40)


@pytest.fixture
def draft(seller: User) -> Draft:
    return actions.create_draft(user=seller)


@pytest.fixture
def program(seller: User) -> Client:
    made = Client()
    made.force_login(seller)
    return made


def ask(client: Client, method: str, path: str, **body: Any) -> Any:
    return getattr(client, method)(f"/api/v1{path}", body, content_type="application/json")


def test_a_program_adds_changes_tries_switches_and_removes_a_server(program: Client, draft: Draft) -> None:
    here = f"/drafts/{draft.pk}/upstreams"
    made = ask(program, "post", here, base_url=f"{URL}/chat/completions", model=" lemon-1 ", key=KEY, at_once=2)
    assert made.status_code == 201, made.content
    found = made.json()
    assert (found["base_url"], found["model"], found["state"], found["at_once"]) == (URL, "lemon-1", "probing", 2)
    assert (found["has_key"], found["key_end"], found["is_being_tried"]) == (True, KEY[-4:], True)
    one = f"/upstreams/{found['id']}"
    changed = ask(program, "patch", one, model="lemon-2", retains=False).json()
    assert (changed["model"], changed["base_url"], changed["retains"]) == ("lemon-2", URL, False)
    assert ask(program, "patch", one, retains=None).json()["retains"] is None
    assert ask(program, "patch", one, base_url=OTHER).json()["code"] == "key-needed"
    assert ask(program, "patch", one, base_url=OTHER, key=NEW).json()["base_url"] == OTHER
    kept = Upstream.objects.get()
    assert unseal(kept.sealed_key or b"", bound_to=key_of(kept)) == NEW
    off = ask(program, "put", f"{one}/switch", on=False).json()
    assert (off["state"], off["says"]) == ("off", "Switched off: it gets no calls.")
    assert ask(program, "put", f"{one}/switch", on=True).json()["state"] == "probing"
    assert ask(program, "post", f"{one}/probe").status_code == 202
    assert ask(program, "put", f"{one}/key", key="").json()["has_key"] is False
    assert [each["id"] for each in program.get(f"/api/v1{here}").json()["items"]] == [found["id"]]
    assert program.delete(f"/api/v1{one}").status_code == 204
    assert program.get(f"/api/v1{one}").status_code == 404
    assert program.delete(f"/api/v1{one}").status_code == 404


def test_no_answer_repeats_a_key(program: Client, draft: Draft) -> None:
    here = f"/drafts/{draft.pk}/upstreams"
    made = ask(program, "post", here, base_url=URL, key=KEY)
    one = f"/upstreams/{made.json()['id']}"
    answers = [made, program.get(f"/api/v1{here}"), program.get(f"/api/v1{one}")]
    answers += [
        ask(program, "post", here, base_url="http://127.0.0.1:9", key=KEY),
        ask(program, "post", here, base_url=URL, key=[KEY]),
        ask(program, "post", here, base_url=URL, key=KEY, mode="rerank"),
        ask(program, "put", f"{one}/key", key=f"{KEY} with a blank"),
        ask(program, "patch", one, base_url=OTHER),
    ]
    assert [each.status_code >= 400 for each in answers] == [False] * 3 + [True] * 5
    for answer in answers:
        assert KEY not in answer.content.decode()


def test_servers_are_their_sellers_alone(program: Client, draft: Draft, seller: User) -> None:
    listing = make_listing("acme/chat", task="text-generation")
    here = "/listings/acme/chat/upstreams"
    assert ask(program, "post", here, base_url=URL).status_code == 404
    Account.objects.filter(pk=listing.owner_id).update(user=seller, is_reserved=False)
    made = ask(program, "post", here, base_url=URL)
    assert (made.status_code, made.json()["listing"]) == (201, "acme/chat")
    one = f"/upstreams/{made.json()['id']}"
    stranger = Client()
    stranger.force_login(User.objects.create(address="0x" + "d" * 40))
    for who, status in ((Client(), 401), (stranger, 404)):
        for method, path in (
            *(("get", here), ("get", one), ("delete", one), ("get", f"/drafts/{draft.pk}/upstreams")),
            *(("patch", one), ("put", f"{one}/switch"), ("put", f"{one}/key"), ("post", f"{one}/probe")),
        ):
            said: dict[str, Any] = {"on": False} if path.endswith("switch") else {}
            said = {"key": ""} if path.endswith("key") else said
            assert ask(who, method, path, **said).status_code == status, (method, path)
    assert Upstream.objects.get().state == UpstreamState.PROBING


def test_what_a_citrate_toml_names_becomes_servers_whose_keys_are_asked_later(program: Client) -> None:
    made = ask(program, "post", "/drafts", toml=TOML)
    assert made.status_code == 201, made.content
    assert "endpoints" not in made.json()["manifest"]
    (server,) = program.get(f"/api/v1/drafts/{made.json()['id']}/upstreams").json()["items"]
    assert (server["base_url"], server["model"], server["has_key"], server["mode"]) == (URL, "lemon-1", False, "chat")
    here = f"/sell/drafts/{made.json()['id']}/citrate.toml"
    more = f'{TOML}[[endpoints]]\nurl = "{OTHER}"\n'
    assert program.post(here, {"toml": more}).status_code == 302
    assert program.post(here, {"toml": more}).status_code == 302  # twice is once
    assert [each.base_url for each in Upstream.objects.order_by("place")] == [URL, OTHER]
    out = program.get(here, {"as": "file"}).content.decode()
    assert URL in out
    assert OTHER in out
    Upstream.objects.filter(base_url=OTHER).delete()
    assert OTHER not in program.get(here, {"as": "file"}).content.decode()


def test_a_server_that_cannot_be_refuses_the_whole_file_and_says_which(program: Client) -> None:
    said = TOML.replace("models.example", "10.0.0.1")
    refused = ask(program, "post", "/drafts", toml=said)
    assert refused.status_code == 422, refused.content
    page = program.post("/sell/new", {"as": "manifest", "toml": said})
    assert page.status_code == 422
    assert "10.0.0.1" in page.content.decode()
    assert not Draft.objects.exists()
    assert not Upstream.objects.exists()
