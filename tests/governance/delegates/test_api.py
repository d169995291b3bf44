"""Delegates as JSON."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from accounts.addresses import checksum
from governance.onchain.models.proposals import Support
from tests.factories.governance import WHOLE, address, dao_chain, holder, power, proposal, vote

BIG = address(0xB16)


def test_delegates_are_told_as_json_page_by_page(db: None, client: Client) -> None:
    chain = dao_chain()
    power(chain, BIG, 47 * WHOLE)
    power(chain, address(5), WHOLE)
    first = client.get("/api/v1/governance/delegates", {"limit": 1}).json()
    assert first["items"] == [
        {"address": checksum(BIG), "power": str(47 * WHOLE), "delegators": 0, "recent": {"could": 0, "did": 0}}
    ]
    rest = client.get("/api/v1/governance/delegates", {"cursor": first["next"]}).json()
    assert [each["address"] for each in rest["items"]] == [checksum(address(5))]
    assert rest["next"] == ""
    assert client.get("/api/v1/governance/delegates", {"cursor": "x"}).status_code == 400


def test_a_delegate_is_told_with_its_votes(db: None, client: Client) -> None:
    chain = dao_chain()
    holder(chain, BIG, 5 * WHOLE, delegate=BIG)
    power(chain, BIG, 5 * WHOLE)
    vote(proposal(chain, 1, opens=timedelta(days=-20)), BIG, Support.AGAINST, 5 * WHOLE, "No.")
    told = client.get(f"/api/v1/governance/delegates/{checksum(BIG)}").json()
    assert (told["power"], told["delegate"], told["block"]) == (str(5 * WHOLE), checksum(BIG), 100)
    assert told["participation"] == {"could": 1, "did": 1}
    assert told["votes"][0]["vote"] == "against"
    assert told["delegators"] == [{"address": checksum(BIG), "balance": str(5 * WHOLE)}]
    assert client.get("/api/v1/governance/delegates/0x12").status_code == 422
