"""Somebody with a wallet of their own who uses the site by plain HTTP, as the page's scripts do."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from eth_account import Account as Keys
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from tests import anvil, loopback

from .stack_demo import StackDemo

CHAIN = 31337
ETHER = 10**18
GAS, FEE = 400_000, 10**11
STATE = re.compile(r'id="order" data-state="([a-z]+)"')


@dataclass
class Buyer:
    """A fresh key with one ether and, once signed in, a session."""

    demo: StackDemo
    keys: LocalAccount = field(default_factory=Keys.create)

    def __post_init__(self) -> None:
        """Open the browser and fill the wallet."""
        self.browser = loopback.client(self.demo.url, timeout=30)
        self.fund()

    def fund(self) -> None:
        """Have one ether."""
        anvil.call(self.demo.rpc, "anvil_setBalance", self.address, hex(ETHER))

    @property
    def address(self) -> str:
        """The address as the database has it."""
        return str(self.keys.address).lower()

    def sign_in(self) -> None:
        """Sign the message that the site writes."""
        message = self.post("/sign-in/nonce", address=self.keys.address, chain_id=CHAIN).json()["message"]
        signature = self.keys.sign_message(encode_defunct(text=message)).signature.to_0x_hex()
        self.post("/sign-in", message=message, signature=signature)

    def order(self, model: str) -> str:
        """Order a lasting pass; return the address of the order's page."""
        return str(self.post(f"/models/{model}/buy", plan=0, accept="on").headers["location"]).partition("#")[0]

    def order_again(self, order: str) -> str:
        """Order the same once more."""
        return str(self.post(f"{order}/again").headers["location"]).partition("#")[0].partition("?")[0]

    def pay(self, order: str) -> str:
        """Have the wallet sign and send what the site asks for; return the transaction's hash."""
        call = self.post(f"{order}/open").json()
        count = anvil.call(self.demo.rpc, "eth_getTransactionCount", self.address, "latest")
        signed = self.keys.sign_transaction(
            {
                "to": to_checksum_address(call["to"]),
                "value": int(call["value"]),
                "data": call["data"],
                "chainId": call["chainId"],
                "nonce": int(count, 16),
                "gas": GAS,
                "maxFeePerGas": FEE,
                "maxPriorityFeePerGas": 10**9,
            }
        )
        return str(anvil.call(self.demo.rpc, "eth_sendRawTransaction", signed.raw_transaction.to_0x_hex()))

    def tell(self, order: str, tx_hash: str) -> None:
        """Tell the site the hash, as the page does."""
        self.post(f"{order}/sent", tx_hash=tx_hash)

    def state(self, order: str) -> str:
        """Return what the order's page says."""
        found = STATE.search(self.get(order))
        assert found
        return found[1]

    def get(self, path: str) -> str:
        """Return a page."""
        return self.browser.get(path).raise_for_status().text

    def post(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form with the token that belongs to the session."""
        token = self.browser.get("/sign-in/start").raise_for_status().json()["csrf_token"]
        answer = self.browser.post(path, data=fields, headers={"X-CSRFToken": token, "Accept": "application/json"})
        assert answer.status_code < 400, answer.text[-2000:]
        return answer

    @contextmanager
    def playground(self, model: str) -> Iterator[Socket]:
        """Open the socket of a model's playground."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.browser.cookies.items())
        address = f"{self.demo.url.replace('http', 'ws', 1)}/ws/playground/{model}"
        headers = {"Cookie": cookies}
        with connect(address, origin=self.demo.url, additional_headers=headers, proxy=None) as wire:  # type: ignore[arg-type]  # Origin is a str
            yield Socket(wire)


@dataclass
class Socket:
    """One open socket."""

    wire: Connection

    def ask(self, question: str) -> None:
        """Ask a question."""
        self.wire.send(json.dumps({"type": "ask", "messages": [{"role": "user", "content": question}]}))

    def hear(self, kind: str, seconds: float = 60) -> dict[str, Any]:
        """Return the next message of a kind; the others are passed over, but an error fails the test."""
        until = time.monotonic() + seconds
        while (heard := self.any(until - time.monotonic()))["type"] != kind:
            assert heard["type"] != "error", heard
        return heard

    def any(self, seconds: float = 60) -> dict[str, Any]:
        """Return the next message."""
        return dict(json.loads(self.wire.recv(seconds)))
