"""Where a dispute stands, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from marketplace.onchain.models.returns import PurchaseReturn, Stage
from marketplace.returns.dispute_view import DisputeView, Standing, standing_of, time_left
from marketplace.returns.saying import send_statement
from tests.marketplace.returns.story import bought, disputed, moderator
from tests.marketplace.returns.test_saying import seller
from tests.marketplace.shop import Shop

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LAST = NOW + timedelta(days=3)
BUYER, SELLER, MODERATOR = ("0x" + letter * 40 for letter in "abc")


def made(**values: Any) -> PurchaseReturn:
    given = {"model_id": SELLER + "0" * 24, "buyer": BUYER, "stage": Stage.DISPUTED, "rule_by": LAST, **values}
    return PurchaseReturn(**given)


@pytest.mark.parametrize(
    ("values", "answered", "now", "standing"),
    [
        ({}, False, NOW, Standing.OPEN),
        ({}, True, NOW, Standing.ANSWERED),
        ({}, True, LAST + timedelta(seconds=1), Standing.OVERDUE),
        ({"stage": Stage.FOR_BUYER, "by": MODERATOR, "ruled_at": NOW}, True, NOW, Standing.FOR_BUYER),
        ({"stage": Stage.FOR_BUYER, "by": SELLER, "ruled_at": NOW}, False, NOW, Standing.GIVEN_IN),
        ({"stage": Stage.FOR_SELLER, "by": MODERATOR, "ruled_at": LAST}, False, NOW, Standing.FOR_SELLER),
        ({"stage": Stage.FOR_SELLER, "by": BUYER, "ruled_at": NOW}, False, NOW, Standing.WITHDRAWN),
        ({"stage": Stage.FOR_SELLER, "by": BUYER, "ruled_at": LAST + timedelta(1)}, False, NOW, Standing.LAPSED),
    ],
)
def test_a_dispute_says_how_far_it_is(
    values: dict[str, Any], answered: bool, now: datetime, standing: Standing
) -> None:
    assert standing_of(made(**values), now, answered=answered) == standing


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=14), "14 days left"),
        (timedelta(days=2), "2 days left"),
        (timedelta(days=1, hours=23), "47 hours left"),
        (timedelta(hours=2), "2 hours left"),
        (timedelta(minutes=90, seconds=1), "91 minutes left"),
        (timedelta(seconds=1), "1 minute left"),
        (timedelta(days=-1), "0 minutes left"),
    ],
)
def test_the_time_left_is_said_in_the_largest_unit_of_which_there_are_two(left: timedelta, words: str) -> None:
    assert time_left(NOW + left, NOW) == words


def test_each_sees_what_is_theirs_to_do(shop: Shop) -> None:
    dispute = disputed(shop, bought(shop))
    send_statement(user=seller(shop), receipt=dispute.receipt, text="It does here.", once="a")
    seen = {
        user.address: DisputeView(dispute, user, dispute.taken_at)
        for user in (shop.buyer, seller(shop), moderator(shop))
    }
    buyer, sold, rules = seen.values()
    assert [(view.part, view.may_say, view.may_rule) for view in seen.values()] == [
        ("buyer", True, False),
        ("seller", True, False),
        ("", True, True),
    ]
    assert [each.title for each in rules.said] == ["The buyer opened the dispute", "The seller"]
    assert (buyer.has_spoken, sold.has_spoken, rules.has_spoken) == (True, True, False)
    assert (sold.messages_left, buyer.messages_left) == (9, 10)
    assert (buyer.left, buyer.days) == ("14 days left", (14, 14))
