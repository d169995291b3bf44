"""Proposals and votes as JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

from contracts.chain import codec
from contracts.names import DAO
from governance.onchain.models.proposals import Support
from tests.factories.governance import WHOLE, address, dao_chain, proposal, vote

BASE = "/api/v1/governance/proposals"


def get(client: Client, path: str = "", **query: Any) -> Any:
    answer = client.get(BASE + path, query)
    return answer.json() | {"status": answer.json().get("status", answer.status_code)}


def test_a_proposal_is_told_with_votes_quorum_times_and_actions(db: None, client: Client) -> None:
    chain = dao_chain()
    dao, data = chain.deployment[DAO], codec.call_data(DAO, "setVotingPeriod", [864_000])
    made = proposal(chain, 1, description="# Longer votes", targets=[dao], values=["0"], calldatas=[data])
    vote(made, address(5), Support.FOR, 2**70)
    (told,) = get(client)["items"]
    action = {"target": dao, "contract": DAO, "value": "0", "calldata": data, "signature": "setVotingPeriod(uint32)"}
    assert (told["id"], told["title"], told["state"]) == (1, "Longer votes", "active")
    assert {name: value for name, value in told["actions"][0].items() if value is not None} == action
    assert told["votes"] == {"for": str(2**70), "against": "0", "abstain": "0"}
    assert told["quorum"] == {"required": str(40_000_000 * WHOLE), "counted": str(2**70), "reached": False}
    assert told["times"]["closes"] == "2026-06-06T12:00:00Z"
    assert told["times"]["expires"] is None
    whole = get(client, "/1")
    assert whole["description"] == "# Longer votes"
    assert "10 days" in whole["actions"][0]["words"]
    assert whole["block"] == 100


def test_filters_are_those_of_the_page_and_a_wrong_one_is_refused(db: None, client: Client) -> None:
    chain = dao_chain()
    proposal(chain, 1, description="# Lower the fee")
    proposal(chain, 2, description="# Raise the fee", opens=timedelta(days=-10), proposer=address(0xB))
    assert [each["id"] for each in get(client, state="done")["items"]] == [2]
    assert [each["id"] for each in get(client, state="active")["items"]] == [1]
    assert [each["id"] for each in get(client, q="FEE lower")["items"]] == [1]
    assert [each["id"] for each in get(client, proposer=address(0xB))["items"]] == [2]
    assert get(client, state="lost")["code"] == "filter-not-understood"
    assert get(client, proposer="0x12")["code"] == "filter-not-understood"
    assert get(client, cursor="nonsense")["code"] == "cursor-invalid"


def test_pages_meet_each_proposal_and_each_vote_once(db: None, client: Client) -> None:
    chain = dao_chain()
    for number in range(1, 8):
        made = proposal(chain, number)
        vote(made, address(number), Support.AGAINST, number)
        vote(made, address(number + 100), Support.FOR, number, reason="Yes\n\x85no")
    walked, cursor = [], ""
    while cursor is not None:
        answer = get(client, limit=3, cursor=cursor)
        walked += [each["id"] for each in answer["items"]]
        cursor = answer["next"]
    assert walked == [7, 6, 5, 4, 3, 2, 1]
    first = get(client, "/7/votes", limit=1)
    rest = get(client, "/7/votes", limit=1, cursor=first["next"])
    assert {each["voter"] for each in first["items"] + rest["items"]} == {address(7), address(107)}
    assert rest["next"] is None
    (against,) = get(client, "/7/votes", side="against")["items"]
    assert (against["side"], against["votes"], against["final"]) == ("against", "7", True)
    assert get(client, "/7/votes", side="maybe")["status"] == 422


def test_what_is_not_there_is_a_problem(db: None, client: Client) -> None:
    assert get(client)["code"] == "no-dao"
    dao_chain()
    for path in ("/1", "/1/votes", f"/{2**70}"):
        assert get(client, path)["code"] == "proposal-not-found"
