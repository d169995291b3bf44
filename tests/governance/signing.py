"""What people sign without a browser: with the keys of anvil's accounts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from common.published import MNEMONIC
from contracts.models import Chain
from governance.relay.actions import prepare_ballot, take_ballot
from governance.relay.messages import exact
from governance.relay.models import SignedMessage

RELAYER = 37  # of anvil's accounts


@cache
def key_of(number: int) -> LocalAccount:
    """Return one of anvil's accounts with its key."""
    Account.enable_unaudited_hdwallet_features()
    made: LocalAccount = Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{number}")
    return made


def address_of(number: int) -> str:
    return key_of(number).address.lower()


def sign(number: int, typed: Mapping[str, Any]) -> str:
    """Return the signature of typed data, as the server prepared it, by one of anvil's accounts."""
    return str(key_of(number).sign_typed_data(full_message=exact(typed)).signature.to_0x_hex())


def sign_ballot(chain: Chain, voter: int, number: int, support: int, reason: str = "") -> SignedMessage:
    """Sign a ballot, and leave it with the server."""
    ballot: dict[str, Any] = {"chain": chain, "account": address_of(voter), "number": number, "support": support}
    typed = prepare_ballot(**ballot, reason=reason)
    return take_ballot(**ballot, reason=reason, signature=sign(voter, typed))
