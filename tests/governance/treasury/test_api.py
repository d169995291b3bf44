"""The treasury as JSON."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from contracts.names import COIN
from tests.factories.governance import NOW, proposal
from tests.factories.rules import ETHER, executed, released, ruled_chain, sold, spent, vaulted


def test_programs_get_holdings_caps_fees_and_the_queue(db: None, client: Client) -> None:
    chain = ruled_chain()
    released(chain, 20 * ETHER)
    spent(chain, ETHER // 4, by=executed(chain, 3, description="Pay"))
    vaulted(chain, ETHER)
    sold(chain, ETHER)
    proposal(chain, 1, opens=timedelta(days=-12), eta=NOW + timedelta(hours=1))
    answer = client.get("/api/v1/governance/treasury").json()
    coin = answer["holdings"][0]
    assert (coin["held"], coin["fee_vault"]) == (str(975 * ETHER // 100), str(ETHER))
    assert (coin["month_cap_left"], coin["batch_cap"]) == (str(75 * ETHER // 100), str(4875 * ETHER // 10_000))
    assert answer["fees"] == [{"asset": COIN, "maturing": str(ETHER), "due": "0", "distributed": "0"}]
    assert [(each["proposal"], each["ready"]) for each in answer["queue"]] == [(1, False)]


def test_payments_are_walked_page_by_page(db: None, client: Client) -> None:
    chain = ruled_chain()
    for amount in range(1, 8):
        spent(chain, amount)
    seen: list[str] = []
    after = ""
    while True:
        answer = client.get("/api/v1/governance/treasury/spendings", {"limit": "3", "after": after}).json()
        seen += [each["amount"] for each in answer["items"]]
        after = answer["next"]
        if not after:
            break
    assert sorted(seen) == [str(amount) for amount in range(1, 8)]
