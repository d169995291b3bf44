"""The arena of the chaos test: a chain that takes blocks back, endpoints that lie, indexers that are killed, a database
that crashes, and a fresh sync to compare with.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from django.conf import settings
from eth_account import Account
from eth_utils.address import to_checksum_address

from contracts.chain import codec
from contracts.chain.client import Client
from contracts.errors import PermanentChainError
from contracts.names import COIN, DAY
from marketplace.onchain.models.listings import Plan
from stack import postgres, tether
from stack.places import socket_dir
from stack.services import MIGRATED, make_cluster
from tests.deploying import KEY, decide
from tests.waiting import take, until

from .liar import Liar
from .node import Between, Market, between, running

ACCOUNTS = 120
HOLDERS = range(3, 13)  # of LATTICE
PROPOSALS = (1, 2, 3)
FEE = "0x" + b"feeBps".ljust(32, b"\0").hex()
MNEMONIC = "test " * 11 + "junk"
PATIENCE = 180.0  # seconds until an undisturbed indexer has to be at the head
CONTENTS = """
    select md5(coalesce(string_agg(line, '|' order by line collate "C"), '')), count(*) from (
        select (to_jsonb(t) - 'id' - 'listing_id' - 'updated_at' {extra})::text as line from {table} t {join}
    ) lines
"""
# A state that is kept may be of any settled block.
NOT_OF_THE_CHAIN = {
    *("contracts_chain", "contracts_indexerstatus", "contracts_verification", "contracts_senttransaction"),
    *("contracts_foldstate", "marketplace_moderationdecision"),
}


class Cluster:
    """A PostgreSQL of the test's own, which can be made to crash."""

    def __init__(self, home: Path) -> None:
        self.data, self.sockets = home / "postgres", socket_dir(home)
        self.log = home / "postgres.log"
        make_cluster(self.data, postgres.own(self.sockets))
        self.start()

    def start(self) -> None:
        unsafe = {"fsync": "off", "synchronous_commit": "off", "restart_after_crash": "off"}
        with self.log.open("a") as output:
            argv = postgres.command(self.data, self.sockets, **unsafe)
            self.child = subprocess.Popen(argv, env=tether.environment(), stdout=output, stderr=output)
        wait_until(lambda: postgres.answers(self.sockets), "the database answers")

    def create(self, name: str) -> None:
        """Make a database with all tables."""
        with psycopg.connect(postgres.url(self.sockets, "postgres"), autocommit=True) as server:
            server.execute(f"create database {name} template {MIGRATED}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        self.child.send_signal(how)
        self.child.wait(60)

    def crash(self) -> None:
        """End it in the middle of whatever it does, and start it again: it recovers from its log."""
        self.stop(signal.SIGQUIT)
        self.start()


class Nursery:
    """Indexers on one database, forked from a process that is warm."""

    def __init__(self, variables: dict[str, str], log: Path) -> None:
        self.log = log.open("a")
        argv = tether.command(sys.executable, "-m", "tests.contracts.nursery", stop="KILL")
        self.process = subprocess.Popen(
            argv, cwd=settings.BASE_DIR, env=tether.environment(variables), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.log, text=True,
        )  # fmt: skip
        self._read()

    def start(self, *arguments: str) -> int:
        assert self.process.stdin
        self.process.stdin.write(" ".join(arguments) + "\n")
        self.process.stdin.flush()
        while not (line := self._read()).strip().isdigit():
            pass  # what a child said
        return int(line)

    def said(self) -> str:
        """Return what the commands have said."""
        return Path(self.log.name).read_text()

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()
        self.log.close()

    def _read(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, f"The nursery has ended; see {self.log.name}."
        return line


class Arena:
    """Everything at once, driven by one seed."""

    def __init__(self, seed: int, node: str, cluster: Cluster, liars: list[Between], home: Path) -> None:
        self.random = Random(seed)  # noqa: S311  repeatable
        self.cluster, self.rpc, self.home = cluster, Client([node], 30), home
        self.liars = [Liar(each, seed + number, may_hide=number == 0) for number, each in enumerate(liars)]
        self.lied, self.honest = ",".join(each.url for each in liars), node
        self.running: list[int] = []
        self.nurseries: dict[str, Nursery] = {}
        self.done: Counter[str] = Counter()
        self.sent: dict[str, list[tuple[int, str]]] = {}  # by sender: block and raw transaction, in order

    def open(self) -> None:
        """Deploy, and make both databases ready: the one that suffers, and the one that is synced afresh."""
        for name, urls in (("suffering", self.lied), ("fresh", self.honest)):
            self.cluster.create(name)
            variables = {
                **os.environ, "DATABASE_URL": postgres.url(self.cluster.sockets, name), "RPC_URLS_ANVIL": urls,
                "DJANGO_SETTINGS_MODULE": "tests.contracts.apart", "DEPLOYER_KEY": KEY, "RPC_TIMEOUT": "1",
                "DEMO_DIR": str(self.home),
            }  # fmt: skip
            self.nurseries[name] = Nursery(variables, self.home / f"{name}.log")
        wait_for_end(self.nurseries["suffering"].start("deploy_contracts", "--chain", "anvil"))
        (deployment,) = self.ask("suffering", "select deployment from contracts_chain")[0]
        self.market = Market(self.rpc, deployment)
        self.keys = [Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{n}") for n in range(ACCOUNTS)]
        self.models = [self.market.list_model(seller, f"m{seller}") for seller in (1, 2)]
        self._gather()
        self.market.mine(3)
        self.lie()

    def ask(self, database: str, query: str) -> list[Any]:
        with psycopg.connect(postgres.url(self.cluster.sockets, database), autocommit=True) as connection:
            ran = connection.execute(query)
            return ran.fetchall() if ran.description else []

    def _gather(self) -> None:
        """Give some people LATTICE, and proposals to vote on for as long as this lasts."""
        for holder in HOLDERS:
            self.market.send(holder, "LatticeFaucet", "faucet")
            self.market.send(holder, "LatticeToken", "delegate", [self.market.accounts[holder]])
        self.market.mine(2)
        vote = codec.call_data("LatticeDAO", "setVotingDelay", [DAY])
        for number in PROPOSALS:
            batch = [[self.market.deployment["LatticeDAO"]], [0], [vote], f"Proposal {number}"]
            self.market.send(HOLDERS[number], "LatticeDAO", "propose", batch)
        self.rpc.call("evm_increaseTime", hex(DAY + 60))

    # What happens

    def act(self) -> None:
        """Do one random thing."""
        deeds = {self.trade: 6, self.reorganise: 3, self.kill: 2, self.start: 1, self.lie: 1.5, self.crash: 0.12}
        (deed,) = self.random.choices(list(deeds), list(deeds.values()))
        deed()
        take(self.random.random() * 0.05)

    def trade(self) -> None:
        """Have people buy and sellers change their listings, in one to three blocks."""
        for _ in range(self.random.randint(1, 4)):
            sender = self.random.randrange(3, ACCOUNTS)
            self._send(sender, *self._deed(sender))
            holder = self.random.choice(HOLDERS)
            self._send(holder, *self._dao_deed())
        if self.random.random() < 0.2:
            self._decide()
        for seller in (1, 2):
            if self.random.random() < 0.3:
                self._send(seller, *self._change(seller))
        self.market.mine(self.random.randint(1, 3))
        self.done["trades"] += 1

    def reorganise(self) -> None:
        """Take back up to 64 blocks: of their transactions some stay, move to another block, or are dropped."""
        head = self.rpc.block_number()
        depth = min(self.random.choice((1, 2, 3, 8, 20, 64)), head - self._lowest())
        if depth < 1:
            return
        moved = self._moved(head - depth, depth)
        try:
            self.rpc.call("anvil_reorg", depth, moved)
        except PermanentChainError:  # one of them cannot come any more
            self.rpc.call("anvil_reorg", depth, [])
        if self.random.random() < 0.8:
            self.market.mine(self.random.randint(1, 4))
        self.done["reorgs"] += 1
        self.done["moved transactions"] += len(moved)

    def start(self) -> None:
        """Start an indexer; two at once are one that leads and one that waits."""
        if len(self.running) < 2:
            self.running.append(self.nurseries["suffering"].start("index_chain", "--chain", "anvil", "--follow"))

    def kill(self) -> None:
        """Kill an indexer, wherever it is, and start another one."""
        if self.running:
            take(self.random.random() * 0.2)
            end(self.running.pop(self.random.randrange(len(self.running))))
            self.done["kills"] += 1
        self.start()

    def crash(self) -> None:
        """Crash the database."""
        self.cluster.crash()
        self.done["database crashes"] += 1

    def lie(self) -> None:
        """Let the endpoints lie more, or less."""
        for liar in self.liars:
            liar.chance = self.random.choice((0.0, 0.02, 0.05, 0.15))

    # What has to hold

    def compare(self) -> None:
        """Let the indexers catch up in peace, and compare every table with a fresh sync."""
        for liar in self.liars:
            liar.chance = 0.0
        self.market.mine()
        self.running = [child for child in self.running if is_alive(child)]
        if not self.running:
            self.start()
        head = self.rpc.call("eth_getBlockByNumber", "latest", False)
        where = f"{int(head['number'], 16)} {head['hash']}"
        wait_until(lambda: self._cursor() == where, f"the indexer is at {where}")
        fresh, suffered = self._fresh(), self.hashes("suffering")
        different = {table: (suffered[table], fresh[table]) for table in fresh if suffered[table] != fresh[table]}
        assert not different, different
        self.done["comparisons"] += 1

    def hashes(self, database: str) -> dict[str, Any]:
        """Return the ordered hash and the number of rows of each table that holds what the chain says."""
        named = "select table_name from information_schema.columns where column_name = 'chain_id'"
        tables = sorted({name for (name,) in self.ask(database, named)} - NOT_OF_THE_CHAIN)
        queries = {table: CONTENTS.format(table=table, join="", extra="") for table in tables}
        queries["marketplace_onchainplan"] = CONTENTS.format(
            table="marketplace_onchainplan",
            join="join marketplace_onchainlisting l on l.id = t.listing_id",
            extra="|| jsonb_build_object('model', l.model_id)",
        )
        return {table: self.ask(database, query)[0] for table, query in queries.items()}

    def stop(self) -> None:
        for child in self.running:
            end(child)
        for nursery in self.nurseries.values():
            nursery.stop()
        self.rpc.__exit__()

    def _fresh(self) -> dict[str, Any]:
        # What people write of a chain may have tables of its own that name no chain.
        self.ask("fresh", f"truncate {', '.join(self.hashes('fresh'))} cascade")
        wait_for_end(self.nurseries["fresh"].start("index_chain", "--chain", "anvil"))
        return self.hashes("fresh")

    def _cursor(self) -> str:
        with suppress(psycopg.OperationalError):
            found = self.ask("suffering", "select number, hash from contracts_cursor")
            return " ".join(map(str, found[0])) if found else ""
        return ""

    def _lowest(self) -> int:
        """The block that no reorg goes below: the contracts and the listings stay."""
        if not hasattr(self, "_floor"):
            self._floor = self.rpc.block_number()
        return self._floor

    def _deed(self, sender: int) -> tuple[str, str, list[Any], int]:
        plan = self.random.choice((Plan.LASTING, Plan.SUBSCRIPTION))
        ref = f"0x{self.random.getrandbits(256):064x}"
        order = self.market.order(sender, self.random.choice(self.models), plan, ref=ref)
        return "ModelMarketplace", "purchase", [order], 10**17

    def _dao_deed(self) -> tuple[str, str, list[Any], int]:
        other = self.market.accounts[self.random.choice(HOLDERS)]
        amount = self.random.randint(1, 10**5) * 10**18
        deeds: list[tuple[str, str, list[Any], int]] = [
            ("LatticeDAO", "castVote", [self.random.choice(PROPOSALS), self.random.randrange(3)], 0),
            ("LatticeToken", "delegate", [other], 0),
            ("LatticeToken", "transfer", [other, amount], 0),
            ("LatticeStaking", "stake", [amount], 0),
            ("LatticeStaking", "unstake", [amount], 0),
            ("LatticeStaking", "restake", [], 0),
            ("LatticeStaking", "notify", [], 10**15),
            ("LatticeStaking", "claim", [other], 0),
        ]
        return self.random.choice(deeds)

    def _decide(self) -> None:
        """Have the timelock change a parameter, or a role, which a reorganisation drops."""
        moderator, somebody = 1, self.market.accounts[self.random.randrange(3, ACCOUNTS)]
        decisions: list[tuple[str, str, list[Any]]] = [
            ("ProtocolParameters", "set", [FEE, self.random.randint(200, 500)]),
            ("AccessManager", "grantRole", [moderator, somebody, self.random.randint(0, 1) * DAY]),
            ("AccessManager", "revokeRole", [moderator, somebody]),
        ]
        decide(self.honest, self.market.deployment, *self.random.choice(decisions))

    def _change(self, seller: int) -> tuple[str, str, list[Any], int]:
        model, people = self.models[seller - 1], [self.market.accounts[seller], self.market.accounts[7]]
        price = {"plan": Plan.LASTING, "token": COIN, "price": self.random.randint(1, 10**16), "period": 0}
        changes: list[tuple[str, list[Any]]] = [
            ("setPlan", [model, price]), ("pauseListing", [model]), ("resumeListing", [model]),
            ("setMetadata", [model, 4, f"ipfs://{self.random.random()}"]),
        ]  # fmt: skip
        name, args = self.random.choice(changes)
        if self.random.random() < 0.2:
            return "RevenueSplitter", "setSplit", [model, people, [5_000, 5_000]], 0
        return "ModelMarketplace", name, args, 0

    def _send(self, sender: int, contract: str, function: str, args: list[Any], value: int) -> None:
        """Sign here, so that the very same transaction can come again in another block."""
        account = self.keys[sender]
        filled = {
            "to": to_checksum_address(self.market.deployment[contract]), "value": value, "gas": 600_000,
            "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 1, "chainId": 31337,
            "data": codec.call_data(contract, function, args),
            "nonce": int(self.rpc.call("eth_getTransactionCount", account.address, "pending"), 16),
        }  # fmt: skip
        raw = account.sign_transaction(filled).raw_transaction.to_0x_hex()
        self.rpc.call("eth_sendRawTransaction", raw)
        self.sent.setdefault(account.address, []).append((self.rpc.block_number(), raw))

    def _moved(self, fork: int, depth: int) -> list[list[Any]]:
        """Return which transactions above the fork come again, and in which block of the new branch."""
        moved = []
        for sender, sent in self.sent.items():
            kept = [each for each in sent if each[0] <= fork]
            place = 0
            for _, raw in sent[len(kept) :]:
                place += self.random.randint(0, 3)
                if place >= depth or self.random.random() < 0.3:
                    break  # it is dropped, and so is what its sender sent after it
                moved.append([raw, place])
                kept.append((fork + place + 1, raw))
            self.sent[sender] = kept
        return sorted(moved, key=lambda each: int(each[1]))


@contextmanager
def arena(seed: int, home: Path) -> Iterator[Arena]:
    """Give everything that a chaos test needs; stop all of it at the end."""
    with ExitStack() as stack:
        node = stack.enter_context(running(accounts=ACCOUNTS))
        liars = [stack.enter_context(between(node)) for _ in range(2)]
        cluster = Cluster(home)
        stack.callback(cluster.stop)
        made = Arena(seed, node, cluster, liars, home)
        stack.callback(made.stop)
        made.open()
        yield made


def is_alive(pid: int) -> bool:
    """Whether a child of the nursery still runs; one that ended is a zombie until its parent looks."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def code_of(pid: int) -> int:
    """Return how a child of the nursery has ended: 0 in good order, a signal's number, or 256 after an error."""
    return int(Path(f"/proc/{pid}/stat").read_text().split()[-1])


def end(pid: int) -> None:
    """Kill a child, and wait until it is gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    wait_for_end(pid)


def wait_for_end(pid: int) -> None:
    wait_until(lambda: not is_alive(pid), f"process {pid} has ended")


def wait_until(condition: Callable[[], object], what: str) -> None:
    until(condition, what, PATIENCE)
