"""Sixty days of the demo: the apps' histories as one, sent to its chain a block a transaction, each at its own time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from contracts.chain import codec
from contracts.chain.client import Client, client
from contracts.errors import PermanentChainError
from contracts.indexer import lead
from contracts.models import Chain
from contracts.names import DAY
from governance.demo.bonuses import keep_document
from governance.demo.debate import seed_debate
from governance.demo.history import DaoHistory
from marketplace.demo.history import History
from marketplace.demo.moderation import seed_moderation
from marketplace.demo.people import seed_profiles
from marketplace.demo.reviews import seed_reviews, settle_reviews
from marketplace.demo.seeding import adopt_listings, prepare_market
from marketplace.demo.steps import DAYS, Step, merged
from marketplace.demo.talk import seed_talk

GAS = 5_000_000  # the most that a step may need


def seed(*, chain: Chain, say: Callable[[str], object] = lambda line: None) -> int:
    """Seed the demo; return how many transactions it took. What is there already is kept.

    Raises PermanentChainError unless the chain began sixty days ago.
    """
    rpc = client(chain)
    accounts: list[str] = [account.lower() for account in rpc.call("eth_accounts")]
    start = _seconds(rpc, "0x0")
    market = History(start, accounts, prepare_market(accounts), chain.deployment)
    sales = market.steps()
    dao = DaoHistory(start, accounts, chain.deployment, sales)
    keep_document(dao.bonuses)
    sent = _walk(chain, rpc, accounts, merged(sales, dao.steps()), say)
    # A listing can be adopted only when the index knows its model, and reviewed when it knows its buyers.
    _index(chain, rpc)
    adopt_listings(chain, market)
    seed_reviews(chain, rpc, accounts)
    _index(chain, rpc)
    settle_reviews(chain)
    seed_profiles(accounts)
    seed_moderation(accounts)
    seed_talk(accounts)
    seed_debate(accounts)
    return sent


def _index(chain: Chain, rpc: Client) -> None:
    with lead.leading(chain, wait=True):
        lead.check(chain, rpc)
        lead.catch_up(chain, rpc)


def _seconds(rpc: Client, block: str) -> int:
    """Return a block's time, in seconds since 1970."""
    return int(rpc.call("eth_getBlockByNumber", block, False)["timestamp"], 16)


def _walk(
    chain: Chain, rpc: Client, accounts: Sequence[str], history: Sequence[Step], say: Callable[[str], object]
) -> int:
    """Send what of the history is still to come, then set the chain's clock to now. One block a transaction."""
    latest, now = _seconds(rpc, "latest"), int(time.time())
    # The history is the same each time, so a run that was cut off goes on from the chain's last block.
    steps = [step for step in history if step.time > latest]
    if not steps:
        return 0
    if steps[-1].time > now:
        raise PermanentChainError(
            f"The demo's chain has to begin {DAYS} days ago: anvil --timestamp {now - DAYS * DAY}."
        )
    rpc.call("evm_setAutomine", False)  # else a transaction may be mined after the next one's time is set
    sent = []
    for number, step in enumerate(steps, start=1):
        sent.append(_send(chain, rpc, accounts[step.sender], step))
        if number % 100 == 0:
            say(f"{number} of {len(steps)} transactions")
    _check(rpc, steps, sent)
    rpc.call("evm_setAutomine", True)
    rpc.call("evm_setTime", now)
    # So that even the last sale is final when the demo opens.
    rpc.call("anvil_mine", hex(chain.confirmations + 1), "0x1")
    return len(steps)


def _send(chain: Chain, rpc: Client, sender: str, step: Step) -> str:
    rpc.call("evm_setNextBlockTimestamp", step.time)
    transaction = {
        "from": sender,
        "to": chain.deployment[step.contract],
        "data": codec.call_data(step.contract, step.function, step.args),
        "value": hex(step.value),
        # Anvil would reckon it at another time than the block's: a sale in a new day's bucket then runs out of it.
        "gas": hex(GAS),
    }
    sent: str = rpc.call("eth_sendTransaction", transaction)
    rpc.call("evm_mine")
    return sent


def _check(rpc: Client, steps: Sequence[Step], sent: Sequence[str]) -> None:
    """Raise PermanentChainError where a transaction failed: anvil takes and mines those as well."""
    receipts = rpc.batch([("eth_getTransactionReceipt", [each]) for each in sent])
    for step, receipt in zip(steps, receipts, strict=True):
        if receipt["status"] != "0x1":
            raise PermanentChainError(f"The demo's history does not fit its contracts: {step.function} failed.")
