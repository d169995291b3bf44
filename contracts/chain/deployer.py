"""Puts our contracts on a chain, once, in the order that their constructors need (docs/mechanisms/money.md)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from contracts.models import Chain

from . import codec
from .client import client
from .transactions import send_transaction, wait_for_receipt


@dataclass
class Deployer:
    """One deployment under way: ``admin`` signs, and keeps the right to change what can be changed."""

    chain: Chain
    admin: LocalAccount
    fee_vault: str
    pass_uri: str
    say: Callable[[str], object] = print
    _first_block: int = field(default=0, init=False)

    def deploy(self) -> tuple[dict[str, str], int]:
        """Return the contracts' addresses by name, and the number of the first block that can hold their events."""
        authority = self._contract("AccessManager", self.admin.address)
        parameters = self._contract("ProtocolParameters", authority)
        passes = self._contract("AccessPass", authority, self.pass_uri)
        splitter = self._contract("RevenueSplitter", authority, self.fee_vault)
        market = self._contract("ModelMarketplace", parameters, splitter, passes)
        self._allow("AccessPass", passes, "setMinter", market)
        self._allow("RevenueSplitter", splitter, "setAccruer", market)
        names = ("AccessManager", "ProtocolParameters", "RevenueSplitter", "AccessPass", "ModelMarketplace")
        return dict(zip(names, (authority, parameters, splitter, passes, market), strict=True)), self._first_block

    def _contract(self, name: str, *args: Any) -> str:
        data = codec.constructor_data(name, args)
        receipt = self._send(f"deploy:{name}", data)
        self._first_block = self._first_block or receipt["blockNumber"]
        address = str(receipt["contractAddress"]).lower()
        self.say(f"{name} is at {address}.")
        return address

    def _allow(self, contract: str, address: str, function: str, market: str) -> None:
        self._send(f"allow:{contract}", codec.call_data(contract, function, [market, True]), address)

    def _send(self, purpose: str, data: str, to: str = "") -> Any:
        """Send what this purpose needs; one with other code or other arguments is another purpose."""
        mark = keccak(text=f"{to}{data}").hex()[:16]
        sent = send_transaction(chain=self.chain, account=self.admin, business_id=f"{purpose}:{mark}", data=data, to=to)
        return wait_for_receipt(self.chain, sent)


def has_code(chain: Chain, addresses: Sequence[str]) -> bool:
    """Return whether there is a contract at every one of these addresses, and at least one address."""
    answers = client(chain).batch([("eth_getCode", [address, "latest"]) for address in addresses])
    return bool(answers) and all(answer != "0x" for answer in answers)
