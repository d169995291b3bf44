"""Our contracts on a test's chain, whom the deployment names there, and what the DAO does once it is handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eth_account import Account

from contracts.actions import deploy_contracts
from contracts.chain import codec
from contracts.models import Chain
from contracts.names import TREASURY
from contracts.naming import Named
from contracts.roles import ROLES

from . import anvil

Account.enable_unaudited_hdwallet_features()
KEY = Account.from_mnemonic("test " * 11 + "junk").key.to_0x_hex()  # anvil's first account, as anvil publishes it
MODERATOR, SETTLER, KEEPER, MEMBER, CONTRIBUTOR = 9, 10, 11, 12, 13  # of anvil's accounts
ACCOUNTS = 14


def named(node: str) -> Named:
    """Return whom deployments on a chain of the tests name, one for each part."""
    accounts = anvil.call(node, "eth_accounts")
    holders = {"MODERATOR": MODERATOR, "GUARDIAN": MEMBER, "SETTLER": SETTLER, "KEEPER": KEEPER}
    return Named({label: [accounts[number]] for label, number in holders.items()}, beneficiary=accounts[CONTRIBUTOR])


def deploy(node: str, pass_uri: str = "", people: Named | None = None) -> tuple[Chain, bool]:
    """Put the contracts on a test's chain, the home chain, with ``people`` in the place of those of the tests."""
    given = people or named(node)
    return deploy_contracts(short_name="anvil", rpc_urls=[node], deployer_key=KEY, pass_uri=pass_uri, named=given)


def everything_for(account: str) -> Named:
    """Return a deployment's names by which one account has everything, on a chain that is not the home chain."""
    return Named({label: [account] for label in ROLES}, fee_vault=account, admin=account)


def decide(node: str, deployment: Mapping[str, str], contract: str, function: str, args: Sequence[Any]) -> Any:
    """Have the timelock call a contract, as it does after a vote; return the receipt."""
    treasury = deployment[TREASURY]
    kept = anvil.call(node, "eth_getBalance", treasury, "latest")
    anvil.call(node, "anvil_impersonateAccount", treasury)
    anvil.call(node, "anvil_setBalance", treasury, hex(10**18))
    call = {"from": treasury, "to": deployment[contract], "data": codec.call_data(contract, function, args)}
    receipt = anvil.receipt(node, anvil.call(node, "eth_sendTransaction", {**call, "gas": hex(1_000_000)}))
    anvil.call(node, "anvil_setBalance", treasury, kept)
    anvil.call(node, "anvil_stopImpersonatingAccount", treasury)
    assert receipt["status"] == "0x1"
    return receipt
