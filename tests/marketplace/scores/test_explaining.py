"""A score in words and parts, and how much somebody used and spent in bands."""

from __future__ import annotations

import pytest

from marketplace.scores.bands import spent_band, used_band
from marketplace.scores.explaining import as_stars, explain
from marketplace.scores.models import Review, Standing
from marketplace.scores.score_models import ModelScore
from tests.factories.reviews import Model

BUYER, OTHER, THIRD = 2, 3, 4


def test_a_score_says_what_it_is_made_of(made: Model) -> None:
    made.buy_and_review(BUYER, 5, delivers=4)
    made.buy_and_review(OTHER, 4)
    made.take_back(made.buy(THIRD, block=990))
    found = explain(ModelScore.objects.get())
    assert [(each.name, each.value) for each in found.lines] == [
        ("count", "2"), ("mean", "4.50"), ("prior", "3.50"), ("share", "60 %"), ("score", "3.90"),
    ]  # fmt: skip
    assert [(each.stars, each.count, each.percent) for each in found.bars][:3] == [(5, 1, 50), (4, 1, 50), (3, 0, 0)]
    assert [(each.name, each.mean, each.count) for each in found.parts] == [("delivers", 4_000, 1)]
    assert (found.left_out, found.left_out_count) == ([], 0)
    assert found.formula is not None
    assert "three typical reviews" in found.formula.text


def test_what_is_left_out_is_counted_by_reason(made: Model) -> None:
    made.buy_and_review(BUYER, 5)
    score = ModelScore.objects.get()
    score.left_out = {"refunded": 2, "burst": 12}
    found = explain(score)
    assert found.left_out == [(Standing.REFUNDED, 2), (Standing.BURST, 12)]
    assert found.left_out_count == 14
    assert explain(ModelScore(listing=made.listing, prior=3_500, version=99)).lines == []


@pytest.mark.parametrize(("thousandths", "shown"), [(None, ""), (4_444, "4.44"), (4_445, "4.45"), (5_000, "5.00")])
def test_stars_are_rounded_half_up(thousandths: int | None, shown: str) -> None:
    assert as_stars(thousandths) == shown


@pytest.mark.parametrize(
    ("used", "name"), [(0, "none"), (1, "some"), (999, "some"), (1_000, "often"), (20_000, "much"), (10**7, "most")]
)
def test_use_is_told_in_bands(used: int, name: str) -> None:
    assert used_band(Review(used=used)).name == name


@pytest.mark.parametrize(
    ("spent", "name"), [(0, "none"), (1, "little"), (10**16, "some"), (10**17, "much"), (10**18, "most")]
)
def test_spending_is_told_in_bands(spent: int, name: str) -> None:
    assert spent_band(Review(spent=spent)).name == name
