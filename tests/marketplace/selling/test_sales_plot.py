"""The plot's scale has at most four lines that reach every bar, and its bars add up to what they stand for."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts.currencies import Currency
from contracts.names import COIN
from marketplace.money.takings import Lost, Stand, Taking
from marketplace.onchain.models.listings import Plan
from marketplace.selling.periods import Period, span_of
from marketplace.selling.sales_plot import HEIGHT, TOP, nice_step, sales_plot, scale_of

TODAY = date(2026, 11, 28)
ETH = Currency(COIN, "ETH", 18)
MODEL = "0x" + "1" * 64


def taking(back: int, net: int, stand: Stand = Stand.READY) -> Taking:
    """Return what was earned so many days ago."""
    return Taking(1, COIN, MODEL, Plan.LASTING, TODAY - timedelta(days=back), 0, stand, net, 1)


@given(st.integers(1, 10**30))
def test_a_scale_has_at_most_four_lines_and_reaches_the_most(most: int) -> None:
    scale = scale_of(most, ETH)
    assert len(scale) <= 4
    assert scale[0].value == 0
    assert scale[-1].value >= most
    assert scale[-2].value < most
    assert (scale[0].y, scale[-1].y) == (TOP + HEIGHT, TOP)
    assert str(nice_step(most)).rstrip("0") in ("1", "2", "25", "5")


def test_without_sales_there_is_a_line_of_zero_and_no_row() -> None:
    plot = sales_plot([], [], span_of(Period.MONTH, TODAY, None), ETH)
    assert [mark.value for mark in plot.scale] == [0]
    assert plot.rows == []


@given(st.lists(st.tuples(st.integers(0, 29), st.integers(0, 10**24), st.sampled_from(Stand)), max_size=40))
def test_bars_add_up_to_what_was_earned_and_pieces_stand_on_each_other(sold: list[tuple[int, int, Stand]]) -> None:
    kept = [taking(*each) for each in sold]
    plot = sales_plot(kept, [], span_of(Period.MONTH, TODAY, None), ETH)
    assert sum(bar.figures.net for bar in plot.bars) == sum(net for _back, net, _stand in sold)
    assert sum(bar.figures.maturing for bar in plot.bars) == sum(
        net for _back, net, stand in sold if stand == Stand.MATURING
    )
    for bar in plot.bars:
        assert all(piece.y >= TOP and piece.y + piece.height <= TOP + HEIGHT + 0.02 for piece in bar.pieces)


def test_what_was_lost_is_drawn_above_and_not_counted() -> None:
    lost = Lost(1, COIN, MODEL, Plan.LASTING, TODAY, 0, Stand.MATURING, 3 * 10**18, 1)
    plot = sales_plot([taking(0, 10**18)], [lost], span_of(Period.WEEK, TODAY, None), ETH)
    (bar,) = plot.rows
    assert [piece.kind for piece in bar.pieces] == ["matured", "lost"]
    assert (bar.figures.net, bar.figures.lost) == (10**18, 3 * 10**18)
    assert plot.scale[-1].label == "4"
    assert (plot.has_lost, plot.has_maturing) == (True, False)


def test_there_are_at_most_five_labels_along_the_days() -> None:
    for period in Period:
        plot = sales_plot([], [], span_of(period, TODAY, TODAY - timedelta(days=90)), ETH)
        assert sum(bar.is_labelled for bar in plot.bars) <= 5
