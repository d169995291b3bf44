"""What the chain would make of a proposal's actions now, tried as the timelock would execute them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.cache import cache
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contracts.chain import codec
from contracts.chain.client import client
from contracts.chain.events import decode_log
from contracts.chain.simulated import Came, Tried, try_calls
from contracts.currencies import ERC20, Currency
from contracts.errors import ChainError, NoMethodError, RetryableChainError, RevertedError
from contracts.models import Chain, Event
from contracts.names import COIN, TREASURY

from .happening import Happened, happened
from .reading import ADDRESS, read
from .records import Records
from .rehearsal import Batch, balance_call, rehearse
from .words import Scene, sentence

KEPT = 600  # seconds that what came of it is kept; the block's hash is part of its name
MOST_BYTES = 200_000  # of calldata that are tried
MOST_ACTIONS = 60
MOST_EVENTS = 100  # that are shown
MOST_PAYEES = 12  # whose balances are compared
CALL_EXECUTED = "CallExecuted"  # which only says that an action was made
WORD = 66  # characters of 32 bytes


@dataclass(frozen=True)
class Moved:
    """What an account has of an asset before and after, in smallest units; ``who`` is whose it is."""

    account: str
    who: str
    currency: Currency
    before: int
    after: int

    @property
    def difference(self) -> str:
        """How much more or less, with its sign."""
        sign = "+" if self.after > self.before else "\N{MINUS SIGN}"
        return f"{sign}{self.currency.brief_text(abs(self.after - self.before))}"

    @property
    def was(self) -> str:
        """The number before."""
        return self.currency.brief(self.before)

    @property
    def becomes(self) -> str:
        """The number after."""
        return self.currency.brief(self.after)


@dataclass(frozen=True)
class Simulation:
    """What came of it at a block, with the clock at ``time``.

    ``reason`` says why it would be refused, by action number ``failing`` where one of them is it; empty where all
    succeed, which takes ``gas``. ``trouble`` says why it could not be tried at all.
    """

    block: int = 0
    time: datetime | None = None
    gas: int = 0
    reason: str = ""
    error: str = ""
    failing: int | None = None
    trouble: str = ""
    happened: Sequence[Happened] = ()
    moved: Sequence[Moved] = field(default=())
    unread: int = 0

    @property
    def succeeds(self) -> bool:
        """Whether all of it would be done."""
        return not self.reason and not self.trouble


def simulate(
    chain: Chain,
    targets: Sequence[str],
    values: Sequence[int],
    calldatas: Sequence[str],
    *,
    earliest: datetime | None = None,
) -> Simulation:
    """Try actions at the latest block, with the clock at the ``earliest`` time of their execution, if it is later.

    Never raises: what cannot be tried says why. What came of it is kept for the block.
    """
    batch: Batch = ([each.lower() for each in targets], [int(each) for each in values], [*calldatas])
    if trouble := _too_much(batch):
        return Simulation(trouble=trouble)
    try:
        head = client(chain).call("eth_getBlockByNumber", "latest", False)
        number, block, now = int(head["number"], 16), str(head["hash"]), int(head["timestamp"], 16)
        time = max(now, int(earliest.timestamp())) if earliest else now
        return _kept(chain, batch, number, block, time)
    except NoMethodError:
        return Simulation(trouble=_("No node of this chain can try calls without sending them (eth_simulateV1)."))
    except RetryableChainError as error:
        return Simulation(trouble=str(error.detail))
    except (ChainError, LookupError, TypeError, ValueError):
        return Simulation(trouble=_("The chain’s node would not try these actions."))


def _too_much(batch: Batch) -> str:
    targets, values, calldatas = batch
    if not targets or not len(targets) == len(values) == len(calldatas):
        return _("There is no action to try.")
    if len(targets) > MOST_ACTIONS or sum(map(len, calldatas)) > 2 * MOST_BYTES:
        return _("There is too much in it to try it here.")
    sound = all(map(ADDRESS.fullmatch, targets)) and all(0 <= each < 2**256 for each in values)
    return "" if sound and all(map(_is_bytes, calldatas)) else _("It holds what no chain would take.")


def _is_bytes(data: str) -> bool:
    try:
        codec.to_bytes(data)
    except ValueError:
        return False
    return data.startswith("0x")


def _kept(chain: Chain, batch: Batch, number: int, block: str, time: int) -> Simulation:
    key = f"simulation:{chain.pk}:{block}:{time}:{get_language()}:{hash_of(batch)}"
    found: Simulation | None = cache.get(key)
    if found is None:
        found = _Try(chain, batch, number, block, time).made()
        cache.set(key, found, KEPT)
    return found


def hash_of(batch: Batch) -> str:
    """Return a digest of a batch."""
    from hashlib import sha256

    return sha256(repr(batch).encode()).hexdigest()


class _Try:
    """One batch at one block."""

    def __init__(self, chain: Chain, batch: Batch, number: int, block: str, time: int) -> None:
        self.chain, self.batch, self.number, self.block, self.time = chain, batch, number, block, time
        self.scene = Scene(Records(chain))
        self.rehearsal = rehearse(chain, batch, time)
        self.pairs = list(self._pairs())

    def made(self) -> Simulation:
        asked = [self._balance(*pair) for pair in self.pairs]
        calls = [*asked, self.rehearsal.whole, *asked]
        came = try_calls(self.chain, self.block, calls, self.rehearsal.changed)
        whole, size = came[len(asked)], len(asked)
        when: dict[str, Any] = {"block": self.number, "time": datetime.fromtimestamp(self.time, UTC)}
        if whole.error:
            return Simulation(**when, gas=whole.gas, **self._refused(whole.error))
        moved = [
            self._moved(pair, *both) for pair, *both in zip(self.pairs, came[:size], came[size + 1 :], strict=True)
        ]
        events = list(self._events(whole.logs))
        shown = happened(self.chain, events[:MOST_EVENTS])
        return Simulation(
            **when,
            gas=whole.gas,
            happened=shown,
            moved=[each for each in moved if each and each.before != each.after],
            unread=max(0, len(events) - MOST_EVENTS),
        )

    def _refused(self, error: ChainError) -> Mapping[str, Any]:
        """Return why it would be refused, and by which action: each is tried alone, in their order."""
        alone = try_calls(self.chain, self.block, self.rehearsal.alone, self.rehearsal.changed)
        failing = next((number for number, came in enumerate(alone, start=1) if came.error), None)
        name = str(error.data.get("name", "")) if isinstance(error, RevertedError) else ""
        return {"reason": str(error.detail), "error": name, "failing": failing}

    def _pairs(self) -> Iterator[tuple[str, str]]:
        """Yield whose balance of what is compared: the treasury's, and that of those who are paid."""
        treasury = self.chain.deployment[TREASURY]
        calls = (read(self.chain, *each) for each in zip(*self.batch, strict=True))
        payments = [said.payment for said in (sentence(self.scene, call) for call in calls) if said.payment]
        paid = list(dict.fromkeys((each.recipient, each.asset) for each in payments))
        assets = dict.fromkeys([COIN, *(asset for _who, asset in paid)])
        yield from ((treasury, asset) for asset in assets)
        yield from [pair for pair in paid if pair[0] != treasury][:MOST_PAYEES]

    def _balance(self, account: str, asset: str) -> Tried:
        if asset == COIN:
            return balance_call(account)
        return Tried(account, asset, codec.call_data(ERC20, "balanceOf", [account]))

    def _moved(self, pair: tuple[str, str], before: Came, after: Came) -> Moved | None:
        account, asset = pair
        if before.error or after.error or not len(before.returned) == len(after.returned) == WORD:
            return None
        amounts = (int(before.returned, 16), int(after.returned, 16))
        return Moved(account, self.scene.who(account), self.scene.currency(asset), *amounts)

    def _events(self, logs: Sequence[Mapping[str, Any]]) -> Iterator[Event]:
        """Yield what our contracts noted, and, without a name, what others did."""
        ours = {place: name for name, place in self.chain.deployment.items()}
        for index, log in enumerate(logs):
            address = str(log["address"]).lower()
            contract = ours.get(address, "")
            read = decode_log(contract, log["topics"], log["data"]) if contract else None
            if contract == TREASURY and read and read[0] == CALL_EXECUTED:
                continue
            name, args = read or ("", {})
            at = {"block_number": self.number, "tx_hash": "", "index": index, "log_index": index}
            time = datetime.fromtimestamp(self.time, UTC)
            yield Event(chain=self.chain, address=address, contract=contract, name=name, args=args, time=time, **at)
