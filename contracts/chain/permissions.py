"""Who can do what, as the chain itself answers: nothing here is taken from a list of ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from eth_utils.crypto import keccak

from contracts.errors import RevertedError
from contracts.models import Chain
from contracts.names import COIN, DAO, DAY, ESCROW, GUARD, MARKET, PASS, STAKING, TREASURY, VESTING

from . import abi, codec
from .client import client
from .events import decode_log

MANAGER = "AccessManager"
NOBODY = "0x" + "dead" * 10  # an account without any role
BY_MANAGER = {"AccessManagedUnauthorized", "AccessManagerUnauthorizedAccount"}
BY_TIMELOCK = "AccessControlUnauthorizedAccount"  # which names the timelock's own role that is wanted
# Whoever may, where a contract knows it without the manager: other contracts of ours, or an account that it names.
BY_CONTRACT = {
    "NotMarket": (MARKET,),
    "NotEscrow": (ESCROW,),
    "NotCreditor": (MARKET, ESCROW, PASS),
    "NotStaking": (STAKING,),
    "GovernorOnlyExecutor": (TREASURY,),
    "TimelockUnauthorizedCaller": (TREASURY,),
    "TimelockFixed": (),
}
BY_NAME = {"NotMember": (GUARD, "member"), "OwnableUnauthorizedAccount": (VESTING, "owner")}
BY_ITSELF = "setAuthority"  # the manager's alone, when its admin calls `updateAuthority`
NUMBERS = (0, 2 * DAY)  # tried as arguments: some functions look at a number before they look at who calls
LOGS = 10_000  # blocks asked for at once; public endpoints take no more
ADMIN_LABEL = "ADMIN"
TIMELOCK_ROLES = {
    "0x" + (keccak(text=name).hex() if name else "0" * 64): name or "DEFAULT_ADMIN_ROLE"
    for name in ("", "PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE")
}

Holders = list[tuple[str, int]]  # accounts, and seconds from when they say it until it is done
Right = tuple[int | None, str, Holders]  # a role, or who else; and the accounts that have it


@dataclass(frozen=True)
class Restricted:
    """A function that not everybody may call: by holders of a role, or, where there is none, by who ``only`` says."""

    contract: str
    function: str
    signature: str
    role: int | None
    only: str
    holders: Holders


@dataclass(frozen=True)
class Granted:
    """A role with its label, and the accounts that hold it now; ``delay`` is seconds from scheduling to execution."""

    id: int
    label: str
    holders: Holders


@dataclass(frozen=True)
class Question:
    """A view of one of our contracts, and its arguments."""

    contract: str
    function: str
    args: Sequence[Any] = ()


def ask(chain: Chain, questions: Sequence[Question]) -> list[Any]:
    """Return what the contracts answer at the latest block, in the order of the questions."""
    calls = [
        ("eth_call", [{"to": chain.deployment[each.contract], "data": _data(each)}, "latest"]) for each in questions
    ]
    answers = client(chain).batch(calls) if calls else []
    return [
        codec.decode_result(each.contract, each.function, answer)
        for each, answer in zip(questions, answers, strict=True)
    ]


def writing(chain: Chain) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each function of the contracts on a chain that may write: its contract, and its entry."""
    for contract in sorted(set(chain.deployment) & set(abi.NAMES)):
        for entry in abi.entries(contract, "function"):
            if entry["stateMutability"] not in ("view", "pure"):
                yield contract, entry


def restricted_functions(chain: Chain) -> Iterator[Restricted]:
    """Yield every function that refuses an account without roles, with the role that it asks for and who can call it.

    Each function that may write is tried, by a call that changes nothing, with zeros for arguments.
    """
    teller = _Teller(chain)
    for contract, entry in writing(chain):
        if found := teller.told(contract, entry):
            yield found


def granted_roles(chain: Chain) -> list[Granted]:
    """Return every role that was ever labelled or given, with those who hold it at the latest block."""
    labels, candidates = {0: ADMIN_LABEL}, set()
    for name, args in logs_of(chain, MANAGER):
        if name == "RoleLabel":
            labels[args["roleId"]] = args["label"]
        elif name == "RoleGranted":
            # Only a candidate: the role may have been taken back, which ``hasRole`` knows.
            candidates.add((args["roleId"], args["account"]))
    tried = sorted(candidates)
    answers = ask(chain, [Question(MANAGER, "hasRole", each) for each in tried])
    holders: dict[int, Holders] = {role: [] for role in sorted({*labels, *(role for role, _ in candidates)})}
    for (role, account), (is_member, delay) in zip(tried, answers, strict=True):
        if is_member:
            holders[role].append((account, delay))
    return [Granted(role, labels.get(role, ""), held) for role, held in holders.items()]


def admin_of(chain: Chain) -> dict[str, Any]:
    """Return who may change what can be changed, and what that is: the DAO's timelock, or an account of this chain."""
    admins = [account for account, _ in granted_roles(chain)[0].holders]
    is_timelock = admins == [chain.deployment.get(TREASURY)]
    return {"kind": "timelock" if is_timelock else "chain-local", "accounts": admins}


def timelock_roles(chain: Chain) -> dict[str, list[str]]:
    """Return who holds each of the timelock's own roles, by the role's 32 bytes; the home chain has one."""
    given = [args for name, args in logs_of(chain, TREASURY) if name == "RoleGranted"]
    tried = sorted({(args["role"], args["account"]) for args in given})
    answers = ask(chain, [Question(TREASURY, "hasRole", each) for each in tried])
    held = [each for each, answer in zip(tried, answers, strict=True) if answer]
    return {role: [account for each, account in held if each == role] for role in sorted({role for role, _ in tried})}


def logs_of(chain: Chain, contract: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the events of one of our contracts from the beginning: their names and arguments."""
    rpc, address = client(chain), chain.deployment[contract]
    head = rpc.block_number()
    for start in range(chain.start_block, head + 1, LOGS):
        wanted = {"fromBlock": hex(start), "toBlock": hex(min(head, start + LOGS - 1)), "address": address}
        for log in rpc.call("eth_getLogs", wanted):
            yield decode_log(contract, log["topics"], log["data"]) or ("", {})


def vote_seconds(chain: Chain) -> tuple[int, int]:
    """Return how long a proposal takes at least until it can be queued, and how long it then waits in the timelock."""
    delay, period, wait = ask(
        chain,
        [Question(DAO, "votingDelay"), Question(DAO, "votingPeriod"), Question(TREASURY, "getMinDelay")],
    )
    return delay + period, wait


class _Teller:
    """Tells of one function after the other who can call it."""

    def __init__(self, chain: Chain) -> None:
        self.chain, self.rpc = chain, client(chain)
        self.roles = {role.id: role for role in granted_roles(chain)}
        self.timelock = timelock_roles(chain) if TREASURY in chain.deployment else {}
        self.wait = vote_seconds(chain)[1] if TREASURY in chain.deployment else 0

    def told(self, contract: str, entry: dict[str, Any]) -> Restricted | None:
        """Return who can call it, or None where everybody can."""
        said = (contract, entry["name"], abi.signature(entry))
        if entry["name"] == BY_ITSELF:
            return Restricted(*said, None, MANAGER, self._delayed([self.chain.deployment[MANAGER]]))
        found = (self._by(contract, entry, refusal) for refusal in self._refusals(contract, entry))
        role, only, holders = next(filter(None, found), (None, "", None))
        return None if holders is None else Restricted(*said, role, only, holders)

    def _by(self, contract: str, entry: dict[str, Any], refusal: RevertedError) -> Right | None:
        """Return the right whose want a refusal tells of; None for any other refusal."""
        name, args = str(refusal.data["name"]), cast(dict[str, Any], refusal.data["args"])
        if name in BY_MANAGER:
            role = self._role_of(contract, entry)
            held = self.roles[role].holders if role in self.roles else []
            return role, "", [(who, self._wait_of(who) + delay) for who, delay in held]
        if name == BY_TIMELOCK:
            wanted = args["neededRole"]
            return None, TIMELOCK_ROLES.get(wanted, wanted), self._delayed(self.timelock.get(wanted, []))
        if name in BY_CONTRACT:
            allowed = [each for each in BY_CONTRACT[name] if not self._refuses(contract, entry, each, name)]
            return (
                None,
                " or ".join(allowed) or "nobody",
                self._delayed(self.chain.deployment[each] for each in allowed),
            )
        if name in BY_NAME:
            account = ask(self.chain, [Question(*BY_NAME[name])])[0]
            return None, ".".join(BY_NAME[name]), self._delayed([] if account == COIN else [account])
        return None

    def _refusals(self, contract: str, entry: dict[str, Any]) -> Iterator[RevertedError]:
        """Yield the errors with which the contract refuses NOBODY, for each of NUMBERS as arguments."""
        for number in NUMBERS:
            if error := self._refusal(contract, entry, NOBODY, number):
                yield error

    def _refuses(self, contract: str, entry: dict[str, Any], caller: str, name: str) -> bool:
        """Whether the function refuses another contract of ours too, with this error."""
        if caller not in self.chain.deployment:
            return True
        error = self._refusal(contract, entry, self.chain.deployment[caller], 0)
        return error is not None and error.data.get("name") == name

    def _refusal(self, contract: str, entry: dict[str, Any], sender: str, number: int) -> RevertedError | None:
        data = codec.data_of(entry, [some(parameter, number) for parameter in entry["inputs"]])
        try:
            self.rpc.eth_call(self.chain.deployment[contract], data, sender=sender)
        except RevertedError as error:
            return error
        return None

    def _role_of(self, contract: str, entry: dict[str, Any]) -> int:
        """Return the role that a function asks for; the manager's own are the admin's, whatever their arguments."""
        if contract == MANAGER:
            return 0
        selector = f"0x{abi.digest(entry)[:4].hex()}"
        return int(ask(self.chain, [role_question(self.chain, contract, selector)])[0])

    def _delayed(self, accounts: Iterable[str]) -> Holders:
        return [(account, self._wait_of(account)) for account in accounts]

    def _wait_of(self, account: str) -> int:
        """Return how long what an account says waits: the timelock's own time, where it is the timelock."""
        return self.wait if account == self.chain.deployment.get(TREASURY) else 0


def role_question(chain: Chain, contract: str, selector: str) -> Question:
    """Return the question which role a function of one of our contracts asks for."""
    return Question(MANAGER, "getTargetFunctionRole", [chain.deployment[contract], selector])


def _data(question: Question) -> str:
    return codec.call_data(question.contract, question.function, question.args)


def some(parameter: dict[str, Any], number: int) -> Any:
    """Return an argument of a parameter's type: NOBODY for addresses, this number, and nothing of all else."""
    kind: str = parameter["type"]
    if kind.endswith("]"):
        return []
    if kind == "tuple":
        return [some(member, number) for member in parameter["components"]]
    if kind == "address":
        return NOBODY
    simple: dict[str, Any] = {"string": "", "bool": False, "bytes": b""}
    if kind.startswith("bytes"):
        return bytes(int(kind.removeprefix("bytes") or 0))
    return simple[kind] if kind in simple else min(number, 2 ** int(kind.removeprefix("uint")) - 1)
