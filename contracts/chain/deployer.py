"""Puts our contracts on a chain, once, and grants the roles (docs/mechanisms/money.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from contracts.models import Chain
from contracts.names import DEMO_DOLLAR
from contracts.roles import ROLES

from . import abi, codec, factory
from .client import client
from .transactions import send_transaction, wait_for_receipt

NO_DELAY = 0
DEMO_DOLLAR_WEIGHT = 4 * 10**26  # a demo dollar paid in fees counts in ratings as 0.0004 of the coin


@dataclass
class Deployer:
    """One deployment under way: ``admin`` signs, and keeps the right to change what can be changed.

    ``holders`` are the addresses that get the roles of ``contracts.roles``; the admin where there are none.
    """

    chain: Chain
    admin: LocalAccount
    fee_vault: str
    pass_uri: str
    holders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    say: Callable[[str], object] = print

    def deploy(self) -> tuple[dict[str, str], int]:
        """Return the contracts' addresses by name, and the number of the first block that can hold their events."""
        self._place_factory()
        at = factory.addresses(self.chain, self.admin.address, self._names())
        present = factory.has_code(self.chain, list(at.values()))
        for (name, args), there in zip(self._constructors(at).items(), present, strict=True):
            if not there:
                self._place(name, args)
            self.say(f"{name} is at {at[name]}.")
        # Registering comes last, in one transaction: an empty registry means that it is still to be done.
        if self._view(at, "Registry", "count") == 0:
            self._configure(at)
        return at, factory.first_block(self.chain, self.admin.address)

    def _names(self) -> list[str]:
        return list(self._constructors(dict.fromkeys(abi.NAMES, "")))

    def _constructors(self, at: Mapping[str, str]) -> dict[str, list[Any]]:
        """Return what each contract is made with, in an order in which their constructors may call each other."""
        authority, parameters, splitter = at["AccessManager"], at["ProtocolParameters"], at["RevenueSplitter"]
        passes, market, ratings = at["AccessPass"], at["ModelMarketplace"], at["Ratings"]
        pricing, search, escrow = at["Pricing"], at["ModelSearch"], at["InferenceEscrow"]
        contracts: dict[str, list[Any]] = {
            "AccessManager": [self.admin.address],
            "Registry": [authority],
            "ProtocolParameters": [authority],
            "RevenueSplitter": [authority, self.fee_vault, market, escrow, passes],
            "AccessPass": [self.pass_uri, market, splitter, parameters],
            "Ratings": [market, parameters],
            "Pricing": [market, parameters, ratings],
            "ModelSearch": [market],
            "ModelMarketplace": [authority, [parameters, splitter, passes, pricing, ratings, search, escrow]],
            "InferenceEscrow": [authority, parameters, splitter, market],
        }
        # It has a faucet for anybody, so it is no money on a public chain.
        return contracts | ({DEMO_DOLLAR: []} if self.chain.is_local else {})

    def _place_factory(self) -> None:
        factory.check_proxy(self.chain)
        if not factory.has_code(self.chain, [factory.address()])[0]:
            self._send("deploy:ContractFactory", factory.creation(), factory.PROXY)

    def _place(self, name: str, args: Sequence[Any]) -> None:
        code = codec.constructor_data(name, args)
        data = codec.call_data("ContractFactory", "deploy", [factory.salt_of(name), code])
        self._send(f"deploy:{name}", data, factory.address())

    def _configure(self, at: Mapping[str, str]) -> None:
        """Give the roles and register the names, in one transaction: all of it, or none."""
        calls = [*self._role_calls(at), *self._admin_calls(at)]
        data = codec.call_data("AccessManager", "multicall", [calls])
        self._send("configure", data, at["AccessManager"])

    def _role_calls(self, at: Mapping[str, str]) -> list[str]:
        """Return the calls of the manager that name the roles, say what they may do, and give them."""
        calls = []
        for label, role in ROLES.items():
            calls.append(codec.call_data("AccessManager", "labelRole", [role.id, label]))
            for contract, functions in role.functions.items():
                selectors = [codec.selector(contract, function) for function in functions]
                args = [at[contract], selectors, role.id]
                calls.append(codec.call_data("AccessManager", "setTargetFunctionRole", args))
            for holder in self.holders.get(label) or [self.admin.address]:
                calls.append(codec.call_data("AccessManager", "grantRole", [role.id, holder, NO_DELAY]))
        return calls

    def _admin_calls(self, at: Mapping[str, str]) -> list[str]:
        """Return the calls of the manager by which it calls the others as the admin."""
        names = [("Registry", "register", [f"0x{name.encode().hex():0<64}", place]) for name, place in at.items()]
        tokens = [
            ("ProtocolParameters", "setToken", [at[name], True, DEMO_DOLLAR_WEIGHT])
            for name in at
            if name == DEMO_DOLLAR
        ]
        calls = [
            (at[contract], codec.call_data(contract, function, args)) for contract, function, args in names + tokens
        ]
        return [codec.call_data("AccessManager", "execute", call) for call in calls]

    def _view(self, at: Mapping[str, str], contract: str, function: str) -> Any:
        answer = client(self.chain).eth_call(at[contract], codec.call_data(contract, function))
        return codec.decode_result(contract, function, answer)

    def _send(self, purpose: str, data: str, to: str) -> None:
        """Send what this purpose needs; one with other code or other arguments is another purpose."""
        mark = keccak(text=f"{to}{data}").hex()[:16]
        sent = send_transaction(chain=self.chain, account=self.admin, business_id=f"{purpose}:{mark}", data=data, to=to)
        wait_for_receipt(self.chain, sent)
