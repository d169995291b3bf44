"""The accounts of the words that anvil publishes: whoever reads its manual can spend what they hold."""

from __future__ import annotations

from functools import cache

MNEMONIC = "test " * 11 + "junk"
ACCOUNTS = 39  # as many as the demo plays with


@cache
def published_accounts() -> dict[int, str]:
    """Return the address, in lower case, of each published key.

    Takes a few tenths of a second the first time, so nobody should call it who has no key to compare.
    """
    from eth_account import Account  # not loaded by processes that have no key either

    Account.enable_unaudited_hdwallet_features()
    paths = (f"m/44'/60'/0'/0/{number}" for number in range(ACCOUNTS))
    accounts = [Account.from_mnemonic(MNEMONIC, account_path=path) for path in paths]
    return {int.from_bytes(account.key): account.address.lower() for account in accounts}


def is_published_key(key: str) -> bool:
    """Whether a private key is one of anvil's, however it is written; what is no key is none."""
    try:
        return bool(key) and int(key.strip(), 16) in published_accounts()
    except ValueError:
        return False


def is_published_address(address: str) -> bool:
    """Whether an address belongs to one of anvil's keys."""
    return bool(address) and address.strip().lower() in published_accounts().values()
