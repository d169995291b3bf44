"""What is there for wallets on another device, where a project is named, and what a wrong name of one is told."""

import json
import os
import subprocess
import sys
from http import HTTPStatus
from typing import Any

import pytest
from django.conf import settings as project
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import NoReverseMatch, reverse
from pytest_django import Settings

from accounts.checks import walletconnect_is_whole
from accounts.models import User
from accounts.walletconnect import LOOKS, receipt
from common.limits import TooManyError
from contracts.models import Chain
from tests import anvil

PROJECT = "0123456789abcdef" * 2
NOTHING = "0x" + "ab" * 32


def asked(chain: Chain, tx_hash: str, user: User | AnonymousUser, place: str = "198.51.100.68") -> HttpResponse:
    # From addresses of this file's own: what is counted here is no other test's.
    request = RequestFactory(REMOTE_ADDR=place).get("/", headers={"Accept": "application/json"})
    request.user = user
    return receipt(request, chain_id=chain.pk, tx_hash=tx_hash)


def told(chain: Chain, tx_hash: str) -> Any:
    return json.loads(asked(chain, tx_hash, User()).content)


def ask_without_end(chain: Chain) -> None:
    for _ in range(2 * LOOKS[0] + 1):  # two minutes' worth: one may have ended
        asked(chain, NOTHING, User(), "198.51.100.69")


def test_a_transaction_is_in_its_block_once_it_is(live_chain: Chain, node: str) -> None:
    sender, to = anvil.call(node, "eth_accounts")[:2]
    sent = anvil.call(node, "eth_sendTransaction", {"from": sender, "to": to, "value": "0x1"})
    mined = anvil.receipt(node, sent)
    assert told(live_chain, sent) == {"block": int(mined["blockNumber"], 16), "ok": True}
    assert told(live_chain, NOTHING) == {"block": None, "ok": False}


def test_one_that_failed_is_no_success(live_chain: Chain, node: str) -> None:
    broken = {"from": anvil.call(node, "eth_accounts")[0], "data": "0xfd", "gas": "0xfffff"}
    sent = anvil.call(node, "eth_sendTransaction", broken)
    mined = anvil.receipt(node, sent)
    assert told(live_chain, sent) == {"block": int(mined["blockNumber"], 16), "ok": False}


def test_only_members_are_told_and_not_without_end(live_chain: Chain) -> None:
    assert asked(live_chain, NOTHING, AnonymousUser()).status_code == HTTPStatus.UNAUTHORIZED
    with pytest.raises(TooManyError):
        ask_without_end(live_chain)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WALLETCONNECT_PROJECT_ID", "mine"),
        ("WALLETCONNECT_PROJECT_ID", PROJECT + "\n"),
        ("WALLETCONNECT_RELAY", "wss://relay.example; script-src *"),
        ("WALLETCONNECT_RELAY", "wss://relay.example/"),
        ("WALLETCONNECT_RELAY", "ws://relay.example"),
        ("WALLETCONNECT_RELAY", "https://relay.example"),
        ("WALLETCONNECT_RELAY", "*"),
    ],
)
def test_what_is_not_whole_is_refused(settings: Settings, name: str, value: str) -> None:
    settings.WALLETCONNECT_PROJECT_ID = PROJECT
    assert walletconnect_is_whole(None) == []
    setattr(settings, name, value)
    assert [error.id for error in walletconnect_is_whole(None)] == ["accounts.E002"]


def test_without_a_project_the_policy_and_the_addresses_are_as_they_were() -> None:
    assert project.WALLETCONNECT_PROJECT_ID == ""
    assert project.CONTENT_SECURITY_POLICY["DIRECTIVES"]["connect-src"] == ["'self'"]
    with pytest.raises(NoReverseMatch):
        reverse("wallet-receipt", args=[31337, NOTHING])


def test_with_one_the_relay_is_all_that_is_added_to_the_policy() -> None:
    say = "import json; from config.settings import test; print(json.dumps(test.CONTENT_SECURITY_POLICY['DIRECTIVES']))"
    named = {**os.environ, "WALLETCONNECT_PROJECT_ID": PROJECT, "WALLETCONNECT_RELAY": "wss://relay.example"}
    said = subprocess.run([sys.executable, "-c", say], env=named, capture_output=True, check=True, cwd=project.BASE_DIR)
    stated = project.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert json.loads(said.stdout) == {**stated, "connect-src": ["'self'", "wss://relay.example"]}
