"""The demo's ready key: its buyer signs in, makes a key and authorises it, all for real, by anvil's own wallet.

And a ready wallet: a program's, with some demo dollars and no account here, that pays a call by a signature.
"""

from __future__ import annotations

import os
from pathlib import Path

from eth_account import Account

from accounts.actions import issue_nonce, sign_in
from accounts.models import User
from common.errors import DomainError
from contracts.chain import codec
from contracts.chain.client import client
from contracts.chain.preflight import WalletCall
from contracts.models import LOCAL_CHAIN, Chain
from contracts.names import COIN, DEMO_DOLLAR, ESCROW
from inference.keys.actions import Caps, create_key
from inference.keys.finding import key_of
from inference.keys.models import ApiKey

from .depositing import prepare_deposit

NAME = "Demo"
HERE = "127.0.0.1"
ONE = 10**18
DEPOSIT = ONE // 2  # what it begins with
CAPS = Caps(day=ONE // 10, total=ONE)
DOLLARS = 10 * 10**6  # smallest units of the demo dollar that the wallet begins with
GAS = 200_000  # of a transfer of them
SECONDS = 30  # to wait for the chain


def ready_key(*, path: Path, address: str, origin: str) -> ApiKey:
    """Return the key whose secret stands in a file that its owner alone can read; make both where there is none."""
    chain = Chain.objects.get(pk=LOCAL_CHAIN)
    key = _kept(path) or _made(path, chain, address, origin)
    if key.chain == chain and not _is_authorised(chain, key):
        _authorise(chain, key)
    return key


def _kept(path: Path) -> ApiKey | None:
    try:
        return key_of(path.read_text().strip(), HERE)
    except (OSError, DomainError):
        return None


def _made(path: Path, chain: Chain, address: str, origin: str) -> ApiKey:
    user = _signed_in(chain, address, origin)
    made = create_key(user=user, name=NAME, chain_id=chain.pk, token=COIN, caps=CAPS)
    _write(path, made.secret)
    return made.key


def _signed_in(chain: Chain, address: str, origin: str) -> User:
    """Return the user once it has accepted the terms as they stand, by a signature like everybody's."""
    user = User.objects.filter(address=address.lower()).first()
    if user and not user.owes_acceptance:
        return user
    message = issue_nonce(address=address, chain_id=chain.pk, origin=origin, client=HERE).message
    signature = client(chain).call("personal_sign", f"0x{message.encode().hex()}", address)
    return sign_in(message=message, signature=signature, origin=origin, client=HERE)[0]


def ready_wallet(*, path: Path, giver: str) -> str:
    """Return the address of the wallet whose key stands in a file that its owner alone can read, with demo dollars.

    ``giver`` is an account of anvil's own, which takes them from their contract where it has too few.
    """
    chain = Chain.objects.get(pk=LOCAL_CHAIN)
    if not path.exists():
        _write(path, Account.create().key.to_0x_hex())
    address: str = Account.from_key(path.read_text()).address
    if not _dollars(chain, address):
        if _dollars(chain, giver) < DOLLARS:
            _send(chain, giver, "faucet", [])
        _send(chain, giver, "transfer", [address.lower(), DOLLARS])
    return address


def _dollars(chain: Chain, account: str) -> int:
    data = codec.call_data(DEMO_DOLLAR, "balanceOf", [account.lower()])
    told = codec.decode_result(DEMO_DOLLAR, "balanceOf", client(chain).eth_call(chain.deployment[DEMO_DOLLAR], data))
    assert isinstance(told, int)  # noqa: S101  for the type checker: the contract's interface says so
    return told


def _send(chain: Chain, sender: str, function: str, arguments: list[object]) -> None:
    data = codec.call_data(DEMO_DOLLAR, function, arguments)
    # The gas is not estimated: what goes before may not be mined yet.
    call = {"from": sender, "to": chain.deployment[DEMO_DOLLAR], "data": data, "gas": hex(GAS)}
    client(chain).call("eth_sendTransaction", call)


def _write(path: Path, secret: str) -> None:
    unfinished = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret)
    unfinished.rename(path)


def _is_authorised(chain: Chain, key: ApiKey) -> bool:
    # Asked of the chain and not of the index, which may not have seen it yet: else it would be paid in twice.
    data = codec.call_data(ESCROW, "key", [key.user.address, key.key_id])
    told = codec.decode_result(ESCROW, "key", client(chain).eth_call(chain.deployment[ESCROW], data))
    return bool(told["ceiling"])


def _authorise(chain: Chain, key: ApiKey) -> None:
    call = prepare_deposit(user=key.user, chain=chain, token=COIN, amount=DEPOSIT, key=key)
    assert isinstance(call, WalletCall)  # noqa: S101  for the type checker: coin needs no signature
    client(chain).call("eth_sendTransaction", call.request())
