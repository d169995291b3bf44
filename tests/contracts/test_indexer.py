"""What is indexed is what the chain says, whatever happens on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from contracts.actions import forget_chain
from contracts.chain.client import BATCH, Client
from contracts.errors import ChainMovedError, IndexerStoppedError, OtherGenesisError
from contracts.indexer import dispatch, fetch, headers, hints, lead, reorg
from contracts.indexer.endpoints import Source
from contracts.indexer.write import write
from contracts.models import Block, Chain, Cursor, Event, Parameter
from contracts.names import COIN
from marketplace.buying.orders import Order
from marketplace.onchain.models.listings import ListingState, OnchainListing, Plan
from marketplace.onchain.models.passes import PassTransferFact
from marketplace.onchain.models.sales import CreditFact, DistributionFact, PurchaseFact, SplitFact, WithdrawalFact

from .conftest import contents
from .node import DAY, Market, between

# Events that are stored and that nothing is made of yet: who may do what in the protocol and which contract stands
# behind a name (a later issue shows them), search on chain (for contracts, not for pages), the demo dollar's own, and
# approvals and addresses of ERC-1155, which no page needs.
STORED_ONLY = {
    *(("AccessManager", name) for name in (
        # Nobody's calls are delayed, and the roles' own terms are those of the deployment: `contract_roles` asks.
        "OperationCanceled", "OperationExecuted", "OperationScheduled", "RoleAdminChanged", "RoleGrantDelayChanged",
        "RoleGuardianChanged", "RoleLabel", "TargetAdminDelayUpdated", "TargetClosed",
    )),
    *((name, "AuthorityUpdated") for name in (
        "Anchors", "BonusPool", "Guardian",
        "InferenceEscrow", "ModelMarketplace", "ProtocolParameters", "Registry", "RevenueSplitter",
    )),
    *((name, "EIP712DomainChanged") for name in ("InferenceEscrow", "LatticeDAO", "LatticeToken")),
    ("LatticeToken", "Approval"),
    # A batch is canceled with its proposal, which says so itself.
    *(("Treasury", name) for name in ("CallSalt", "Cancelled", "RoleAdminChanged")),
    *(("AccessPass", name) for name in ("ApprovalForAll", "ResaleShared", "URI")),
    *(("DemoDollar", name) for name in (
        "Approval", "AuthorizationCanceled", "AuthorizationUsed", "EIP712DomainChanged", "Transfer",
    )),
    ("RevenueSplitter", "FeeVaultSet"),
    ("ContractFactory", "ContractDeployed"),
    ("ModelSearch", "TermsPosted"),
}  # fmt: skip


def _source(client: Client) -> Source:
    return Source(client, client.endpoints[0])


def test_every_event_of_the_contracts_has_a_handler_or_a_reason() -> None:
    dispatch.load_handlers()
    files = (settings.BASE_DIR / "contracts" / "abi").glob("*.json")
    interfaces = {file.stem: json.loads(file.read_text())["abi"] for file in files}
    emitted = {(name, entry["name"]) for name, abi in interfaces.items() for entry in abi if entry["type"] == "event"}
    assert emitted == dispatch.handled() | STORED_ONLY
    assert not dispatch.handled() & STORED_ONLY


def test_a_sale_becomes_facts_and_a_listing(chain: Chain, rpc: Client, market: Market) -> None:
    parent = market.list_model(1, "parent")
    model = market.list_model(2, "child", parent=parent)
    market.buy(3, model, quantity=2, ref="0x" + "ab" * 32)
    lead.catch_up(chain, rpc)

    listing = OnchainListing.objects.get(model_id=model)
    assert (listing.seller, listing.state, listing.category) == (market.accounts[2], ListingState.LISTED, 3)
    assert (listing.metadata, listing.parent, listing.royalty_bps) == ("ipfs://child", parent, 1_000)
    assert [(plan.plan, plan.price) for plan in listing.plans.all()] == [(0, 10**16), (1, 10**15)]
    sale = PurchaseFact.objects.get(ref="0x" + "ab" * 32)
    assert (sale.paid, sale.fee, sale.quantity, sale.buyer) == (2 * 10**16, 5 * 10**14, 2, market.accounts[3])
    assert sale.maturity_day == int(sale.time.timestamp() + 7 * DAY) // DAY
    assert sale.split_hash == market.view("RevenueSplitter", "splitHash", [model])
    moved = PassTransferFact.objects.get()
    assert (moved.sender, moved.recipient, moved.quantity) == (COIN, market.accounts[3], 2)
    parameters = dict(Parameter.objects.values_list("key", "value"))
    assert (parameters["feeBps"], parameters["refundWindow"]) == (250, 7 * DAY)


def test_a_listing_follows_its_seller(chain: Chain, rpc: Client, market: Market) -> None:
    model = market.model(1, "mine")
    people, parts = [market.accounts[1], market.accounts[5]], [7_500, 2_500]
    market.send(1, "AccessPass", "allowTransfers", [model, True])
    lead.catch_up(chain, rpc)
    assert not OnchainListing.objects.exists()

    market.list_model(1, "mine")
    market.send(1, "RevenueSplitter", "setSplit", [model, people, parts])
    market.send(1, "ModelMarketplace", "pauseListing", [model])
    gone = {"plan": Plan.LASTING, "token": COIN, "price": 2**256 - 1, "period": 0}
    market.send(1, "ModelMarketplace", "setPlan", [model, gone])
    market.send(1, "ModelMarketplace", "setMetadata", [model, 9, "ipfs://two"])
    lead.catch_up(chain, rpc)

    listing = OnchainListing.objects.get()
    assert (listing.state, listing.category, listing.metadata) == (ListingState.PAUSED, 9, "ipfs://two")
    assert listing.transfers_allowed
    assert listing.split == [list(part) for part in zip(people, parts, strict=True)]
    assert [plan.plan for plan in listing.plans.all()] == [Plan.SUBSCRIPTION]
    assert (
        SplitFact.objects.get().split_hash == listing.split_hash == market.view("RevenueSplitter", "splitHash", [model])
    )


def test_money_is_followed_to_the_wei(chain: Chain, rpc: Client, market: Market) -> None:
    model = market.list_model(1, "paid", price=10**16 + 7)
    market.buy(3, model)
    lead.catch_up(chain, rpc)
    day = PurchaseFact.objects.get().maturity_day
    rpc.call("evm_setNextBlockTimestamp", (day + 1) * DAY)
    market.send(4, "RevenueSplitter", "distribute", [model, COIN, day, [market.accounts[1]], [10_000]])
    market.send(1, "RevenueSplitter", "withdraw", [COIN])
    lead.catch_up(chain, rpc)

    assert DistributionFact.objects.get().amount == 10**16 + 7 == sum(fact.amount for fact in CreditFact.objects.all())
    drawn = WithdrawalFact.objects.get()
    assert (drawn.account, drawn.amount) == (market.accounts[1], 10**16 + 7 - (10**16 + 7) * 250 // 10_000)


def test_passes_moved_in_a_batch_are_one_fact_each(chain: Chain, rpc: Client, market: Market) -> None:
    models = [market.list_model(1, slug) for slug in ("one", "two")]
    for model in models:
        market.buy(3, model, quantity=3)
        market.send(1, "AccessPass", "allowTransfers", [model, True])
    rpc.call("evm_increaseTime", 9 * DAY)
    pair = [market.accounts[3], market.accounts[4], [int(model, 16) for model in models], [1, 2], "0x"]
    market.send(3, "AccessPass", "safeBatchTransferFrom", pair)
    lead.catch_up(chain, rpc)
    moved = PassTransferFact.objects.filter(sender=market.accounts[3]).order_by("item")
    assert [(fact.item, fact.model_id, fact.quantity) for fact in moved] == [(0, models[0], 1), (1, models[1], 2)]


@pytest.mark.parametrize("seed", range(6))
def test_after_random_reorgs_the_tables_are_those_of_a_fresh_sync(
    alone: tuple[Chain, Client, Market], seed: int
) -> None:
    chain, rpc, market = alone
    random = Random(seed)  # noqa: S311  the same tests each time
    models = [market.list_model(seller, f"m{seller}") for seller in (1, 2)]
    market.mine(10)
    for _ in range(12):
        _act(market, random, models)
        if random.random() < 0.6:
            lead.catch_up(chain, rpc)
        if random.random() < 0.5:
            replaced = [[_purchase(market, random, models), random.randrange(3)] for _ in range(random.randrange(3))]
            rpc.call("anvil_reorg", random.randint(3, 10), replaced)
    market.buy(3, market.list_model(1, "last"))  # whatever the branches have left
    lead.catch_up(chain, rpc)
    followed = contents(chain)
    forget_chain(chain=chain)
    assert not Event.objects.exists()
    assert not OnchainListing.objects.exists()
    lead.catch_up(chain, rpc)
    assert followed == contents(chain)
    assert followed["PurchaseFact"]


def _purchase(market: Market, random: Random, models: list[str]) -> Any:
    buyer, plan = random.randint(3, 9), random.choice((Plan.LASTING, Plan.SUBSCRIPTION))
    order = market.order(buyer, random.choice(models), plan, ref=f"0x{random.getrandbits(256):064x}")
    return market.request(buyer, "ModelMarketplace", "purchase", [order], 10**17)


def _act(market: Market, random: Random, models: list[str]) -> None:
    """Do one thing on the chain; what reverts is part of it."""
    seller = random.randrange(2)
    price = random.randint(1, 10**16)
    plan = {"plan": Plan.LASTING, "token": COIN, "price": price, "period": 0}
    split = [[market.accounts[seller + 1], market.accounts[7]], [5_000, 5_000]]
    deeds = [
        _purchase(market, random, models),
        _purchase(market, random, models),
        market.request(seller + 1, "ModelMarketplace", "setPlan", [models[seller], plan]),
        market.request(seller + 1, "ModelMarketplace", "pauseListing", [models[seller]]),
        market.request(seller + 1, "ModelMarketplace", "resumeListing", [models[seller]]),
        market.request(seller + 1, "RevenueSplitter", "setSplit", [models[seller], *split]),
    ]
    market.rpc.call("eth_sendTransaction", random.choice(deeds))
    market.mine(random.randint(1, 3))


def test_a_reorg_that_takes_a_listing_back_takes_its_row(chain: Chain, rpc: Client, market: Market) -> None:
    market.mine(3)
    market.list_model(1, "gone")
    lead.catch_up(chain, rpc)
    assert OnchainListing.objects.exists()
    rpc.call("anvil_reorg", 2, [])
    lead.catch_up(chain, rpc)
    assert not OnchainListing.objects.exists()
    assert not Event.objects.filter(contract="ModelMarketplace", name="ModelListed").exists()


def test_a_change_deeper_than_the_window_stops_loudly_and_changes_nothing(
    chain: Chain, rpc: Client, market: Market
) -> None:
    chain.reorg_window = 4
    market.mine(12)
    lead.catch_up(chain, rpc)
    before = contents(chain)
    rpc.call("anvil_reorg", 8, [])
    with pytest.raises(
        IndexerStoppedError, match=r"deeper than 4 blocks: block \d+ is 0x.* forget_chain --chain anvil"
    ):
        lead.catch_up(chain, rpc)
    assert contents(chain) == before


def test_a_local_chain_that_is_shorter_is_followed_back_however_far(chain: Chain, rpc: Client, market: Market) -> None:
    chain.reorg_window = 4
    market.mine(5)
    kept = rpc.call("evm_snapshot")
    market.list_model(1, "lost")
    market.mine(BATCH + 20)
    lead.catch_up(chain, rpc)
    rpc.call("evm_revert", kept)
    lead.catch_up(chain, rpc)
    assert chain.head() == rpc.block_number()
    assert not OnchainListing.objects.exists()
    assert Cursor.objects.get().hash == Block.objects.latest("number").hash


def test_another_chain_is_waited_for_when_its_endpoint_lags(chain: Chain, rpc: Client, market: Market) -> None:
    far = Chain.objects.create(
        id=99, short_name="far", name="Far", coin="ETH", confirmations=3, reorg_window=9,
        deployment=chain.deployment, start_block=chain.start_block, genesis_hash=chain.genesis_hash,
    )  # fmt: skip
    kept = rpc.call("evm_snapshot")
    market.mine(5)
    lead.catch_up(far, rpc)
    head = far.head()
    rpc.call("evm_revert", kept)
    assert not lead.step(far, rpc)
    assert far.head() == head


def test_a_chain_that_forked_before_our_contracts_stops_loudly(chain: Chain, rpc: Client, market: Market) -> None:
    lead.catch_up(chain, rpc)
    cursor = Cursor.objects.get()
    Block.objects.update(hash="0x" + "0" * 64)
    cursor.hash = "0x" + "0" * 64
    cursor.save()
    with pytest.raises(IndexerStoppedError, match="changed deeper"):
        lead.step(chain, rpc)


def test_a_cursor_that_another_process_moved_is_left_alone(chain: Chain, rpc: Client, market: Market) -> None:
    lead.catch_up(chain, rpc)
    read = Cursor.objects.get()
    market.mine()
    lead.catch_up(chain, rpc)
    with pytest.raises(ChainMovedError, match="Another process"):
        write(chain, read, None)


def test_rows_that_are_there_already_stay_as_they_are(chain: Chain, rpc: Client, market: Market) -> None:
    model = market.list_model(1, "twice")
    market.buy(3, model)
    lead.catch_up(chain, rpc)
    events: list[dict[str, Any]] = [{**row} for row in Event.objects.values()]
    facts = list(PurchaseFact.objects.values())
    forget_chain(chain=chain)
    Event(**events[-1]).save(force_insert=True)
    PurchaseFact(**{**facts[-1], "quantity": 7}).save(force_insert=True)
    lead.catch_up(chain, rpc)
    columns = ("tx_hash", "index", "args")
    assert set(Event.objects.values_list(*columns[:2])) == {(each["tx_hash"], each["index"]) for each in events}
    assert Event.objects.count() == len(events)
    assert PurchaseFact.objects.get().quantity == 7


def test_logs_that_an_endpoint_keeps_back_are_missed(chain: Chain, rpc: Client, market: Market, node: str) -> None:
    market.list_model(1, "hidden")
    with between(node) as liar:
        liar.lie = lambda request, answer: [] if request["method"] == "eth_getLogs" else answer
        with pytest.raises(ChainMovedError, match="kept back the logs of block"):
            lead.step(chain, liar.client)
        with Client([liar.url, node]) as both, pytest.raises(ChainMovedError, match="kept back the logs of block"):
            lead.step(chain, both)
    assert not Event.objects.exists()


def test_an_empty_answer_counts_where_a_second_one_agrees(chain: Chain, rpc: Client, market: Market) -> None:
    stranger = sorted([*chain.deployment.values(), "0x" + "77" * 20])
    market.list_model(1, "there")
    header = headers.fetch_tip(rpc)
    assert all(headers.may_hold(header.bloom, chain.deployment[name]) for name in ("ModelMarketplace",))
    assert not headers.may_hold(header.bloom, "0x" + "77" * 20)
    full = replace(header, bloom=2**2048 - 1)
    fetch._check_silence(_source(rpc), [full], [], ["0x" + "77" * 20])
    with pytest.raises(ChainMovedError):
        fetch._check_silence(_source(rpc), [full], [], stranger)


@pytest.mark.parametrize(
    ("method", "lie", "match"),
    [
        ("eth_getBlockByNumber", lambda answer: None, "does not have block"),
        ("eth_getBlockByNumber", lambda answer: {**answer, "parentHash": "0x" + "1" * 64}, "does not follow"),
        ("eth_getLogs", lambda answer: [{**log, "blockHash": "0x" + "1" * 64} for log in answer], "another block"),
        ("eth_getBlockReceipts", lambda answer: None, "receipts"),
    ],
)
def test_answers_that_do_not_fit_together_are_not_believed(
    chain: Chain, rpc: Client, market: Market, node: str, method: str, lie: Any, match: str
) -> None:
    market.list_model(1, "seen")
    lead.step(chain, rpc) if method == "eth_getBlockReceipts" else None
    first = chain.start_block
    last = rpc.block_number()
    with between(node) as liar:

        def change(request: dict[str, Any], answer: Any) -> Any:
            if method == "eth_getBlockReceipts" and request["method"] == "eth_getLogs":
                return []
            return lie(answer) if request["method"] == method else answer

        liar.lie = change
        with pytest.raises(ChainMovedError, match=match):
            fetch.fetch_batch(_source(liar.client), first, last, sorted(chain.deployment.values()))


def test_a_chain_that_moves_while_it_is_read_is_read_again(chain: Chain, market: Market, node: str) -> None:
    rpc = market.rpc
    market.mine(6)
    lead.catch_up(chain, rpc)
    before = contents(chain)
    rpc.call("anvil_reorg", 3, [])
    market.mine(2)
    asked: list[str] = []
    head = chain.head()
    with between(node) as liar:

        def move_after_the_fork_is_found(request: dict[str, Any], answer: Any) -> Any:
            old = request["method"] == "eth_getBlockByNumber" and request["params"][0] == hex(head)
            if old and "moved" not in asked:
                asked.append("moved")
                rpc.call("anvil_reorg", 6, [])
            return answer

        liar.lie = move_after_the_fork_is_found
        with pytest.raises(ChainMovedError, match="moved again"):
            lead.step(chain, liar.client)
    assert contents(chain) == before
    lead.catch_up(chain, rpc)
    assert Cursor.objects.get().hash == headers.fetch_headers(rpc, [chain.head()])[chain.head()].hash


def test_an_endpoint_that_has_not_got_the_old_block_yet_is_asked_again(chain: Chain, rpc: Client, node: str) -> None:
    lead.catch_up(chain, rpc)
    with between(node) as liar:
        liar.lie = lambda request, answer: None if request["method"] == "eth_getBlockByNumber" else answer
        with pytest.raises(ChainMovedError, match="does not have block"):
            reorg.find_fork(chain, _source(liar.client), Cursor.objects.get(), chain.head())


def test_another_genesis_is_one_clear_sentence(chain: Chain, rpc: Client) -> None:
    Chain.objects.update(genesis_hash="0x" + "9" * 64)
    with pytest.raises(OtherGenesisError, match=r"another Anvil than .* forget_chain --chain anvil"):
        lead.check(Chain.objects.get(), rpc)
    with pytest.raises(CommandError, match="another Anvil"):
        call_command("index_chain")


def test_the_commands_say_what_they_did(chain: Chain, rpc: Client, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("index_chain")
    call_command("forget_chain", "--chain", "anvil")
    assert not Cursor.objects.exists()
    told = capsys.readouterr().out
    assert f"Anvil is indexed up to block {rpc.block_number()}." in told
    assert "Anvil is forgotten" in told
    for command in (("index_chain", "--chain", "none"), ("forget_chain", "--chain", "none")):
        with pytest.raises(CommandError, match="no such chain"):
            call_command(*command)
    Chain.objects.update(deployment={})
    with pytest.raises(CommandError, match="deploy_contracts --chain anvil"):
        call_command("index_chain", "--chain", "anvil")
    with pytest.raises(CommandError, match="no chain with contracts"):
        call_command("index_chain")


def test_following_goes_on_where_the_chain_does_not_answer(
    chain: Chain, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lead, "PAUSE", 0.01)
    market.mine()
    with Client(["http://127.0.0.1:9"]) as nobody:
        lead.follow(chain, nobody, _after(9))
    assert chain.head() == chain.start_block - 1
    seen: list[int] = []
    lead.follow(chain, market.rpc, lambda: bool(seen), lambda reader: seen.append(reader.number))
    assert chain.head() == market.rpc.block_number() == seen[0]


def _after(times: int) -> Callable[[], bool]:
    """Return a question that is answered with yes after so many times."""
    turns = iter(range(times))
    return lambda: next(turns, None) is None


def test_one_process_leads(chain: Chain) -> None:
    with lead.leading(chain, wait=False):
        pass
    with lead.leading(chain, wait=False):
        pass


def test_catching_up_gives_up_on_a_chain_that_never_stands_still(chain: Chain, rpc: Client, node: str) -> None:
    with between(node) as liar:
        liar.lie = lambda request, answer: None if request["method"] == "eth_getLogs" else answer
        liar.lie = lambda request, answer: (
            {**answer, "hash": "0x" + "5" * 64} if request["method"] == "eth_getBlockByNumber" else answer
        )
        with pytest.raises(ChainMovedError):
            lead.catch_up(chain, liar.client)


def test_hints_follow_the_commit(
    chain: Chain, rpc: Client, market: Market, django_capture_on_commit_callbacks: Any
) -> None:
    model = market.list_model(1, "hinted")
    ref, moment = "0x" + "cd" * 32, timezone.now()
    market.buy(3, model, ref=ref)
    Order.objects.create(
        ref=ref, chain=chain, buyer=market.accounts[3], listing_name="a/b", model_id=model, plan=Plan.LASTING,
        quantity=1, token=COIN, price=1, max_price=1, license_accepted_at=moment, deadline=moment,
    )  # fmt: skip

    groups = {f"order.{'cd' * 32}": "test.order", f"chain.{chain.pk}": "test.chain"}
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        lead.catch_up(chain, rpc)

    async def listen() -> list[Any]:
        layer = get_channel_layer()
        for group, name in groups.items():
            await layer.group_add(group, name)
        for callback in callbacks:
            await sync_to_async(callback)()
        return [await layer.receive(name) for name in groups.values()]

    order, head = async_to_sync(listen)()
    assert order == {"type": "order.changed"}
    assert head == {"type": "chain.head", "number": rpc.block_number()}


def test_a_head_is_told_when_it_is_reached(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(hints, "send_hints", told.append)
    hints.tell_head(dispatch.Changes(chain, head=7, is_behind=True))
    hints.tell_head(dispatch.Changes(chain, head=8))
    assert told == [{f"chain.{chain.pk}": {"type": "chain.head", "number": 8}}]


def test_a_hint_that_cannot_be_sent_stops_nothing(settings: Any) -> None:
    backend = {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": ["redis://127.0.0.1:9/0"]}}
    settings.CHANNEL_LAYERS = {"default": backend}
    hints.send_hints({"chain.1": {"type": "chain.head", "number": 1}})
