"""What owners are told of their keys and balances: in time, and each thing once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.notifications.kinds import shown
from accounts.notifications.models import Notice
from common.queue import _repeated
from inference.keys.actions import revoke_key
from inference.keys.models import ApiKey
from inference.keys.spending import reserve_spend, settle_spend
from inference.paying import looking, tasks
from tests.inference.keys.holders import holder, paying

from .conftest import Payer
from .test_money import make

ONE = 10**18


@pytest.fixture
def user(db: None) -> User:
    return holder()


def spend(key: ApiKey, units: int) -> None:
    at = timezone.now()
    reserve_spend(key_pk=key.pk, amount=units, at=at)
    settle_spend(key_pk=key.pk, at=at, reserved=units, charged=units)


def titles() -> list[str]:
    return [each.title for each in shown(Notice.objects.order_by("pk"))]


def test_each_level_is_told_once_and_the_highest_alone(user: User) -> None:
    key = paying(user, total=100 * ONE).key
    told = []
    for units in (49, 1, 1, 30, 14, 4, 1):
        spend(key, units * ONE)
        told.append(looking.look())
        assert looking.look() == 0
    assert told == [0, 1, 0, 1, 1, 0, 1]
    assert titles() == [
        "Bot has spent 50 % of what it may spend in all",
        "Bot has spent 80 % of what it may spend in all",
        "Bot has spent 95 % of what it may spend in all",
        "Bot has spent all that it may spend in all",
    ]
    # A higher cap begins anew; what is held is not spent.
    ApiKey.objects.update(cap_total=200 * ONE)
    assert looking.look() == 1
    reserve_spend(key_pk=key.pk, amount=100 * ONE, at=timezone.now())
    assert looking.look() == 0


def test_a_jump_is_told_once(user: User) -> None:
    key = paying(user, day=10 * ONE, total=10 * ONE).key
    spend(key, 10 * ONE)
    assert looking.look() == 2  # of each cap the highest level
    assert "all that it may spend a day" in titles()[0]


def test_an_end_is_told_a_week_before_and_what_is_over_not_at_all(user: User) -> None:
    key = paying(user).key
    spend(key, ONE)
    ApiKey.objects.update(expires_at=timezone.now() + timedelta(days=6))
    assert looking.look() == 1
    assert looking.look() == 0
    assert "works until" in titles()[0]
    revoke_key(user=user, pk=key.pk)
    ApiKey.objects.update(expires_at=timezone.now() + timedelta(days=5))
    assert looking.look() == 0


def test_a_low_balance_is_told_once_a_deposit(payer: Payer) -> None:
    key = make(payer)
    payer.do(f"/account/keys/{key.pk}/authorise", amount="1")
    spend(key, 9 * ONE // 10)
    assert looking.look() == 0  # a tenth is left
    spend(key, ONE // 100)
    assert looking.look() == 1
    assert titles() == ["0.09 ETH left for calls"]
    assert "Less than a tenth of your last deposit is left." in payer.browser.get("/account/keys").content.decode()
    # While the next one arrives, and once it is there.
    payer.do(f"/account/balance/{payer.chain.short_name}/top-up", token=key.token, amount="1", blocks=1)
    assert looking.look() == 0
    payer.settle(3)
    assert looking.look() == 0
    spend(key, ONE)
    assert looking.look() == 2  # the balance, and half of the cap by now
    tasks.look()
    assert "inference.paying.tasks.look" in _repeated
