"""What people do with the DAO, on a test's chain: by hand, or at random."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Any

from eth_utils.crypto import keccak

from contracts.chain import codec
from contracts.chain.client import Client
from contracts.errors import PermanentChainError, RevertedError
from tests.contracts.node import DAY, Market

WHOLE = 10**18
VOTERS = (20, 21, 22, 23)
NOBODY = "0x" + "0" * 40
Action = tuple[str, str, Sequence[Any]]


class Dao:
    """Its contracts, and proposals by number as they were made."""

    def __init__(self, rpc: Client, market: Market) -> None:
        self.rpc, self.market = rpc, market
        self.made: dict[int, list[Any]] = {}

    def open(self, voters: Sequence[int] = VOTERS) -> None:
        """Give each voter LATTICE, and its own votes."""
        for voter in voters:
            self.rpc.call("anvil_setBalance", self.account(voter), hex(100 * WHOLE))
            self.market.send(voter, "LatticeFaucet", "faucet")
            self.market.send(voter, "LatticeToken", "delegate", [self.account(voter)])
        self.wait(1)  # what is proposed needs votes in the second before

    def account(self, number: int) -> str:
        return self.market.accounts[number]

    def wait(self, seconds: int) -> None:
        """Let so much time pass, and a block."""
        self.rpc.call("evm_increaseTime", hex(seconds))
        self.market.mine()

    def propose(self, proposer: int, *actions: Action, text: str = "") -> int:
        """Propose what the actions say, each a contract's name, a function and arguments; return the number."""
        number = len(self.made) + 1
        calls = [codec.call_data(contract, function, args) for contract, function, args in actions]
        targets = [self.market.deployment[contract] for contract, _, _ in actions]
        given = [targets, [0] * len(calls), calls, text or f"Proposal {number}"]
        self.market.send(proposer, "LatticeDAO", "propose", given)
        self.made[number] = given
        return int(self.market.view("LatticeDAO", "latestProposalId"))

    def vote(self, voter: int, number: int, support: int, reason: str = "") -> None:
        self.market.send(voter, "LatticeDAO", "castVoteWithReason", [number, support, reason])

    def do(self, sender: int, function: str, number: int) -> Any:
        """Queue, execute or cancel a proposal."""
        *batch, text = self.made[number]
        contract = "Guardian" if function == "stop" else "LatticeDAO"
        digest = "0x" + keccak(text.encode()).hex()
        name = "cancel" if function == "stop" else function
        return self.market.send(sender, contract, name, [*batch, digest])

    def carry(self, number: int, voters: Sequence[int] = VOTERS) -> None:
        """Have a proposal voted for, queued and executed."""
        self.wait(DAY + 60)
        for voter in voters:
            self.vote(voter, number, 1)
        self.wait(6 * DAY + 60)
        self.do(voters[0], "queue", number)
        self.wait(2 * DAY + 60)
        self.do(voters[0], "execute", number)


def live(dao: Dao, random: Random, deeds: int) -> int:
    """Do so many random things with the DAO; return how many the contracts allowed."""
    allowed = 0
    for _ in range(deeds):
        try:
            _deed(dao, random)()
        except (RevertedError, PermanentChainError, KeyError, AssertionError):
            continue
        allowed += 1
    return allowed


def _deed(dao: Dao, random: Random) -> Callable[[], object]:
    """Return something that one may want to do."""
    who, other, amount = random.choice(VOTERS), random.choice(VOTERS), random.randint(1, 10**6) * WHOLE
    number, send = random.randint(1, max(len(dao.made), 1)), partial(dao.market.send, who)
    fee = ("ProtocolParameters", "set", [word("feeBps"), random.randint(0, 500)])
    deeds: list[tuple[float, Callable[[], object]]] = [
        (1, partial(send, "LatticeStaking", "stake", [amount])),
        (1, partial(send, "LatticeStaking", "unstake", [amount])),
        (1, partial(send, "LatticeStaking", "restake")),
        (1, partial(send, "LatticeStaking", "withdraw")),
        (1, partial(send, "LatticeStaking", "claim", [dao.account(other)])),
        (1, partial(send, "LatticeStaking", "notify", value=random.randint(1, WHOLE))),
        (1, partial(send, "LatticeToken", "delegate", [dao.account(other)])),
        (1, partial(send, "LatticeToken", "transfer", [dao.account(other), amount])),
        (1, partial(dao.propose, who, fee)),
        (3, partial(dao.vote, who, number, random.randrange(3), "because" * random.randrange(3))),
        (1, partial(dao.do, who, "queue", number)),
        (1, partial(dao.do, who, "execute", number)),
        (0.2, partial(dao.do, who, "cancel", number)),
        (3, partial(dao.wait, random.choice((60, 3_600, DAY, 3 * DAY)))),
    ]
    (chosen,) = random.choices([deed for _, deed in deeds], [weight for weight, _ in deeds])
    return chosen


def word(text: str) -> str:
    """Return a short text as bytes32."""
    return "0x" + text.encode().ljust(32, b"\0").hex()
