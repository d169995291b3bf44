"""What operators see and do: status, gauges, projections made anew, comparison with the chain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from accounts.models import User
from contracts.chain.client import Client
from contracts.errors import ChainMovedError, IndexerStoppedError, PermanentChainError
from contracts.indexer import lead, verify
from contracts.indexer.dispatch import tally
from contracts.indexer.folding import refold
from contracts.management.commands import index_chain
from contracts.management.commands.verify_chain import again
from contracts.management.progress import Bars
from contracts.models import Chain, Event, IndexerStatus, Tally, Verification
from contracts.names import COIN
from governance.onchain.models.power import BALANCE
from marketplace.onchain.models.listings import OnchainListing
from marketplace.onchain.models.passes import PassTransferFact
from marketplace.onchain.models.sales import CreditFact, PurchaseFact

from .conftest import contents
from .node import DAY, Market, between, running


@pytest.fixture
def sold(chain: Chain, rpc: Client, market: Market) -> str:
    """A model that was sold, paid out and drawn; return its id."""
    model = market.list_model(1, "kept")
    market.buy(3, model, quantity=2)
    lead.catch_up(chain, rpc)
    day = PurchaseFact.objects.get().maturity_day
    rpc.call("evm_setNextBlockTimestamp", (day + 1) * DAY)
    market.send(4, "RevenueSplitter", "distribute", [model, COIN, day, [market.accounts[1]], [10_000]])
    market.send(1, "RevenueSplitter", "withdraw", [COIN])
    for payer, amount in ((4, 5), (4, 7), (5, 11)):
        market.send(6, "InferenceEscrow", "deposit", [market.accounts[payer], COIN, amount], amount)
    market.mine(4)
    lead.catch_up(chain, rpc)
    return model


def test_a_tally_is_what_the_contract_says(chain: Chain, market: Market, sold: str) -> None:
    kept = {tally.key: (tally.amount, tally.events) for tally in Tally.objects.filter(kind="escrow")}
    assert kept == {f"{market.accounts[4]}:{COIN}": (12, 2), f"{market.accounts[5]}:{COIN}": (11, 1)}
    for key, (amount, _events) in kept.items():
        assert market.view("InferenceEscrow", "account", key.split(":"))["balance"] == amount


def test_a_tally_goes_with_its_last_event(chain: Chain, rpc: Client, market: Market) -> None:
    market.send(3, "InferenceEscrow", "deposit", [market.accounts[4], COIN, 5], 5)
    lead.catch_up(chain, rpc)
    assert Tally.objects.filter(kind="escrow").exists()
    rpc.call("anvil_reorg", 1, [])
    lead.catch_up(chain, rpc)
    assert not Tally.objects.filter(kind="escrow").exists()
    assert Tally.objects.filter(kind=BALANCE).exists()  # what the token was made with stays
    assert IndexerStatus.objects.get().reorgs == 1


def test_projections_are_made_anew_from_events_alone(
    chain: Chain, sold: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(chain)
    PurchaseFact.objects.all().delete()
    OnchainListing.objects.all().delete()
    Event.objects.update(subject="")
    Tally.objects.update(amount=7)
    call_command("reindex", "--chain", "anvil")
    assert contents(chain) == before
    assert f"{Event.objects.count()} events of Anvil were gone through again." in capsys.readouterr().out

    PassTransferFact.objects.all().delete()
    CreditFact.objects.update(amount=1)
    call_command("reindex", "--chain", "anvil", "--event", "AccessPass.TransferSingle")
    assert PassTransferFact.objects.count() == 1
    assert contents(chain) != before
    first = CreditFact.objects.earliest("block_number").block_number
    call_command("reindex", "--chain", "anvil", "--from", str(first))
    assert contents(chain) == before
    refold(chain, ["a kind that is no more:1"])
    call_command("reindex", "--chain", "anvil", "--event", "AccessPass.URI")
    assert contents(chain) == before


def test_what_cannot_be_made_anew_is_a_sentence(chain: Chain) -> None:
    with pytest.raises(CommandError, match="no such chain"):
        call_command("reindex", "--chain", "none")
    with pytest.raises(CommandError, match=r"such as AccessPass\.TransferSingle"):
        call_command("reindex", "--chain", "anvil", "--event", "TransferSingle")


def test_the_tables_match_the_chain(chain: Chain, rpc: Client, sold: str, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_chain")
    made = Verification.objects.get()
    assert made.block_number == chain.final_block()
    assert made.compared >= 5
    assert not made.differences
    assert f"{made.compared} values match Anvil at block {made.block_number}." in capsys.readouterr().out
    assert chain.last_verification() == made
    assert str(made) == f"31337/{made.block_number}: 0 of {made.compared}"


def test_money_pages_say_that_they_match_the_chain(
    chain: Chain, rpc: Client, market: Market, sold: str, client: Browser
) -> None:
    client.force_login(User.objects.create(address=market.accounts[1]))
    assert "Matches" not in client.get("/sell/").content.decode()
    made = verify.verify_chain(chain=chain, rpc=rpc, number=chain.head())
    assert f"Matches the chain at block {made.block_number}, checked" in client.get("/sell/").content.decode()
    Verification.objects.update(differences=[{"name": "x", "stored": "1", "chain": "2"}])
    assert f"One figure differs from the chain at block {made.block_number};" in client.get("/sell/").content.decode()


def test_chains_are_compared_again_and_again(chain: Chain, rpc: Client, sold: str, settings: Any) -> None:
    rounds = iter(range(2))
    again(["anvil"], 0.01, lambda: next(rounds, None) is None)
    assert Verification.objects.count() == 2
    settings.RPC_URLS = {"anvil": ["http://127.0.0.1:9"]}
    rounds = iter(range(1))
    again(["anvil"], 0.01, lambda: next(rounds, None) is None)
    assert Verification.objects.count() == 2


def test_a_difference_is_named(chain: Chain, rpc: Client, sold: str, capsys: pytest.CaptureFixture[str]) -> None:
    PurchaseFact.objects.all().delete()
    with pytest.raises(CommandError, match="differs from Anvil"):
        call_command("verify_chain", "--chain", "anvil", "--at", str(chain.head()))
    assert f"ModelMarketplace.getListing({sold}).totalSales is 0 here and 1 on chain." in capsys.readouterr().out


def test_a_view_that_refuses_is_a_difference(chain: Chain, rpc: Client, sold: str) -> None:
    @verify.verifier
    def wrong(chain: Chain, number: int) -> Any:
        yield verify.Claim("ModelMarketplace", "quote", ["0x" + "77" * 32, 0, 1], 1)

    try:
        made = verify.verify_chain(chain=chain, rpc=rpc, number=chain.head())
    finally:
        verify._verifiers.remove(wrong)
    (difference,) = made.differences
    assert difference["stored"] == "1"
    assert difference["chain"].endswith(".")


def test_an_endpoint_that_cannot_answer_makes_no_difference(chain: Chain, rpc: Client, sold: str, node: str) -> None:
    with between(node) as pruned:
        pruned.rewrite = lambda answers: {"jsonrpc": "2.0", "id": None, "error": {"code": -32000, "message": "pruned"}}
        with pytest.raises(PermanentChainError):
            verify.verify_chain(chain=chain, rpc=pruned.client, number=chain.head())
    assert not Verification.objects.exists()


def test_only_an_indexed_block_is_compared(chain: Chain, rpc: Client, sold: str) -> None:
    with pytest.raises(IndexerStoppedError, match="is not indexed here"):
        verify.verify_chain(chain=chain, rpc=rpc, number=10**6)
    with pytest.raises(CommandError, match="is not indexed here"):
        call_command("verify_chain", "--at", "1000000")


def test_a_chain_that_moves_during_the_comparison_is_compared_again(chain: Chain, rpc: Client, sold: str) -> None:
    asked: list[int] = []

    @verify.verifier
    def moving(chain: Chain, number: int) -> Any:
        rpc.call("anvil_setCoinbase", f"0x{len(asked):040x}")  # else the new blocks are the old ones
        asked.append(number)
        rpc.call("anvil_reorg", 2, [])
        lead.catch_up(chain, rpc)
        return iter(())

    verify.load_verifiers()
    others = list(verify._verifiers)
    try:
        with pytest.raises(ChainMovedError, match="changed while it was compared"):
            verify.verify_chain(chain=chain, rpc=rpc, number=chain.head())  # the others ask about a block that is gone
        verify._verifiers[:] = [moving]
        with pytest.raises(ChainMovedError, match="changed while it was compared"):
            verify.verify_chain(chain=chain, rpc=rpc, number=chain.head())
    finally:
        verify._verifiers[:] = [each for each in others if each is not moving]


def test_the_status_is_a_table(
    chain: Chain, rpc: Client, market: Market, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    lead.catch_up(chain, rpc)
    market.mine(2)
    settings.RPC_URLS = {"anvil": [*chain.rpc_urls, "http://127.0.0.1:9/secret"]}
    IndexerStatus.objects.update(stopped="It needs a person.")
    call_command("index_status")
    told = capsys.readouterr().out
    row = next(line for line in told.splitlines() if "anvil" in line and "│" in line)
    cells = [cell.strip() for cell in row.split("│")[1:-1]]
    assert cells[:4] == ["anvil", str(rpc.block_number()), str(chain.head()), "2"]
    assert "127.0.0.1: NewConnectionError" in told
    assert "secret" not in told
    assert "Anvil: It needs a person." in told


def test_a_chain_that_was_never_read_has_a_status(
    chain: Chain, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    Chain.objects.update(rpc_urls=[])
    settings.RPC_URLS = {}
    call_command("index_status", "--chain", "anvil")
    assert "RPC_URLS_ANVIL" in capsys.readouterr().out


def test_gauges_say_how_far_it_is(chain: Chain, rpc: Client, client: Browser) -> None:
    lead.catch_up(chain, rpc)
    IndexerStatus.objects.update(head=chain.head() + 5, reorgs=3)
    told = client.get("/metrics").content.decode()
    assert 'indexer_lag_blocks{chain="anvil"} 5.0' in told
    assert 'indexer_reorgs_total{chain="anvil"} 3.0' in told
    assert f'indexer_indexed_block{{chain="anvil"}} {chain.head()}.0' in told


def test_a_chain_that_others_deployed_to_is_opened(
    chain: Chain, node: str, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DEPLOYER_KEY, settings.LOCAL_DEPLOYMENTS_DIR, settings.RPC_URLS = "", tmp_path, {"anvil": [node]}
    call_command("deploy_contracts", "--chain", "anvil")
    where = chain.deployment, chain.start_block
    Chain.objects.all().delete()
    call_command("index_chain", "--chain", "anvil")
    opened = Chain.objects.get()
    assert (opened.deployment, opened.start_block) == where
    assert opened.head() > 0
    Chain.objects.all().delete()
    with pytest.raises(CommandError, match="no chain with contracts"):
        call_command("index_chain")


def test_two_chains_are_read_by_one_process_and_kept_apart(
    chain: Chain, market: Market, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    from contracts.actions import deploy_contracts
    from tests.deploying import KEY, everything_for

    with running("--chain-id", "31338") as address:
        settings.RPC_URLS = {"anvil2": [address]}
        given: dict[str, Any] = {"rpc_urls": [address], "deployer_key": KEY, "pass_uri": ""}
        second, _ = deploy_contracts(short_name="anvil2", **given, named=everything_for(market.accounts[9]))
        assert (second.pk, second.is_local) == (31338, False)
        with Client([address]) as rpc:
            there = Market(rpc, second.deployment)
            model = there.list_model(1, "there")
            there.buy(3, model, ref="0x" + "22" * 32)
            market.buy(4, market.list_model(1, "there"), ref="0x" + "33" * 32)
            call_command("index_chain")
            told = capsys.readouterr().out
            assert "Anvil is indexed" in told
            assert "Anvil two is indexed" in told
            assert [fact.ref for fact in PurchaseFact.objects.filter(chain=second)] == ["0x" + "22" * 32]
            assert [fact.ref for fact in PurchaseFact.objects.filter(chain=chain)] == ["0x" + "33" * 32]
            assert OnchainListing.objects.filter(model_id=model).count() == 2
            rpc.call("anvil_reorg", 1, [])
            there.mine(2)
            index_chain._find("anvil2")
            lead.catch_up(second, rpc)
            assert not PurchaseFact.objects.filter(chain=second).exists()
            assert PurchaseFact.objects.filter(chain=chain).exists()


def test_a_bar_shows_how_far_a_long_way_is(chain: Chain, rpc: Client, market: Market) -> None:
    market.mine(700)
    seen: list[int] = []
    with Bars(shown=False) as bars:

        def told(reader: Any) -> None:
            bars.told(reader)
            seen.append(len(bars._tasks))

        lead.catch_up(chain, rpc, told)
    assert seen[0] == 1
    assert seen[-1] == 0


def test_a_tally_may_be_registered_twice() -> None:
    from contracts.indexer import dispatch

    dispatch.load_handlers()
    before = {name: list(kinds) for name, kinds in dispatch._tallies.items()}
    tally("escrow", InferenceEscrow={"Deposited": before["InferenceEscrow", "Deposited"][0][1]})
    assert dispatch._tallies == before
