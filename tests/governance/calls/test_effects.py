"""What actions come to, in figures that can be added up by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.chain import abi, codec
from contracts.models import Chain, ParameterFact, Tally
from contracts.names import COIN, DAO, DAY, PARAMETERS, TOKEN, TREASURY
from governance.calls.sales import shares_of
from governance.calls.units import span
from governance.onchain.models.power import BALANCE, POWER
from governance.onchain.models.settings import SettingFact
from governance.onchain.models.treasury import SpendingFact
from marketplace.onchain.models.escrow import ChargeFact
from marketplace.onchain.models.sales import PurchaseFact
from tests.factories.governance import NOW, WHOLE, _record, address, dao_chain

from .conftest import said

pytestmark = pytest.mark.django_db

ETHER = 10**18
TERMS = {"feeBps": 250, "referralBps": 50, "stakersBps": 75, "bonusCapBps": 50}
PERIODS = {"VotingDelaySet": DAY, "VotingPeriodSet": 6 * DAY, "MinDelayChange": 2 * DAY}


@pytest.fixture
def chain() -> Chain:
    """A chain with the terms and periods that the contracts begin with."""
    made = dao_chain()
    made.deployment = {name: address(0xC000 + place) for place, name in enumerate(abi.NAMES)}
    made.save()
    begun = NOW - timedelta(days=60)
    for key, value in {**TERMS, "refundWindow": 7 * DAY}.items():
        ParameterFact.objects.create(**_record(made, begun), key=key, old_value=0, new_value=value)
    settings: dict[str, Any] = {**PERIODS, "LateQuorumVoteExtensionSet": 2 * DAY, "CapsSet": "500 1000"}
    for name, kept in settings.items():
        SettingFact.objects.create(**_record(made, begun), name=name, old_value="", new_value=str(kept))
    return made


def sell(chain: Chain, paid: int, days: int, **given: Any) -> None:
    facts = {"model_id": "0x" + "1" * 64, "token": COIN, "split_hash": "0x" + "2" * 64, "fee": paid // 40}
    bought = {"buyer": address(5), "recipient": address(5), "referrer": COIN, "ref": "0x", "plan": 0, "quantity": 1}
    made = {**_record(chain, NOW - timedelta(days=days)), **facts, **bought, "maturity_day": 1, "paid": paid}
    PurchaseFact.objects.create(**{**made, **given})


def effects(chain: Chain, contract: str, function: str, *args: Any) -> list[tuple[str, str]]:
    return [(str(each.label), each.value) for each in said(chain, contract, function, *args).effects]


def test_a_lower_fee_is_told_by_the_last_thirty_days_sales(chain: Chain) -> None:
    for paid, days, more in ((200, 2, {}), (40, 29, {"referrer": address(6)}), (1_000, 31, {})):
        sell(chain, paid * ETHER, days, **more)
    charged = {"payer": address(5), "key_id": "0x", "model_id": "0x", "token": COIN, "day": 1, "split_hash": "0x"}
    ChargeFact.objects.create(**_record(chain, NOW - timedelta(days=1)), **charged, amount=10 * ETHER, fee=ETHER // 4)
    made = said(chain, PARAMETERS, "set", codec.word("feeBps"), 200)
    # 250 ETH were sold, of which half a per cent goes from the treasury to the sellers; the referral's part of 0.2 ETH
    # is taken from the whole fee, and so from the parts of stakers and bonus pool as well.
    old, new = (shares_of({**TERMS, "feeBps": fee}, 250 * ETHER, 40 * ETHER, is_coin=True) for fee in (250, 200))
    assert old["treasury"] - new["treasury"] == 1_225 * 10**15
    assert [(str(each.label), each.value) for each in made.effects] == [
        ("At the last 30 days’ sales the treasury gets", "1.225\N{NO-BREAK SPACE}ETH a month less"),
        ("Stakers get", "0.015\N{NO-BREAK SPACE}ETH a month less"),
        ("The bonus pool gets", "0.01\N{NO-BREAK SPACE}ETH a month less"),
        ("Sellers get", "1.25\N{NO-BREAK SPACE}ETH a month more"),
    ]
    assert made.effects[0].note == "Sales of 250\N{NO-BREAK SPACE}ETH, since 2 May 2026"
    for shares in (old, new):
        assert sum(shares.values()) == 250 * ETHER


def test_without_sales_nobody_gets_more_or_less(chain: Chain) -> None:
    assert effects(chain, PARAMETERS, "set", codec.word("stakersBps"), 80) == [
        ("At the last 30 days’ sales", "nobody gets more or less")
    ]
    assert effects(chain, PARAMETERS, "set", codec.word("stakersBps"), 75) == []


def test_a_longer_refund_window_says_who_waits(chain: Chain) -> None:
    sell(chain, ETHER, 1)
    assert effects(chain, PARAMETERS, "set", codec.word("refundWindow"), 10 * DAY) == [
        ("Buyers can return a purchase", "3 days longer"),
        ("Sellers wait for their money", "3 days longer"),
    ]


def test_periods_and_quorum_are_said_in_days_and_votes(chain: Chain) -> None:
    assert effects(chain, DAO, "setVotingPeriod", 10 * DAY) == [
        ("From the proposal to its execution it takes at least", "13 days, not 9 days"),
        ("Stakers who leave wait", "16 days, not 12 days"),
    ]
    assert effects(chain, TREASURY, "updateDelay", 36 * 3_600)[0][1] == "8 days 12 hours, not 9 days"
    assert effects(chain, DAO, "updateQuorumNumerator", 5) == [
        (
            "Votes for and abstentions that a proposal needs",
            "50,000,000\N{NO-BREAK SPACE}LATTICE, not 40,000,000\N{NO-BREAK SPACE}LATTICE",
        )
    ]
    record = _record(chain, NOW - timedelta(days=50))
    SettingFact.objects.create(**record, name="ProposalThresholdSet", old_value="0", new_value=str(2_500_000 * WHOLE))
    for number, votes in enumerate((1, 3, 6)):
        kept = {"kind": POWER, "key": address(number), "amount": votes * 1_000_000 * WHOLE, "events": 1}
        Tally.objects.create(chain=chain, **kept)
    assert effects(chain, DAO, "setProposalThreshold", 5_000_000 * WHOLE) == [
        ("Accounts that can propose with their votes of now", "1, not 2")
    ]


def test_a_payment_says_its_share_and_what_the_caps_leave(chain: Chain) -> None:
    held = {"kind": BALANCE, "key": chain.deployment[TREASURY], "amount": 600_000_000 * WHOLE, "events": 1}
    Tally.objects.create(chain=chain, **held)
    lattice = chain.deployment[TOKEN]
    for days, amount in ((40, 9_000_000), (20, 1_500_000)):
        record = _record(chain, NOW - timedelta(days=days))
        SpendingFact.objects.create(**record, asset=lattice, amount=amount * WHOLE)
    assert effects(chain, TOKEN, "transfer", address(7), 6_000_000 * WHOLE) == [
        ("Share of the treasury", "1\N{NO-BREAK SPACE}%"),
        ("Left of what one proposal may take", "24,000,000\N{NO-BREAK SPACE}LATTICE"),
        ("Left of what 30 days may take", "52,650,000\N{NO-BREAK SPACE}LATTICE"),
    ]
    over = said(chain, TOKEN, "transfer", address(7), 31_000_000 * WHOLE).effects[1]
    assert (over.value, over.grave) == ("1,000,000\N{NO-BREAK SPACE}LATTICE too much", True)
    then = said(chain, TOKEN, "transfer", address(7), 6_000_000 * WHOLE, until=NOW)
    assert then.effects == []


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 seconds"),
        (DAY, "1 day"),
        (90_061, "1 day 1 hour 1 minute 1 second"),
        (2**48, "281,474,976,710,656 seconds"),
    ],
)
def test_a_length_of_time_is_said_exactly(seconds: int, text: str) -> None:
    assert span(seconds) == text
