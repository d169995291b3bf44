"""The demo's ready key: made once, by a real signature and a real deposit, in a file that its owner alone reads."""

from __future__ import annotations

import stat
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from eth_account import Account

from accounts.demo import PERSONAS
from contracts.chain.client import Client as Rpc
from contracts.indexer import lead
from contracts.models import Chain
from contracts.names import COIN
from inference.keys.actions import revoke_key
from inference.keys.finding import key_of
from inference.keys.models import ApiKey
from inference.paying.balances import authorities_of, purse_of
from tests.contracts.node import Market

ONE = 10**18


def test_the_key_is_ready_and_stays_the_same(alone: tuple[Chain, Rpc, Market], tmp_path: Path) -> None:
    chain, rpc, market = alone
    path, said = tmp_path / "api_key", StringIO()

    def open_demo() -> ApiKey:
        call_command("demo_key", path, settings.ORIGINS[0], stdout=said)
        market.mine(4)
        lead.catch_up(chain, rpc)
        return key_of(path.read_text(), "127.0.0.1")

    key = open_demo()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() not in said.getvalue()
    wallet = tmp_path / "wallet_key"
    assert stat.S_IMODE(wallet.stat().st_mode) == 0o600
    assert wallet.read_text() not in said.getvalue()
    address, secret = Account.from_key(wallet.read_text()).address, wallet.read_text()
    assert market.view("DemoDollar", "balanceOf", [address.lower()]) == 10 * 10**6
    assert key.user.address == PERSONAS[0].address.lower()
    assert not key.user.owes_acceptance
    assert open_demo() == key
    assert wallet.read_text() == secret
    assert market.view("DemoDollar", "balanceOf", [address.lower()]) == 10 * 10**6  # given once
    fund = purse_of(key.user).funds[chain.pk, COIN]
    assert fund.available == ONE // 2  # paid in once
    assert authorities_of(key.user, [key])[key.key_id].covers(key)
    revoke_key(user=key.user, pk=key.pk)
    assert open_demo() != key
