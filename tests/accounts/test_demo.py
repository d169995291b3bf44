"""The demo wallet serves this machine, this site and its own personas, and nobody else."""

from http import HTTPStatus
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse
from pytest_django import Settings

from accounts.apps import AccountsConfig
from accounts.checks import demo_stays_at_home
from accounts.demo import PERSONAS
from contracts.models import Chain

pytestmark = pytest.mark.urls("tests.accounts.demo_urls")

BUYER = PERSONAS[0].address
STRANGER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"  # anvil's first account: it deploys
HELLO = "0x68656c6c6f"


def ask(client: Client, call: Any, *, content_type: str = "application/json", **changes: Any) -> HttpResponse:
    headers = {"origin": "http://testserver", "accept": "application/json", **changes.pop("headers", {})}
    return client.post("/demo/rpc", call, content_type=content_type, headers=headers, **changes)  # type: ignore[return-value]  # the test client's is one


def test_a_read_is_passed_on(client: Client, live_chain: Chain) -> None:
    assert ask(client, {"method": "eth_chainId"}).json()["result"] == "0x7a69"  # type: ignore[attr-defined]


def test_a_persona_signs_and_sends(client: Client, live_chain: Chain) -> None:
    signed = ask(client, {"method": "personal_sign", "params": [HELLO, BUYER.lower()]})
    assert len(signed.json()["result"]) == 132  # type: ignore[attr-defined]
    sent = ask(client, {"method": "eth_sendTransaction", "params": [{"from": BUYER, "to": STRANGER, "value": "0x1"}]})
    assert len(sent.json()["result"]) == 66  # type: ignore[attr-defined]


def test_the_chains_own_refusal_is_passed_on(client: Client, live_chain: Chain) -> None:
    too_much = {"from": BUYER, "to": STRANGER, "value": hex(10**30)}
    assert "error" in ask(client, {"method": "eth_sendTransaction", "params": [too_much]}).json()  # type: ignore[attr-defined]


CALLS: dict[str, Any] = {
    "another method": {"method": "anvil_setBalance", "params": [BUYER, "0x1"]},
    "mining": {"method": "evm_mine"},
    "impersonation": {"method": "anvil_impersonateAccount", "params": [STRANGER]},
    "raw signing": {"method": "eth_sign", "params": [BUYER, HELLO]},
    "a stranger sends": {"method": "eth_sendTransaction", "params": [{"from": STRANGER, "to": BUYER}]},
    "nobody sends": {"method": "eth_sendTransaction", "params": [{"to": BUYER}]},
    "nothing is sent": {"method": "eth_sendTransaction"},
    "a stranger signs": {"method": "personal_sign", "params": [HELLO, STRANGER]},
    "a stranger signs typed data": {"method": "eth_signTypedData_v4", "params": [STRANGER, "{}"]},
    "parameters by name": {"method": "personal_sign", "params": {"1": BUYER}},
    "a batch": [{"method": "eth_chainId"}, {"method": "eth_chainId"}],
    "a method that is no text": {"method": ["eth_chainId"]},
    "no method": {},
    "no call": "null",
    "no JSON": "{",
    "deep JSON": "[" * 100_000,
    "too much": {"method": "eth_call", "params": ["0" * 300_000]},
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_anything_else_is_refused(client: Client, call: Any) -> None:
    answer = ask(client, call)
    assert (answer.status_code, answer.json()["code"]) == (HTTPStatus.FORBIDDEN, "demo-wallet-refused")  # type: ignore[attr-defined]


ELSEWHERE: dict[str, dict[str, Any]] = {
    "another machine": {"REMOTE_ADDR": "192.168.0.7"},
    "no machine": {"REMOTE_ADDR": ""},
    "another site": {"headers": {"origin": "http://evil.example"}},
    "another port": {"headers": {"origin": "http://testserver:8000"}},
    "a sandboxed frame": {"headers": {"origin": "null"}},
    "no origin": {"headers": {"origin": ""}},
}


@pytest.mark.parametrize("changes", ELSEWHERE.values(), ids=ELSEWHERE)
def test_nobody_else_is_served(client: Client, changes: dict[str, Any]) -> None:
    assert ask(client, {"method": "eth_chainId"}, **changes).status_code == HTTPStatus.FORBIDDEN


def test_a_page_without_the_token_is_not_served() -> None:
    answer = ask(Client(enforce_csrf_checks=True), {"method": "eth_chainId"})
    assert answer.json()["code"] == "stale-form"  # type: ignore[attr-defined]


def test_a_chain_that_is_down_says_so(client: Client, chain: Chain) -> None:
    chain.rpc_urls = ["http://127.0.0.1:9"]
    chain.save()
    assert ask(client, {"method": "eth_chainId"}).status_code == HTTPStatus.SERVICE_UNAVAILABLE


def test_the_personas_are_listed(client: Client) -> None:
    names = [each["name"] for each in client.get("/demo/wallets").json()["wallets"]]
    assert names == [
        *("buyer", "seller", "voter", "moderator", "moderator-2", "moderator-3"),
        *("guardian", "voter-2", "voter-3", "contributor"),
    ]


@pytest.mark.urls("config.urls")
@pytest.mark.parametrize("name", ["demo-wallets", "demo-rpc"])
def test_outside_the_demo_there_is_no_demo_wallet(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)


OPEN = {"hosts": (["citrate.example"], False), "any": (["*"], False), "production": (["localhost"], True)}


@pytest.mark.parametrize(("hosts", "production"), OPEN.values(), ids=OPEN)
def test_nothing_starts_with_the_demo_wallet_where_others_come_in(
    settings: Settings, hosts: list[str], production: bool
) -> None:
    settings.DEMO, settings.ALLOWED_HOSTS, settings.PRODUCTION = True, hosts, production
    assert [error.id for error in demo_stays_at_home(None)] == ["accounts.E001"]
    with pytest.raises(ImproperlyConfigured, match="demo wallet"):
        AccountsConfig.create("accounts").ready()


def test_the_demo_at_home_starts(settings: Settings) -> None:
    settings.DEMO, settings.ALLOWED_HOSTS = True, ["localhost", "127.0.0.1", "[::1]"]
    assert demo_stays_at_home(None) == []
