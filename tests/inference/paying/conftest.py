"""A payer with a browser on a chain of the test's own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.legal.documents import label
from accounts.models import User
from contracts.chain.client import Client as Rpc
from contracts.indexer import lead
from contracts.models import Chain
from tests.contracts.conftest import alone  # noqa: F401  a fixture
from tests.contracts.node import Market
from tests.governance.signing import key_of

NUMBER = 1  # of anvil's accounts


class Payer:
    """Posts forms, and its wallet signs and sends what comes back."""

    def __init__(self, browser: Client, chain: Chain, rpc: Rpc, market: Market) -> None:
        self.browser, self.chain, self.rpc, self.market = browser, chain, rpc, market
        self.address = key_of(NUMBER).address.lower()
        self.user = User.objects.create(address=self.address, accepted=label())
        browser.force_login(self.user)
        session = browser.session
        session["chain_id"] = chain.pk
        session.save()

    def post(self, path: str, **said: str) -> Any:
        return self.browser.post(path, said, headers={"accept": "application/json"})

    def send(self, call: dict[str, Any], blocks: int = 4) -> None:
        """Send a transaction, and let it become final and be indexed."""
        sent = {"from": self.address, "to": call["to"], "data": call["data"], "gas": hex(1_000_000)}
        self.rpc.call("eth_sendTransaction", {**sent, "value": hex(int(call["value"]))})
        self.settle(blocks)

    def settle(self, blocks: int = 4) -> None:
        """Let blocks come, and be indexed."""
        self.market.mine(blocks)
        lead.catch_up(self.chain, self.rpc)

    def do(self, path: str, *, blocks: int = 4, **said: str) -> None:
        """Send what a form answers with."""
        answer = self.post(path, **said)
        assert answer.status_code == 200, answer.content
        self.send(answer.json(), blocks)

    def sign(self, path: str, **said: str) -> tuple[str, dict[str, str]]:
        """Sign what a form answers with; return where the signature goes, with all that goes with it."""
        asked = self.post(path, **said)
        assert asked.status_code == 200, asked.content
        asked = asked.json()
        typed = json.loads(json.dumps(asked["typed"]))
        for name in ("value", "nonce", "deadline"):
            typed["message"][name] = int(typed["message"][name])
        signed = key_of(NUMBER).sign_typed_data(full_message=typed)
        return asked["to"], {**said, **asked["fields"], "signature": f"0x{signed.signature.hex().removeprefix('0x')}"}

    def refused(self, path: str, **said: str) -> str:
        answer = self.post(path, **said)
        assert 400 <= answer.status_code < 500, answer.content
        return str(answer.json()["code"])


@pytest.fixture
def payer(client: Client, alone: tuple[Chain, Rpc, Market]) -> Payer:  # noqa: F811
    """Who pays."""
    return Payer(client, *alone)
