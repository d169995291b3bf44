"""Puts our contracts on a chain, once, gives the roles, and hands over (docs/decisions/0220)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from contracts.errors import RevertedError
from contracts.models import Chain, SentTransaction
from contracts.names import DEMO_DOLLAR, GUARD, TREASURY
from contracts.naming import Named
from contracts.roles import ADMIN, GUARDIAN, Role, roles_of

from . import codec, factory
from .client import client
from .constructors import Design
from .transactions import send_transaction, wait_for_receipt

MANAGER = "AccessManager"
NO_DELAY = 0
DEMO_DOLLAR_WEIGHT = 4 * 10**26  # a demo dollar paid in fees counts in ratings as 0.0004 of the coin


@dataclass(frozen=True)
class Mandate:
    """Who may do what once a deployment is done: its only admin, and the holders of each role by its label."""

    admin: str
    holders: Mapping[str, Sequence[str]]


def mandate_of(chain: Chain, at: Mapping[str, str], named: Named, deployer: str) -> Mandate:
    """Return who decides on a chain: the timelock on the home chain, elsewhere the account that is named for it.

    On a chain of this machine that is not the home chain the deployer stands in for whoever is not named.
    """
    roles = roles_of(at)
    if chain.is_home:
        holders = {label: list(named.holders.get(label, ())) for label in roles}
        return Mandate(at[TREASURY], {**holders, GUARDIAN: [at[GUARD]]})
    admin = named.admin or deployer
    return Mandate(admin, {label: list(named.holders.get(label) or [deployer]) for label in roles})


@dataclass
class Deployer:
    """One deployment under way: ``account`` signs, and is the admin until it hands over in the last transaction."""

    design: Design
    account: LocalAccount
    say: Callable[[str], object] = print

    @property
    def chain(self) -> Chain:
        """Where it is deployed."""
        return self.design.chain

    def deploy(self) -> tuple[dict[str, str], int]:
        """Return the contracts' addresses by name, and the number of the first block that can hold their events."""
        self._place_factory()
        at = factory.addresses(self.chain, self.account.address, self.design.names())
        self._place_all(at)
        # Registering and handing over come last, in one transaction: an empty registry means that it is to be done.
        if self._view(at, "Registry", "count") == 0:
            self._configure(at)
        return at, factory.first_block(self.chain, self.account.address)

    def _place_factory(self) -> None:
        factory.check_proxy(self.chain)
        if not factory.has_code(self.chain, [factory.address()])[0]:
            self._done(self._send("deploy:ContractFactory", factory.creation(), factory.PROXY))

    def _place_all(self, at: Mapping[str, str]) -> None:
        """Put there what is not: the first alone, for others ask for it or its time, then the rest without waiting."""
        first = next(iter(at))
        present = dict(zip(at, factory.has_code(self.chain, list(at.values())), strict=True))
        if not present[first]:
            self._done(self._place(first, self.design.arguments(at, 0)[first]))
        begun = factory.begun(self.chain, self.account.address)
        made = self.design.arguments(at, begun)
        sent = [self._place(name, made[name]) for name in at if name != first and not present[name]]
        for each in sent:
            self._done(each)
        for name, address in at.items():
            self.say(f"{name} is at {address}.")

    def _place(self, name: str, args: Sequence[Any]) -> SentTransaction:
        code = codec.constructor_data(name, args)
        data = codec.call_data("ContractFactory", "deploy", [factory.salt_of(name), code])
        return self._send(f"deploy:{name}", data, factory.address())

    def _configure(self, at: Mapping[str, str]) -> None:
        """Give the roles, register the names and hand over, in one transaction: all of it, or none."""
        mandate = mandate_of(self.chain, at, self.design.named, self.account.address)
        calls = [*_role_calls(at, mandate), *_admin_calls(at), *self._handover(mandate)]
        data = codec.call_data(MANAGER, "multicall", [calls])
        self._done(self._send("configure", data, at[MANAGER]))

    def _handover(self, mandate: Mandate) -> list[str]:
        """Return the last calls: another admin, and no right that the deployer keeps."""
        if mandate.admin.lower() == self.account.address.lower():
            return []
        return [
            codec.call_data(MANAGER, "grantRole", [ADMIN, mandate.admin, NO_DELAY]),
            codec.call_data(MANAGER, "revokeRole", [ADMIN, self.account.address]),
        ]

    def _view(self, at: Mapping[str, str], contract: str, function: str) -> Any:
        answer = client(self.chain).eth_call(at[contract], codec.call_data(contract, function))
        return codec.decode_result(contract, function, answer)

    def _send(self, purpose: str, data: str, to: str) -> SentTransaction:
        """Send what this purpose needs; one with other code or other arguments is another purpose."""
        purpose = f"{purpose}:{keccak(text=f'{to}{data}').hex()[:16]}"
        return send_transaction(chain=self.chain, account=self.account, business_id=purpose, data=data, to=to)

    def _done(self, sent: SentTransaction) -> None:
        """Wait until it is in a block. Raises RevertedError if it failed there; the next run then sends another."""
        try:
            wait_for_receipt(self.chain, sent)
        except RevertedError:
            SentTransaction.objects.filter(pk=sent.pk).update(business_id=f"failed:{sent.hash}")
            raise


def _role_calls(at: Mapping[str, str], mandate: Mandate) -> list[str]:
    """Return the calls of the manager that name the roles, say what they may do, and give them."""
    calls = []
    for label, role in roles_of(at).items():
        calls.append(codec.call_data(MANAGER, "labelRole", [role.id, label]))
        calls += [codec.call_data(MANAGER, "setTargetFunctionRole", each) for each in _targets(at, role)]
        calls += [codec.call_data(MANAGER, "grantRole", [role.id, each, NO_DELAY]) for each in mandate.holders[label]]
    return calls


def _targets(at: Mapping[str, str], role: Role) -> list[list[Any]]:
    return [
        [at[contract], [codec.selector(contract, function) for function in functions], role.id]
        for contract, functions in role.functions.items()
    ]


def _admin_calls(at: Mapping[str, str]) -> list[str]:
    """Return the calls of the manager by which it calls the others as the admin."""
    names = [("Registry", "register", [f"0x{name.encode().hex():0<64}", place]) for name, place in at.items()]
    tokens = [
        ("ProtocolParameters", "setToken", [at[name], True, DEMO_DOLLAR_WEIGHT]) for name in at if name == DEMO_DOLLAR
    ]
    calls = [(at[contract], codec.call_data(contract, function, args)) for contract, function, args in names + tokens]
    return [codec.call_data(MANAGER, "execute", call) for call in calls]
