"""Who can do what, as the chain itself answers: nothing here is taken from a list of ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contracts.errors import RevertedError
from contracts.models import Chain

from . import abi, codec
from .client import Client, client
from .events import decode_log

MANAGER = "AccessManager"
NOBODY = "0x" + "dead" * 10  # an account without any role
BY_MANAGER = {"AccessManagedUnauthorized", "AccessManagerUnauthorizedAccount"}
BY_CONTRACT = {"NotMarket": "ModelMarketplace", "NotEscrow": "InferenceEscrow"}
BY_ITSELF = "setAuthority"  # the manager's alone, when its admin calls `updateAuthority`
LOGS = 10_000  # blocks asked for at once; public endpoints take no more
ADMIN_LABEL = "ADMIN"


@dataclass(frozen=True)
class Restricted:
    """A function that not everybody may call: by holders of a role, or, where there is none, by one other contract."""

    contract: str
    function: str
    role: int | None
    only: str = ""


@dataclass(frozen=True)
class Granted:
    """A role with its label, and the accounts that hold it now; ``delay`` is seconds from scheduling to execution."""

    id: int
    label: str
    holders: list[tuple[str, int]]


def restricted_functions(chain: Chain) -> Iterator[Restricted]:
    """Yield every function that refuses an account without roles, with the role that it asks for.

    Each function that may write is tried, by a call that changes nothing, with zeros for arguments.
    """
    rpc = client(chain)
    for contract in sorted(set(chain.deployment) & set(abi.NAMES)):
        for entry in abi.entries(contract, "function"):
            if entry["stateMutability"] in ("view", "pure"):
                continue
            refusal = _refusal(rpc, chain.deployment[contract], contract, entry)
            if entry["name"] == BY_ITSELF:
                yield Restricted(contract, entry["name"], None, MANAGER)
            elif refusal in BY_MANAGER:
                yield Restricted(contract, entry["name"], _role_of(chain, contract, entry))
            elif refusal in BY_CONTRACT:
                yield Restricted(contract, entry["name"], None, BY_CONTRACT[refusal])


def granted_roles(chain: Chain) -> list[Granted]:
    """Return every role that was ever labelled or given, with those who hold it at the latest block."""
    labels, candidates = {0: ADMIN_LABEL}, set()
    for log in _logs(chain):
        name, args = decode_log(MANAGER, log["topics"], log["data"]) or ("", {})
        if name == "RoleLabel":
            labels[args["roleId"]] = args["label"]
        elif name == "RoleGranted":
            # Only a candidate: the role may have been taken back, which ``hasRole`` knows.
            candidates.add((args["roleId"], args["account"]))
    roles = sorted({*labels, *(role for role, _ in candidates)})
    return [Granted(role, labels.get(role, ""), _holders(chain, role, candidates)) for role in roles]


def _holders(chain: Chain, role: int, candidates: set[tuple[int, str]]) -> list[tuple[str, int]]:
    found = []
    for account in sorted(account for given, account in candidates if given == role):
        is_member, delay = _ask(chain, "hasRole", [role, account])
        if is_member:
            found.append((account, delay))
    return found


def _logs(chain: Chain) -> Iterator[dict[str, Any]]:
    rpc, address = client(chain), chain.deployment[MANAGER]
    head = rpc.block_number()
    for start in range(chain.start_block, head + 1, LOGS):
        wanted = {"fromBlock": hex(start), "toBlock": hex(min(head, start + LOGS - 1)), "address": address}
        yield from rpc.call("eth_getLogs", wanted)


def _role_of(chain: Chain, contract: str, entry: dict[str, Any]) -> int:
    """Return the role that a function asks for; the manager's own answer by their arguments, and are the admin's."""
    if contract == MANAGER:
        return 0
    selector = f"0x{abi.digest(entry)[:4].hex()}"
    return int(_ask(chain, "getTargetFunctionRole", [chain.deployment[contract], selector]))


def _ask(chain: Chain, function: str, args: list[Any]) -> Any:
    answer = client(chain).eth_call(chain.deployment[MANAGER], codec.call_data(MANAGER, function, args))
    return codec.decode_result(MANAGER, function, answer)


def _refusal(rpc: Client, address: str, contract: str, entry: dict[str, Any]) -> str:
    """Return the name of the error with which the contract refuses NOBODY, empty where it does not."""
    data = codec.call_data(contract, entry["name"], [_zero(parameter) for parameter in entry["inputs"]])
    try:
        rpc.eth_call(address, data, sender=NOBODY)
    except RevertedError as error:
        return str(error.data.get("name", ""))
    return ""


def _zero(parameter: dict[str, Any]) -> Any:
    kind: str = parameter["type"]
    if kind.endswith("]"):
        return []
    if kind == "tuple":
        return [_zero(member) for member in parameter["components"]]
    if kind == "address":
        return NOBODY
    simple: dict[str, Any] = {"string": "", "bool": False, "bytes": b""}
    if kind.startswith("bytes"):
        return bytes(int(kind.removeprefix("bytes") or 0))
    return simple.get(kind, 0)
