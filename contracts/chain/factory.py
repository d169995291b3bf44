"""Addresses of our contracts: a factory derives each from the deployer's address and the contract's name.

So the addresses are known before anything is deployed, and are the same on every chain (docs/decisions/0038).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_utils.crypto import keccak

from contracts.errors import PermanentChainError
from contracts.models import Chain

from . import abi, codec
from .client import client

PROXY = "0x4e59b44847b379578588920ca78fbf26c0b4956c"  # puts code where the code decides, on every chain that we know
SALT = bytes(32)
GENERATION = "citrate-marketplace/1"  # another one: another set of contracts by the same deployer


def address() -> str:
    """Return where the factory is, on any chain."""
    made = keccak(b"\xff" + codec.to_bytes(PROXY) + SALT + keccak(codec.to_bytes(_code())))
    return f"0x{made[12:].hex()}"


def creation() -> str:
    """Return the data of the call of PROXY that puts the factory there."""
    return f"0x{SALT.hex()}{_code().removeprefix('0x')}"


def salt_of(name: str) -> str:
    """Return the salt of a contract's place."""
    return f"0x{keccak(text=f'{GENERATION}/{name}').hex()}"


def addresses(chain: Chain, deployer: str, names: Sequence[str]) -> dict[str, str]:
    """Return where the deployer's contracts of these names are or will be. The factory must be there."""
    calls = [codec.call_data("ContractFactory", "addressOf", [deployer, salt_of(name)]) for name in names]
    answers = client(chain).batch([("eth_call", [{"to": address(), "data": data}, "latest"]) for data in calls])
    found = [codec.decode_result("ContractFactory", "addressOf", answer) for answer in answers]
    return dict(zip(names, found, strict=True))


def first_block(chain: Chain, deployer: str) -> int:
    """Return the number of the block of the deployer's first contract."""
    return min(int(log["blockNumber"], 16) for log in _deployed(chain, deployer))


def made_of(chain: Chain, deployer: str) -> dict[str, str]:
    """Return what each of the deployer's contracts was made of, code and arguments, by its salt."""
    calls = [("eth_getTransactionByHash", [log["transactionHash"]]) for log in _deployed(chain, deployer)]
    read = [codec.decode_call("ContractFactory", each["input"])[1] for each in client(chain).batch(calls)]
    return {args["salt"]: args["initCode"] for args in read}


def _deployed(chain: Chain, deployer: str) -> list[dict[str, Any]]:
    """Return the factory's logs of what this deployer has put there."""
    event = next(entry for entry in abi.entries("ContractFactory", "event") if entry["name"] == "ContractDeployed")
    topics = [f"0x{abi.digest(event).hex()}", f"0x{deployer.removeprefix('0x').lower():0>64}"]
    wanted = {"fromBlock": "0x0", "toBlock": "latest", "address": address(), "topics": topics}
    logs: list[dict[str, Any]] = client(chain).call("eth_getLogs", wanted)
    return logs


def begun(chain: Chain, deployer: str) -> int:
    """Return when the deployer's first contract was put there, in seconds since 1970."""
    block = client(chain).call("eth_getBlockByNumber", hex(first_block(chain, deployer)), False)
    return int(block["timestamp"], 16)


def has_code(chain: Chain, addresses: Sequence[str]) -> list[bool]:
    """Return for each of these addresses whether there is a contract."""
    answers = client(chain).batch([("eth_getCode", [each, "latest"]) for each in addresses])
    return [answer != "0x" for answer in answers]


def check_proxy(chain: Chain) -> None:
    """Raise PermanentChainError where the chain does not have what the factory is put there with."""
    if not has_code(chain, [PROXY])[0]:
        raise PermanentChainError(
            f"{chain.name} has no deterministic deployment proxy at {PROXY}; it has to be put there first."
        )


def _code() -> str:
    return str(abi.artifact("ContractFactory")["bytecode"])
