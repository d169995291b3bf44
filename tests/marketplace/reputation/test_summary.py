"""What a formula counts, as people read it first."""

from __future__ import annotations

import pytest

from marketplace.ground.formulas import Formula
from marketplace.reputation.summary import PARTS, least_of, parts_of
from marketplace.reputation.views import SHOWN

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("anchor", SHOWN)
def test_every_part_in_force_has_words_with_its_numbers(anchor: str) -> None:
    formula = Formula.objects.in_force(SHOWN[anchor])
    parts = parts_of(anchor, formula)
    assert len(parts) == len(PARTS[anchor])
    assert all(part.said and "%(" not in part.said for part in parts)
    assert sum(part.per_cent for part in parts) == 100
    assert [part.per_cent for part in parts] == sorted((part.per_cent for part in parts), reverse=True)
    assert str(formula.parameters["least"]) in least_of(anchor, formula)


def test_sales_weigh_most_of_a_sellers_reputation() -> None:
    first = parts_of("seller", Formula.objects.in_force(SHOWN["seller"]))[0]
    assert (str(first.label), first.per_cent, first.filled) == ("Sales", 30, 2)


def test_a_part_of_a_later_formula_is_seen_before_it_has_words() -> None:
    later = Formula(parameters={"least": 1, "age_weight": 1, "age_days": 9, "manners_weight": 3})
    assert [(str(part.label), part.per_cent) for part in parts_of("seller", later)] == [("manners", 75), ("Age", 25)]
    assert least_of("seller", later).endswith("once there is 1 buyer.")
