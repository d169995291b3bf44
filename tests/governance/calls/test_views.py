"""A proposal's simulation as a page, a fragment and JSON: while it is voted on, and when it has been executed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from contracts.chain import codec
from contracts.chain.client import Client
from contracts.indexer import lead
from contracts.models import Chain
from contracts.names import DAO, DAY, PARAMETERS
from governance.calls.explaining import explain_proposal
from governance.onchain.models.proposals import OnchainProposal
from tests.contracts.node import Market
from tests.governance.dao import VOTERS, Dao, word

World = tuple[Chain, Client, Market]


def ask(browser: Browser, number: int) -> dict[str, Any]:
    answer = browser.get(f"/api/v1/governance/proposals/{number}/simulation")
    assert answer.status_code == HTTPStatus.OK, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_a_proposal_is_tried_until_it_is_executed_and_then_shows_what_it_did(alone: World, client: Browser) -> None:
    chain, rpc, market = alone
    dao = Dao(rpc, market)
    dao.open()
    fee = (PARAMETERS, "set", [word("feeBps"), 200])
    number = dao.propose(VOTERS[0], fee, (DAO, "setVotingPeriod", [10 * DAY]))
    wrong = dao.propose(VOTERS[1], fee, (PARAMETERS, "set", [word("feeBps"), 501]))
    lead.catch_up(chain, rpc)

    told = ask(client, number)
    assert (told["status"], told["block"]) == ("succeeds", rpc.block_number())
    assert [each["contract"] for each in told["changes"]] == ["the protocol’s parameters", "the DAO’s governor"]
    with CaptureQueriesContext(connection) as queries:
        page = client.get(f"/dao/proposals/{number}/simulation").content.decode()
    assert len(queries) <= 6
    assert "It succeeds" in page
    assert "<html" in page
    htmx = {"HX-Request": "true", "HX-Target": "div#simulation"}
    fragment = client.get(f"/dao/proposals/{number}/simulation", headers=htmx).content.decode()
    assert fragment.lstrip().startswith('<div class="simulation" id="simulation">')
    told = ask(client, wrong)
    assert (told["status"], told["error"], told["failing_action"]) == ("reverts", "ParameterOutOfBounds", 2)
    assert "It would be refused, at action 2" in client.get(f"/dao/proposals/{wrong}/simulation").content.decode()

    dao.carry(number)
    lead.catch_up(chain, rpc)
    told = ask(client, number)
    assert (told["status"], told["block"], told["balances"]) == ("executed", None, [])
    assert "What its execution changed" in client.get(f"/dao/proposals/{number}/simulation").content.decode()
    assert ask(client, wrong)["status"] == "over"
    assert client.get("/dao/proposals/999/simulation").status_code == HTTPStatus.NOT_FOUND
    assert client.get(f"/dao/proposals/{2**70}/simulation").status_code == HTTPStatus.NOT_FOUND

    done = OnchainProposal.objects.get(number=number)
    first, second = explain_proposal(done)
    assert first.title == "Set the protocol fee from 2.5\N{NO-BREAK SPACE}% to 2\N{NO-BREAK SPACE}%"
    assert second.title == "Set the length of a vote from 6 days to 10 days"
    assert [effect.value for effect in second.effects] == ["13 days, not 9 days", "16 days, not 12 days"]
    assert market.view(PARAMETERS, "get", [codec.word("feeBps")]) == 200
