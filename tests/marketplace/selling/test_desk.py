"""All figures of the desk are one sum, told in several ways, and no currency is ever added to another."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts.models import Chain
from contracts.names import COIN
from marketplace.money.takings import Lost, Parts, Stand, Taking, Takings
from marketplace.onchain.models.listings import OnchainListing, Plan
from marketplace.selling.desk import SEGMENTS, Choice, Desk, apportioned
from marketplace.selling.own_models import OwnModel
from marketplace.selling.periods import Period

TODAY = date(2026, 11, 28)
MODELS = [f"0x{number:064x}" for number in (1, 2, 3)]
OTHER_COIN = (2, COIN)  # the coin of another chain
CHAINS = {
    pk: Chain(id=pk, short_name=f"chain-{pk}", name=f"Chain {pk}", coin="ETH", confirmations=3, reorg_window=64)
    for pk in (1, 2)
}

TAKINGS = st.lists(
    st.builds(
        Taking,
        chain_id=st.sampled_from((1, 2)),
        token=st.just(COIN),
        model_id=st.sampled_from(MODELS),
        plan=st.sampled_from(Plan),
        made=st.integers(0, 900).map(lambda back: TODAY - timedelta(days=back)),
        day=st.integers(20_000, 21_000),
        stand=st.sampled_from(Stand),
        net=st.integers(0, 10**24),
        sales=st.integers(1, 5),
    ),
    max_size=30,
)


def desk(kept: list[Taking], period: Period, currency: tuple[int, str] | None = None) -> Desk:
    """Return the desk of a seller of three models on each chain."""
    takings = Takings(Parts("0x" + "0" * 40, {}, {}), kept)
    models = [
        OwnModel(OnchainListing(chain=chain, model_id=model, listed_block=1), [], None, False, False)
        for chain in CHAINS.values()
        for model in MODELS
    ]
    return Desk(takings, CHAINS, models, Choice(period, currency), TODAY)


@given(TAKINGS, st.sampled_from(Period))
def test_net_is_the_sum_of_bars_of_models_of_plans_and_of_the_slice(kept: list[Taking], period: Period) -> None:
    seen = 0
    for key in {(each.chain_id, each.token) for each in kept}:
        shown = desk(kept, period, key)
        assert shown.key == key
        assert shown.net == shown.standing.net == sum(bar.figures.net for bar in shown.plot.bars)
        assert shown.net == sum(row.sold.net for row in shown.rows)
        assert shown.sales == sum(each.sales for each in kept if each.made in shown.span and each.chain_id == key[0])
        for row in shown.rows:
            assert not row.plans or row.sold.net == sum(sold.net for _plan, sold in row.plans)
        assert shown.standing.maturing == sum(bar.figures.maturing for bar in shown.plot.bars)
        seen += shown.net if period == Period.ALL else 0
    assert period != Period.ALL or seen == sum(each.net for each in kept)


@given(st.lists(st.integers(0, 10**24), min_size=3, max_size=3))
def test_the_slice_has_a_segment_for_everything_that_is_there(parts: list[int]) -> None:
    given_out = apportioned(parts, SEGMENTS)
    assert sum(given_out) == (SEGMENTS if any(parts) else 0)
    assert [bool(each) for each in given_out] == [bool(part) for part in parts]


def test_the_currency_with_most_sales_comes_first_and_what_was_chosen_is_shown() -> None:
    kept = [taking(1), taking(2), taking(2)]
    assert desk(kept, Period.ALL).key == OTHER_COIN
    assert desk(kept, Period.ALL, (1, COIN)).net == 5
    assert desk(kept, Period.ALL, (1, "0x" + "9" * 40)).key == OTHER_COIN  # nothing was ever paid in that
    assert desk([], Period.ALL).key is None


def test_a_change_says_what_was_before_and_nothing_where_nothing_was() -> None:
    now, before = taking(1, back=3, net=300), taking(1, back=9, net=200)
    change = desk([now, before], Period.WEEK).change
    assert change
    assert (change.before, change.percent, change.text) == (200, 50, "+50")
    fewer = desk([taking(1, back=3, net=50), before], Period.WEEK).change
    assert fewer
    assert fewer.text == "\N{MINUS SIGN}75"
    first = desk([now], Period.WEEK).change
    assert first
    assert first.percent is None
    assert desk([now, before], Period.ALL).change is None


def test_what_was_lost_counts_nowhere_and_is_told() -> None:
    shown = desk([taking(1, net=10)], Period.MONTH)
    for number, is_held in ((3, True), (4, False)):
        lost = Lost(1, COIN, MODELS[0], Plan.LASTING, TODAY, 0, Stand.MATURING, number, 1, is_held=is_held)
        shown.takings.lost.append(lost)
    shown = Desk(shown.takings, CHAINS, shown.models, shown.choice, TODAY)
    assert (shown.net, shown.held, shown.refunded, shown.lost) == (10, 3, 4, 7)


def taking(chain: int, back: int = 0, net: int = 5) -> Taking:
    """Return one sale of so many days ago."""
    return Taking(chain, COIN, MODELS[0], Plan.LASTING, TODAY - timedelta(days=back), 20_500, Stand.READY, net, 1)
