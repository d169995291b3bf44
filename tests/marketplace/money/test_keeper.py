"""The keeper distributes what has matured, once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from contracts.chain.transactions import account_of
from contracts.models import Chain, SentTransaction, Verification
from marketplace.money.keeper import distribute_matured
from marketplace.money.payouts import prepare_withdrawal
from marketplace.onchain.models.sales import CreditFact
from tests.marketplace.money.story import (
    DAY,
    KEEPER_KEY,
    REFERRER,
    buy,
    chain_day,
    matches,
)
from tests.marketplace.shop import SELLER, Shop


def test_the_keeper_distributes_what_has_matured_once(shop: Shop) -> None:
    keeper = account_of(KEEPER_KEY)
    buy(shop, referred=True)
    assert distribute_matured(chain=shop.chain, keeper=keeper) == 0
    shop.rpc.call("evm_increaseTime", 9 * DAY)
    shop.index(4)
    with pytest.MonkeyPatch.context() as clock:
        clock.setattr("marketplace.money.keeper.today", lambda: chain_day(shop))
        assert distribute_matured(chain=shop.chain, keeper=keeper) == 2
        assert distribute_matured(chain=shop.chain, keeper=keeper) == 2  # not indexed yet: the very same ones
        assert SentTransaction.objects.filter(sender=keeper.address.lower()).count() == 2
        shop.index(4)
        assert distribute_matured(chain=shop.chain, keeper=keeper) == 0
    assert CreditFact.objects.filter(account=shop.address(REFERRER)).count() == 1
    user = User.objects.create(address=shop.address(REFERRER))
    shop.pay(prepare_withdrawal(user=user, chain=shop.chain))
    shop.index(4)
    matches(shop)


def test_the_command_distributes_compares_and_forgets_what_is_old(
    shop: Shop, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    buy(shop)
    shop.rpc.call("evm_increaseTime", 9 * DAY)
    shop.index(4)
    call_command("keep_payouts", "--once")  # without a key it only compares
    (made,) = Verification.objects.all()
    assert (made.block_number, made.differences) == (shop.chain.final_block(), [])
    assert not SentTransaction.objects.filter(sender=account_of(KEEPER_KEY).address.lower()).exists()
    Verification.objects.update(made_at=timezone.now() - timedelta(days=8))
    settings.KEEPER_KEY = KEEPER_KEY
    with pytest.MonkeyPatch.context() as clock:
        clock.setattr("marketplace.money.keeper.today", lambda: chain_day(shop))
        call_command("keep_payouts", "--once")
    shop.index(4)
    assert CreditFact.objects.filter(account=shop.address(SELLER)).count() == 1
    assert Verification.objects.count() == 1
    Chain.objects.update(rpc_urls=["http://127.0.0.1:9"])
    call_command("keep_payouts", "--once")
    assert "were not kept" in caplog.text


def test_two_keepers_at_once_send_one_transaction(committed: Shop, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        shop, keeper = committed, account_of(KEEPER_KEY)
        buy(shop)
        shop.rpc.call("evm_increaseTime", 9 * DAY)
        shop.index(4)
        day, sent = chain_day(shop), []

        def run() -> None:
            sent.append(distribute_matured(chain=shop.chain, keeper=keeper))
            connection.close()

        with pytest.MonkeyPatch.context() as clock:
            clock.setattr("marketplace.money.keeper.today", lambda: day)
            both = [threading.Thread(target=run) for _ in range(2)]
            for each in both:
                each.start()
            for each in both:
                each.join()
        assert sent == [1, 1]
        assert SentTransaction.objects.filter(sender=keeper.address.lower()).count() == 1
        SentTransaction.objects.all().delete()
