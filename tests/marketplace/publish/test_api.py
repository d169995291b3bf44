"""Drafts for programs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User

from .conftest import MANIFEST, Newcomer

TOML = 'schema = 1\n[model]\nname = "writer/new"\nversion = "2.0.0"\n'


def send(client: Client, method: str, path: str, **body: Any) -> Any:
    return getattr(client, method)(f"/api/v1/drafts{path}", body, content_type="application/json")


def test_a_program_writes_a_draft_and_reads_it_again(db: None, client: Client) -> None:
    assert client.get("/api/v1/drafts").status_code == 401
    client.force_login(User.objects.create(address="0x" + "a1" * 20))
    made = send(client, "post", "", toml=TOML).json()
    assert (made["name"], made["version"]) == ("writer/new", "2.0.0")
    path = f"/{made['id']}"
    saved = send(client, "patch", path, revision=0, manifest={"terms": "Be kind.", "plans": MANIFEST["plans"]})
    assert saved.json()["manifest"]["terms"] == "Be kind."
    stale = send(client, "patch", path, revision=0, manifest={"terms": "Be."})
    assert (stale.status_code, stale.json()["code"]) == (409, "changed-elsewhere")
    assert 'price = "0.02"' in client.get(f"/api/v1/drafts{path}/toml").json()["toml"]
    standing = client.get(f"/api/v1/drafts{path}/standing").json()
    assert (standing["stage"], standing["steps"][0]["name"]) == ("draft", "name")
    refused = send(client, "post", f"{path}/listing")
    assert (refused.status_code, refused.json()["code"]) == (422, "not-ready")
    assert client.get("/api/v1/drafts").json()["items"][0]["id"] == made["id"]
    assert client.delete(f"/api/v1/drafts{path}").status_code == 204
    assert client.get(f"/api/v1/drafts{path}").status_code == 404


def test_faults_of_a_file_come_with_their_lines(db: None, client: Client) -> None:
    client.force_login(User.objects.create(address="0x" + "a1" * 20))
    refused = send(client, "post", "", toml=f'{TOML}licence = "mit"\n')
    assert refused.status_code == 422
    assert refused.json()["problems"][0] == {
        "key": "model.licence",
        "line": 5,
        "says": "There is no key of that name here. Do you mean “license”?",
    }


@pytest.mark.usefixtures("newcomer")
def test_a_program_lists_a_draft(newcomer: Newcomer, client: Client) -> None:
    client.force_login(newcomer.user)
    path = f"/{newcomer.draft.pk}"
    call = send(client, "post", f"{path}/listing").json()
    assert call["to"] == newcomer.shop.chain.deployment["ModelMarketplace"]
    assert send(client, "post", f"{path}/sent", tx_hash="0x" + "5a" * 32).status_code == 204
    assert client.get(f"/api/v1/drafts{path}/standing").json()["stage"] == "sent"
