"""The parameters' page: meaning, bounds, value, history, and what would change a number."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contracts.chain import codec
from contracts.models import Chain, ParameterFact
from contracts.names import DAO, DAY, TREASURY
from tests.factories.governance import NOW, _record, dao_chain, proposal
from tests.factories.rules import AT, executed, ruled_chain, set_parameter, wants


@pytest.fixture
def chain(db: None) -> Chain:
    return ruled_chain()


def page(client: Client) -> str:
    answer = client.get("/dao/parameters")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def of(key: str, found: str) -> str:
    """Return the part of the page that is about one number."""
    return found.split(f'id="{key}"')[1].split("</article>")[0]


def test_a_number_has_its_meaning_bounds_and_value(chain: Chain, client: Client) -> None:
    fee = of("feeBps", page(client))
    assert "The part of each price that the protocol keeps" in fee
    assert '<p class="value">2.5 %</p>' in fee
    assert "Between 0 % and 5 %; 2.5 % at the start" in fee
    assert "Never changed." in fee
    assert '<p class="value">4 %</p>' in of("quorumNumerator", page(client))
    assert '<p class="value">10 %</p>' in of("monthCap", page(client))
    assert '<p class="value">2,500,000 LATTICE</p>' in of("proposalThreshold", page(client))


def test_a_change_shows_before_after_and_the_proposal_that_made_it(chain: Chain, client: Client) -> None:
    set_parameter(chain, "feeBps", 200, 250, by=executed(chain, 7))
    fee = of("feeBps", page(client))
    assert '<p class="value">2 %</p>' in fee
    assert "2.5 % → <b>2 %</b>" in fee
    assert ">proposal 7</a>" in fee
    assert 'class="rule-steps"' in fee
    assert 'class="rule-steps"' not in of("referralBps", page(client))


def test_proposals_under_way_are_named_and_those_that_are_over_are_not(chain: Chain, client: Client) -> None:
    wants(chain, 1, "feeBps", 100, description="Lower it")
    wants(chain, 2, "feeBps", 400, opens=timedelta(days=-10), description="Lost")
    delay = codec.call_data(DAO, "setVotingDelay", [2 * DAY])
    caps = codec.call_data(TREASURY, "setCaps", [300, 900])
    to = [chain.deployment[DAO], AT[TREASURY]]
    proposal(chain, 3, opens=timedelta(hours=5), targets=to, values=[0, 0], calldatas=[delay, caps])
    found = page(client)
    assert "→ 1 %" in of("feeBps", found)
    assert "Lower it" in of("feeBps", found)
    assert "Lost" not in found
    assert "→ 2 days" in of("votingDelay", found)
    assert "→ 3 %" in of("batchCap", found)
    assert "→ 9 %" in of("monthCap", found)


def test_another_chains_value_stands_beside_the_home_chains(chain: Chain, client: Client) -> None:
    other = Chain.objects.create(pk=8453, short_name="base", name="Base", coin="ETH", confirmations=3, reorg_window=64)
    ParameterFact.objects.create(**_record(other, NOW), key="feeBps", old_value=0, new_value=300)
    assert "Base: 3 %" in of("feeBps", page(client))
    assert "Base" not in of("votingDelay", page(client))


def test_an_empty_chain_shows_the_numbers_without_values(db: None, client: Client) -> None:
    dao_chain()
    assert '<p class="value">–</p>' in of("feeBps", page(client))


def test_a_thousand_changes_take_three_queries_more(chain: Chain, client: Client) -> None:
    rows = [
        ParameterFact(**_record(chain, NOW - timedelta(hours=n)), key="feeBps", old_value=n, new_value=n % 500)
        for n in range(1_000)
    ]
    ParameterFact.objects.bulk_create(rows)
    page(client)
    with CaptureQueriesContext(connection) as queries:
        fee = of("feeBps", page(client))
    assert len(queries) <= 6
    assert "995 earlier changes" in fee


def test_the_file_has_every_change(chain: Chain, client: Client) -> None:
    set_parameter(chain, "feeBps", 200, 250, by=executed(chain, 7, description="=1+1"))
    rows = client.get("/dao/parameters.csv").content.decode().splitlines()
    assert len(rows) == 1 + 20 + 1
    (changed,) = [row for row in rows if ",feeBps,250,200,bps,7," in row]
    assert "'=1+1" in changed  # no formula


def test_programs_get_the_same(chain: Chain, client: Client) -> None:
    set_parameter(chain, "feeBps", 200, 250, by=executed(chain, 7))
    wants(chain, 1, "feeBps", 100)
    answer = client.get("/api/v1/governance/parameters").json()
    (fee,) = [each for each in answer["items"] if each["key"] == "feeBps"]
    assert (fee["value"], fee["least"], fee["most"], fee["start"], fee["unit"]) == ("200", "0", "500", "250", "bps")
    assert [each["proposal"] for each in fee["history"]] == [None, 7]
    assert fee["proposals"] == [{"proposal": 1, "state": "active", "value": "100"}]
