"""The treasury's page: what it holds, what its caps leave, what comes and goes, and what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contracts.models import Chain
from contracts.names import COIN, TOKEN
from governance.onchain.models.treasury import SpendingFact
from governance.treasury.books import books_of
from governance.treasury.models import TreasuryReading
from marketplace.onchain.models.sales import ReferralFact
from tests.factories.governance import NOW, _hash, _record, address, dao_chain, proposal
from tests.factories.rules import ETHER, LATTICE_HELD, executed, released, ruled_chain, sold, spent, vaulted


@pytest.fixture
def chain(db: None) -> Chain:
    return ruled_chain()


def page(client: Client, **query: str) -> str:
    answer = client.get("/dao/treasury", query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_page_shows_holdings_with_what_the_caps_leave_and_when_more_frees(chain: Chain, client: Client) -> None:
    released(chain, 20 * ETHER, since=NOW - timedelta(days=40))
    spent(chain, ETHER // 4, since=NOW - timedelta(days=10))
    found = page(client)
    assert "9.75" in found  # half of the fees, less what was spent
    # A tenth of what there was, and a twentieth of what there is.
    assert "0.25 ETH of 1 ETH spent in 30 days" in found
    assert "<dd>0.75 ETH</dd>" in found
    assert "<dd>0.4875 ETH</dd>" in found
    assert "Frees 21 Jun, 12:00 UTC" in found
    assert "600,000,000" in found


def test_a_token_that_somebody_sent_and_released_is_no_asset_of_the_treasury(chain: Chain, client: Client) -> None:
    stranger, taken = address(0x66), address(0x67)
    before = page(client)
    released(chain, 10**30, token=stranger)
    assert page(client) == before
    # One that fees were paid in is.
    released(chain, 10**30, token=taken)
    vaulted(chain, 5, token=taken)
    books = books_of(chain, NOW, chain.head())
    assert books.holding(taken) is not None
    assert books.holding(stranger) is None


def test_a_payment_of_more_than_thirty_days_ago_counts_no_more(chain: Chain, client: Client) -> None:
    released(chain, 20 * ETHER, since=NOW - timedelta(days=50))
    spent(chain, ETHER // 4, since=NOW - timedelta(days=30))
    found = page(client)
    assert "0 ETH of 0.975 ETH spent in 30 days" in found
    assert "Frees" not in found


def test_a_payment_is_shown_with_the_proposal_that_made_it(chain: Chain, client: Client) -> None:
    made = executed(chain, 3, description="# Fund <b>an</b> audit")
    spent(chain, 5 * ETHER, asset=chain.deployment[TOKEN], by=made)
    found = page(client)
    assert "Fund &lt;b&gt;an&lt;/b&gt; audit" in found
    assert "/dao/proposals/3" in found
    assert '>5</data> <span class="unit">LATTICE</span>' in found


def test_what_waits_in_the_fee_vault_is_divided_by_anybody(chain: Chain, client: Client) -> None:
    vaulted(chain, ETHER)
    found = page(client)
    assert "Divide 1 ETH" in found
    assert "<dt>Of it, to stakers</dt><dd>0.3 ETH</dd>" in found
    assert "<dt>to the bonus pool</dt><dd>0.2 ETH</dd>" in found
    assert "<dt>to the treasury</dt><dd>0.5 ETH</dd>" in found
    answer = client.post("/dao/treasury/release", {"token": COIN})
    assert answer.status_code == 302  # to the sign-in


def test_fees_are_shown_by_day_and_model_without_referrers_parts(chain: Chain, client: Client) -> None:
    sold(chain, ETHER)
    referred = sold(chain, ETHER, referrer=address(9), index=5)
    of = {"referrer": referred.referrer, "model_id": referred.model_id, "token": COIN, "day": 1, "amount": ETHER // 5}
    ReferralFact.objects.create(**_record(chain, NOW) | {"tx_hash": referred.tx_hash, "index": 4}, **of)
    found = page(client)
    assert "1.8" in found
    assert "and 0.2 ETH to whoever sent the buyers" in found
    csv = client.get("/dao/treasury/fees.csv").content.decode().splitlines()
    assert csv[0].startswith("day,model,model_id,state,sales")
    assert csv[1].endswith(",2,ETH,1.8,0.2,1800000000000000000")


def test_what_is_ready_in_the_timelock_can_be_executed_and_the_rest_counts_down(chain: Chain, client: Client) -> None:
    old = timedelta(days=-12)
    proposal(chain, 1, opens=old, eta=NOW - timedelta(hours=1), description="Ready now")
    proposal(chain, 2, opens=old, eta=NOW + timedelta(hours=30), description="Later")
    proposal(chain, 3, opens=old, eta=NOW - timedelta(days=15), description="Expired")
    found = page(client)
    assert "due now, expires 15 Jun, 11:00 UTC" in found
    assert "due in 1 day, 6 hours" in found
    assert found.count(">Execute</button>") == 1
    assert "Expired" not in found


def test_what_the_chain_counted_stands_above_what_events_say(chain: Chain, client: Client) -> None:
    released(chain, 2 * ETHER)
    TreasuryReading.objects.create(chain=chain, asset=COIN, balance=7 * ETHER, block_number=50, block_hash=_hash(50))
    later = spent(chain, ETHER)
    SpendingFact.objects.filter(pk=later.pk).update(block_number=60)
    found = page(client)
    assert "Counted on the chain at block 50, with what came and went since. 6 ETH of it came in otherwise" in found


def test_runway_says_no_outflow_growth_or_days(chain: Chain, client: Client) -> None:
    assert "no outflow in 90 days" in page(client)
    spent(chain, LATTICE_HELD // 30, asset=chain.deployment[TOKEN])
    assert "900 days" in page(client)
    released(chain, 10 * ETHER)
    spent(chain, ETHER)
    assert "growing" in page(client)


def test_an_empty_dao_says_so_everywhere(db: None, client: Client) -> None:
    dao_chain()
    found = page(client)
    assert "Nothing has left the treasury." in found
    assert "No sale has paid a fee in this period." in found
    assert "Nothing has been divided yet." in found


def test_ten_thousand_payments_take_no_more_queries(chain: Chain, client: Client) -> None:
    made = executed(chain, 1)
    times = (NOW - timedelta(minutes=n) for n in range(10_000))
    rows = [SpendingFact(**_record(chain, time), asset=COIN, amount=n) for n, time in enumerate(times, start=1)]
    SpendingFact.objects.bulk_create(rows)
    spent(chain, 5, by=made)
    page(client)
    with CaptureQueriesContext(connection) as queries:
        found = page(client)
    assert len(queries) <= 6
    assert "Next page" in found


@pytest.mark.parametrize("query", [{"period": "x"}, {"token": "0x12"}, {"period": "12m"}, {"token": "0x" + "f" * 40}])
def test_what_cannot_be_asked_is_as_if_nothing_was_asked(chain: Chain, client: Client, query: dict[str, str]) -> None:
    sold(chain, ETHER)
    assert "Fees from sales" in page(client, **query)


def test_a_made_up_cursor_is_refused_in_a_sentence(chain: Chain, client: Client) -> None:
    answer = client.get("/dao/treasury", {"after": "zzz"})
    assert answer.status_code == 400
    assert "This page address is not valid" in answer.content.decode()
