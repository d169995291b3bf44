"""Sign-in messages, right and wrong, and people who sign them."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from eth_account import Account as Keys
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

from accounts import nonces
from accounts.legal import documents
from accounts.siwe import STATEMENT

ORIGIN = "http://testserver"

LINES = {
    "domain": "{} wants you to sign in with your Ethereum account:",
    "address": "{}\n",
    "statement": "{}\n",
    "uri": "URI: {}",
    "version": "Version: {}",
    "chain_id": "Chain ID: {}",
    "nonce": "Nonce: {}",
    "issued_at": "Issued At: {}",
    "expires_at": "Expiration Time: {}",
    "not_before": "Not Before: {}",
    "request_id": "Request ID: {}",
    "resources": "Resources:\n- {}",
}


def moment(**ago: float) -> str:
    """Return the time that was so long ago, as messages write it."""
    return f"{datetime.now(UTC) - timedelta(**ago):%Y-%m-%dT%H:%M:%SZ}"


@dataclass
class Person:
    """Someone with a key and an IP address of their own, so that no test uses up another's limits."""

    keys: LocalAccount = field(default_factory=Keys.create)
    ip: str = field(default_factory=lambda: f"10.{random.randint(0, 255)}.{random.randint(0, 255)}.1")  # noqa: S311

    @property
    def address(self) -> str:
        return str(self.keys.address)

    def message(self, **changes: str | None) -> str:
        """Return a message that is good now, but for the changed lines; None leaves one out."""
        lines: dict[str, str | None] = {
            "domain": "testserver",
            "address": self.address,
            "statement": STATEMENT,
            "uri": ORIGIN,
            "version": "1",
            "chain_id": "31337",
            "nonce": changes["nonce"] if "nonce" in changes else nonces.issue(),
            "issued_at": moment(seconds=1),
            "expires_at": moment(minutes=-4),
            "resources": "\n- ".join(documents.resources(ORIGIN)),
            **changes,
        }
        return "\n".join(LINES[name].format(lines[name]) for name in LINES if lines.get(name) is not None)

    def sign(self, message: str) -> str:
        """Return the signature as a wallet gives it."""
        return "0x" + self.keys.sign_message(encode_defunct(text=message)).signature.hex()

    def sign_in(self, client: Client, message: str | None = None, signature: str | None = None) -> Any:
        """Send the signed message as the page's script does, and return the response."""
        text = message or self.message()
        sent = {"message": text, "signature": signature or self.sign(text)}
        headers = {"accept": "application/json"}
        return client.post("/sign-in", sent, headers=headers, REMOTE_ADDR=self.ip)
