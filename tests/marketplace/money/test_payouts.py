"""Nothing is prepared but what the contracts would pay now."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import User
from contracts.errors import RevertedError
from contracts.names import COIN
from marketplace.money.buckets import earnings_of
from marketplace.money.payouts import prepare_referral_distribution
from tests.marketplace.money.story import (
    DAY,
    REFERRER,
    buy,
)
from tests.marketplace.shop import Shop


def test_a_referrers_part_and_credit_are_pages_to_copy_from(shop: Shop, client: Browser) -> None:
    buy(shop, referred=True)
    user = User.objects.create(address=shop.address(REFERRER))
    client.force_login(user)
    (referral,) = earnings_of(user.address, shop.chain).referrals
    where: dict[str, Any] = {"token": COIN, "day": referral.day}
    assert client.post("/sell/anvil/distribute-referral", {"token": "x"}).status_code == 404
    shop.rpc.call("evm_increaseTime", 9 * DAY)
    shop.index(1)
    page = client.post("/sell/anvil/distribute-referral", where).content.decode()
    call = prepare_referral_distribution(user=user, chain=shop.chain, **where)
    assert f">{call.data}</code>" in page
    assert client.post("/sell/anvil/withdraw", {"token": "x"}).status_code == 404


def test_nothing_of_another_referrers_is_prepared(shop: Shop) -> None:
    buy(shop, referred=True)
    user = User.objects.create(address=shop.address(REFERRER))
    (referral,) = earnings_of(user.address, shop.chain).referrals
    with pytest.raises(RevertedError, match="can still be refunded"):
        prepare_referral_distribution(user=user, chain=shop.chain, token=COIN, day=referral.day)
