"""A ballot by program and by page, on a real chain: asked for, signed, left, relayed, counted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser

from accounts.models import User
from contracts.chain.client import Client
from contracts.models import Chain
from governance.onchain.models.proposals import VoteFact
from governance.voting import api
from tests.contracts.node import Market
from tests.governance.dao import VOTERS
from tests.governance.relay.test_relayer import World
from tests.governance.signing import address_of, key_of, sign

A, B, C, _D = VOTERS
AS_PROGRAM: dict[str, Any] = {"headers": {"Accept": "application/json"}}


@pytest.fixture
def world(alone: tuple[Chain, Client, Market], settings: Any) -> World:
    settings.HOME_CHAIN = "anvil"
    return World(alone)


def test_a_program_signs_leaves_and_follows_a_ballot(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    program, path = Browser(enforce_csrf_checks=True), f"/api/v1/governance/proposals/{world.first}/ballot"

    def look(**asked: str) -> dict[str, Any]:
        found: dict[str, Any] = program.get(path, {"account": key_of(A).address, **asked}).json()
        return found

    def leave(**changed: Any) -> Any:
        said = {"proposal": world.first, "account": key_of(A).address, "side": "against", "reason": "Too low."}
        body = json.dumps({**said, "signature": signature, **changed})
        return program.post("/api/v1/governance/ballots", body, content_type="application/json")

    cache.clear()
    monkeypatch.setattr("governance.relay.actions.SIGNED_AN_HOUR", 1)
    opened = look(side="against", reason="Too low.")
    assert (opened["state"], opened["side"], opened["lack"]) == ("open", None, None)
    assert int(opened["votes"]) > 0
    signature = sign(A, opened["typed_data"])
    wrong = leave(side="for")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "signature-refused")
    assert leave(side="perhaps").status_code == 422
    assert leave(reason="Too\x00low.").status_code == 422
    # What others have sent in its name did not use up what the account may leave.
    left = leave()
    assert (left.status_code, left.json()["state"], left.json()["side"]) == (202, "signed", None)
    assert leave().status_code == 429
    world.relay()
    assert look()["state"] == "sent"
    world.settle()
    counted = look()
    assert (counted["state"], counted["side"], counted["confirmations"]) == ("counted", "against", 3)
    assert counted["transaction"] == VoteFact.objects.get(voter=address_of(A)).tx_hash
    again = leave()
    assert (again.status_code, again.json()["code"]) == (409, "already-voted")
    monkeypatch.setattr(api, "LEFT_BY_A_CLIENT", 3)
    assert leave().status_code == 429
    assert program.get(path.replace(str(world.first), "99"), {"account": address_of(A)}).status_code == 404
    assert program.get(path, {"account": "nobody"}).status_code == 422
    stranger = program.get(path, {"account": address_of(19)}).json()
    assert (stranger["state"], stranger["lack"], stranger["votes"]) == ("powerless", "empty", "0")


def test_a_page_gives_what_is_to_be_signed_or_sent(world: World, client: Browser) -> None:
    path, choice = f"/dao/proposals/{world.first}", {"support": "2", "reason": " Neither.\r\nNor. "}
    client.force_login(User.objects.create(address=address_of(B)))
    asked = client.post(f"{path}/ballot", choice, **AS_PROGRAM).json()
    assert (asked["to"], asked["chainId"]) == (f"{path}/ballot/signature", world.chain.pk)
    signature = sign(B, asked["typed"])
    taken = client.post(asked["to"], {**choice, **asked["fields"], "signature": signature}, **AS_PROGRAM)
    assert "Signed." in taken.json()["said"]
    # Without a script the same goes by a page on which the signature is pasted.
    page = client.post(f"{path}/ballot", choice).content.decode()
    assert "&quot;primaryType&quot;: &quot;ExtendedBallot&quot;" in page
    assert 'name="support" value="2"' in page
    again = client.post(asked["to"], {**choice, "signature": signature})
    assert (again.status_code, again["Location"]) == (302, f"{path}/ballot")
    call = client.post(f"{path}/vote", choice, **AS_PROGRAM).json()
    assert (call["to"], call["chainId"]) == (world.chain.deployment["LatticeDAO"], world.chain.pk)
    assert "castVoteWithReason" in client.post(f"{path}/vote", choice).content.decode()
    assert "castVote(" in client.post(f"{path}/vote", {"support": "1"}).content.decode()
    world.relay()
    world.settle()
    vote = VoteFact.objects.get(voter=address_of(B))
    assert (vote.support, vote.reason) == (2, "Neither.\nNor.")
    assert client.post(f"/dao/proposals/{'9' * 80}/vote", choice).status_code == 404
    refused = client.post(f"{path}/vote", {"support": "1"}, **AS_PROGRAM)
    assert (refused.status_code, refused.json()["code"]) == (422, "contract-refused")
    assert client.post(f"{path}/ballot", choice, **AS_PROGRAM).json()["code"] == "already-voted"
    client.force_login(User.objects.create(address=address_of(C)))
    other = client.post(asked["to"], {**choice, "signature": signature}, **AS_PROGRAM)
    assert (other.status_code, other.json()["code"]) == (422, "signature-refused")
