"""The staking page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from contracts.models import Chain
from governance.onchain.models.staking import LEAVING, STAKED, Move, RewardFact, StakeFact, StreamPoint
from governance.onchain.rewards import Earning
from governance.staking.calendar import event
from governance.staking.forms import AmountForm
from governance.staking.weeks import Rewards
from tests.factories.governance import NOW, WHOLE, _record, add, address, dao_chain, holder, point

MINE = address(0x57A)


@pytest.fixture
def chain(db: None) -> Chain:
    """A DAO on its own, in which nobody has staked."""
    return dao_chain()


@pytest.fixture
def member(client: Client, chain: Chain) -> User:
    user = User.objects.create(address=MINE)
    client.force_login(user)
    return user


def staked(chain: Chain, amount: int, days: int) -> None:
    """Stake, so many days ago."""
    time = NOW - timedelta(days=days)
    holder(chain, MINE, 2 * amount, locked=amount)
    add(chain, STAKED, MINE, amount)
    fact = StakeFact.objects.create(
        **_record(chain, time), account=MINE, move=Move.STAKED, amount=amount, staked=amount
    )
    point(chain, time, total=amount)
    StreamPoint.objects.update(log_index=fact.log_index)


def page(client: Client) -> str:
    answer = client.get("/staking")
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_stakes_and_fees_the_page_says_so(client: Client, chain: Chain) -> None:
    assert "Nobody has staked yet" in page(client)
    assert "Connect wallet" in page(client)


def test_who_holds_nothing_is_told_so(client: Client, member: User) -> None:
    assert "You hold no LATTICE to stake" in page(client)
    assert client.get("/staking/free.ics").status_code == 404


def test_rewards_are_shown_by_week_with_ones_own_part(client: Client, member: User, chain: Chain) -> None:
    staked(chain, 1_000 * WHOLE, days=20)
    point(chain, NOW - timedelta(days=15), waiting=WHOLE, total=1_000 * WHOLE)
    rewards: Rewards = client.get("/staking").context["page"].rewards
    assert [week.planned for week in rewards.weeks] == [0, WHOLE, 0]
    assert [week.own for week in rewards.weeks] == [0, pytest.approx(WHOLE, abs=1), 0]
    assert rewards.earned_per_measure == pytest.approx(WHOLE, abs=1)
    assert "1,000 LATTICE, staked all the time, earned" in page(client)


def test_while_nobody_stakes_the_rewards_wait(client: Client, chain: Chain) -> None:
    point(chain, NOW - timedelta(days=15), waiting=WHOLE)
    assert "Nobody has staked now" in page(client)


def test_what_is_leaving_has_its_day_and_an_event_for_the_calendar(client: Client, member: User, chain: Chain) -> None:
    staked(chain, 10 * WHOLE, days=20)
    add(chain, LEAVING, MINE, 10 * WHOLE)
    begun, free_at = NOW - timedelta(days=3), NOW + timedelta(days=9)
    StakeFact.objects.create(
        **_record(chain, begun), account=MINE, move=Move.UNSTAKED, amount=10 * WHOLE, staked=0, free_at=free_at
    )
    point(chain, begun)
    StreamPoint.objects.filter(as_of=int(begun.timestamp())).update(
        log_index=StakeFact.objects.latest("log_index").log_index
    )
    shown = page(client)
    assert "3 of 12 days are over" in shown
    assert "10 Jun 2026, 12:00 UTC" in shown
    written = client.get("/staking/free.ics").content.decode()
    assert "DTSTART:20260610T120000Z\r\n" in written
    assert client.post("/staking/withdraw").status_code == 422


def test_moves_are_listed_and_come_as_a_file(client: Client, member: User, chain: Chain) -> None:
    staked(chain, 10 * WHOLE, days=20)
    RewardFact.objects.create(**_record(chain, NOW), account=MINE, recipient=MINE, is_claim=True, amount=5)
    assert "claimed rewards" in page(client)
    lines = client.get("/staking/moves.csv").content.decode().splitlines()
    assert [line.split(",")[1] for line in lines] == ["move", "RewardClaimed", "Staked"]


def test_a_mistyped_amount_comes_back_with_its_fault(client: Client, member: User, chain: Chain) -> None:
    staked(chain, 10 * WHOLE, days=20)
    for text in ("ten", "0", "-1", "1e3", "0.0000000000000000001", "٣x", "1" * 61):
        answer = client.post("/staking/unstake", {"amount": text})
        assert answer.status_code == 422, text
        assert 'id="unstake-error"' in answer.content.decode(), text


def test_an_amount_may_be_written_as_the_site_writes_it(chain: Chain) -> None:
    for text, units in (
        ("1,000,000", 1_000_000 * WHOLE),
        ("1,250.5", 1_250 * WHOLE + WHOLE // 2),
        ("0,250", None),
        ("1,00", None),
    ):
        form = AmountForm({"amount": text}, chain=chain)
        assert (form.cleaned_data["units"] if form.is_valid() else None) == units, text


def test_the_page_takes_six_queries_at_most(
    client: Client, member: User, chain: Chain, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    staked(chain, 1_000 * WHOLE, days=20)
    with django_assert_max_num_queries(6):
        page(client)


def test_an_earning_is_what_was_staked_between_two_states_of_the_stream() -> None:
    one = 1 << 128
    earning = Earning([(0, 2), (10 * one, 5), (10 * one, 0), (20 * one, 1)])
    assert earning.until(4 * one) == 8 * one
    assert earning.between(5 * one, 25 * one) == 15
    assert earning.claimable(25 * one, 20) == 5
    assert Earning([]).until(one) == 0


def test_a_calendar_is_folded_and_escaped() -> None:
    written = event(uid="a", start=NOW, made=NOW, title="A, b; c\nd", text="ü" * 60, url="https://x/")
    assert "SUMMARY:A\\, b\\; c\\nd" in written
    assert all(len(line.encode()) <= 75 for line in written.split("\r\n"))
    assert "ü" * 60 in written.replace("\r\n ", "")


def test_a_stake_is_told_as_json(client: Client, chain: Chain) -> None:
    staked(chain, 1_000 * WHOLE, days=20)
    told = client.get(f"/api/v1/governance/staking/{MINE}").json()
    assert (told["staked"], told["free"], told["total_staked"]) == (str(1_000 * WHOLE),) * 3
    assert client.get(f"/api/v1/governance/staking/{address(9)}").json()["staked"] == "0"
    assert client.get("/api/v1/governance/staking/me").status_code == 422
