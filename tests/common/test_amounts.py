"""Amounts of money: whole numbers on every way in and out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Sum

from common.fields import MOST_WEI, WeiField
from common.money import format_units
from contracts.models import Chain, Parameter


@pytest.mark.django_db
def test_an_amount_comes_back_from_the_database_as_the_int_that_it_was() -> None:
    chain = Chain.objects.create(id=5, short_name="five", name="Five", coin="ETH", confirmations=1, reorg_window=2)
    for key, value in (("most", MOST_WEI - 1), ("one", 1)):
        Parameter.objects.create(chain=chain, key=key, value=value, block_number=0)
    assert Parameter.objects.get(key="most").value == MOST_WEI - 1
    total = Parameter.objects.aggregate(total=Sum("value"))["total"]
    assert (total, type(total)) == (MOST_WEI, int)
    assert Parameter.objects.filter(key="none").aggregate(total=Sum("value"))["total"] is None
    assert Parameter.objects.get(value__gt=1).key == "most"


@pytest.mark.parametrize(("given", "amount"), [(7, 7), ("7", 7), (Decimal("7.0"), 7), (None, None)])
def test_whole_numbers_are_taken_in_any_form(given: Any, amount: int | None) -> None:
    assert WeiField().to_python(given) == WeiField().get_prep_value(given) == amount


@pytest.mark.parametrize("given", ["0.5", "seven", "NaN", object()])
def test_anything_else_is_refused(given: Any) -> None:
    with pytest.raises(ValidationError):
        WeiField().to_python(given)


def test_a_float_is_never_an_amount() -> None:
    with pytest.raises(TypeError, match="never a float"):
        WeiField().get_prep_value(1.0)


@pytest.mark.parametrize(
    ("amount", "decimals", "written"),
    [(5 * 10**16, 18, "0.05"), (10**18, 18, "1"), (1, 18, "0.000000000000000001"), (0, 18, "0"), (-15, 1, "-1.5"),
     (1_234_567, 0, "1,234,567")],
)  # fmt: skip
def test_amounts_are_written_exactly(amount: int, decimals: int, written: str) -> None:
    assert format_units(amount, decimals) == written
