"""Puts the demo's sellers, listings and sixty days of sales where they belong: rows here, transactions on its chain."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings

from accounts.actions import set_staff
from accounts.models import Account, User
from contracts.chain import codec
from contracts.chain.client import Client, client
from contracts.errors import PermanentChainError
from contracts.indexer import lead
from contracts.models import Chain
from contracts.names import DAY
from marketplace.catalogue.importing import import_catalogue
from marketplace.listings.models import Listing
from marketplace.listings.publishing import adopt_listing, publish_version
from marketplace.listings.versions import Version

from .history import DAYS, History, Step
from .listings import LISTINGS, SELLERS, TERMS, DemoListing

FIRST = "1.0.0"
MODERATORS = (4, 30)  # of anvil's accounts, as the demo wallet has them
CATALOGUE = settings.BASE_DIR / "marketplace" / "data" / "runnable-models.jsonl"


def seed(*, chain: Chain, say: Callable[[str], object] = lambda line: None) -> int:
    """Seed the demo; return how many transactions it took. What is there already is kept.

    Raises PermanentChainError unless the chain began sixty days ago.
    """
    rpc = client(chain)
    accounts: list[str] = [account.lower() for account in rpc.call("eth_accounts")]
    with CATALOGUE.open("rb") as file:
        import_catalogue(lines=file)
    cids = publish_listings(accounts)
    for number in MODERATORS:
        set_staff(address=accounts[number], is_staff=True)
    history = History(_start(rpc), accounts, cids, chain.deployment)
    sent = _walk(chain, rpc, history, say)
    # A listing can be adopted only when the index knows its model.
    with lead.leading(chain, wait=True):
        lead.check(chain, rpc)
        lead.catch_up(chain, rpc)
    _adopt(chain, history)
    return sent


def publish_listings(accounts: list[str]) -> dict[str, str]:
    """Publish the demo's listings under their sellers' names; return the CIDs of their metadata by name."""
    owners = {seller.name: _owner(seller.name, accounts[seller.index]) for seller in SELLERS}
    return {each.name: _published(owners[each.seller.name], each).metadata_id for each in LISTINGS}


def _published(owner: Account, each: DemoListing) -> Version:
    there = Version.objects.filter(listing__name=each.name, number=FIRST).first()
    return there or publish_version(owner=owner, record=each.record(), number=FIRST, summary=each.summary, terms=TERMS)


def _owner(name: str, address: str) -> Account:
    user, _ = User.objects.get_or_create(address=address)
    return Account.objects.get_or_create(name=name, defaults={"user": user})[0]


def _start(rpc: Client) -> int:
    """Return when the chain began, in seconds since 1970."""
    return int(rpc.call("eth_getBlockByNumber", "0x0", False)["timestamp"], 16)


def _walk(chain: Chain, rpc: Client, history: History, say: Callable[[str], object]) -> int:
    """Send what of the history is still to come, then set the chain's clock to now. One block a transaction."""
    latest = int(rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    # The history is the same each time, so a run that was cut off goes on from the chain's last block.
    steps = [step for step in history.steps() if step.time > latest]
    now = int(time.time())
    if not steps:
        return 0
    if steps[-1].time > now:
        raise PermanentChainError(
            f"The demo's chain has to begin {DAYS} days ago: anvil --timestamp {now - DAYS * DAY}."
        )
    rpc.call("evm_setAutomine", False)  # else a transaction may be mined after the next one's time is set
    for number, step in enumerate(steps, start=1):
        _send(chain, rpc, history.accounts[step.sender], step)
        if number % 100 == 0:
            say(f"{number} of {len(steps)} transactions")
    rpc.call("evm_setAutomine", True)
    rpc.call("evm_setTime", now)
    # So that even the last sale is final when the demo opens.
    rpc.call("anvil_mine", hex(chain.confirmations + 1), "0x1")
    return len(steps)


def _send(chain: Chain, rpc: Client, sender: str, step: Step) -> None:
    rpc.call("evm_setNextBlockTimestamp", step.time)
    transaction = {
        "from": sender,
        "to": chain.deployment[step.contract],
        "data": codec.call_data(step.contract, step.function, step.args),
        "value": hex(step.value),
    }
    rpc.call("eth_sendTransaction", transaction)
    rpc.call("evm_mine")


def _adopt(chain: Chain, history: History) -> None:
    for each in LISTINGS:
        user = User.objects.get(address=history.accounts[each.seller.index])
        listing = Listing.objects.named(each.name).get()
        adopt_listing(user=user, listing=listing, chain=chain, model_id=history.id_of(each.name))
