"""The contracts are deployed once, by a key from the environment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from eth_account import Account
from web3 import Web3

from contracts.actions import deploy_contracts
from contracts.chain import factory
from contracts.chain.client import Client
from contracts.chain.transactions import STUCK_AFTER, account_of, send_transaction, wait_for_receipt
from contracts.errors import OtherGenesisError, PermanentChainError, RevertedError
from contracts.indexer import lead
from contracts.models import Chain, Cursor, Event, SentTransaction
from tests.deploying import KEY, deploy, everything_for

from .node import Market, running

WITHDRAW = "0x51cff8d9" + "0" * 64  # withdraw(the coin)


@pytest.fixture
def empty(db: None) -> Any:
    """An anvil of the test's own, on which nothing is deployed."""
    with running() as address, Client([address]) as rpc:
        yield rpc, address


def _deploy(address: str) -> tuple[Chain, bool]:
    return deploy(address, "x/{id}")


def test_what_is_deployed_is_kept(empty: tuple[Client, str]) -> None:
    rpc, address = empty
    chain, deployed = _deploy(address)
    assert deployed
    market, head = Market(rpc, chain.deployment), rpc.block_number()
    assert market.view("AccessPass", "market") == chain.deployment["ModelMarketplace"]
    assert market.view("RevenueSplitter", "escrow") == chain.deployment["InferenceEscrow"]
    assert market.view("ProtocolParameters", "tokenTerms", [chain.deployment["DemoDollar"]])["accepted"]
    assert market.view("RevenueSplitter", "feeVault") == chain.deployment["FeeVault"]
    assert _deploy(address) == (chain, False)
    assert rpc.block_number() == head


def test_a_deployment_that_was_killed_half_way_goes_on(empty: tuple[Client, str]) -> None:
    rpc, address = empty
    whole, _ = _deploy(address)
    head = rpc.block_number()
    Chain.objects.update(deployment={}, start_block=0)
    SentTransaction.objects.all().delete()
    again, deployed = _deploy(address)
    assert deployed
    assert (again.deployment, again.start_block) == (whole.deployment, whole.start_block)
    assert rpc.block_number() == head


def test_a_transaction_that_was_signed_but_never_sent_is_sent_as_it_was(empty: tuple[Client, str]) -> None:
    rpc, address = empty
    rpc.call("anvil_setBlockTimestampInterval", 1)  # the guardian's mandate ends by the time of the first block
    start = rpc.call("evm_snapshot")
    whole, _ = _deploy(address)
    rpc.call("evm_revert", start)
    Chain.objects.update(deployment={})
    again, _ = _deploy(address)
    assert again.deployment == whole.deployment
    assert SentTransaction.objects.count() == 2 + len(whole.deployment)


def test_a_local_chain_that_begins_anew_is_deployed_and_read_anew(empty: tuple[Client, str]) -> None:
    rpc, address = empty
    start = rpc.call("evm_snapshot")
    chain, _ = _deploy(address)
    lead.check(chain, rpc)
    lead.catch_up(chain, rpc)
    rpc.call("evm_revert", start)
    rpc.call("anvil_mine", "0x3", "0x1")
    chain, deployed = _deploy(address)
    assert deployed
    assert not Event.objects.exists()
    lead.catch_up(chain, rpc)
    assert Event.objects.filter(name="ParameterSet").count() == 12


def test_another_chain_under_the_same_row_is_refused_once_something_was_read(chain: Chain, rpc: Client) -> None:
    lead.catch_up(chain, rpc)
    with running("--timestamp", "1700000000") as other:
        with pytest.raises(OtherGenesisError, match="forget_chain --chain anvil"):
            _deploy(other)
        Cursor.objects.all().delete()
        assert _deploy(other)[1]
    with (
        running("--chain-id", "31338") as other,
        pytest.raises(PermanentChainError, match="with id 31338, and Anvil has"),
    ):
        _deploy(other)


def test_every_name_is_registered(chain: Chain, market: Market) -> None:
    names = market.view("Registry", "names", [0, 100])
    found = {
        bytes.fromhex(name[2:]).rstrip(b"\0").decode(): market.view("Registry", "addressOf", [name]) for name in names
    }
    assert found == chain.deployment


def test_addresses_are_the_same_on_every_chain_but_the_demo_dollar_and_the_dao_are_only_here(chain: Chain) -> None:
    with running("--chain-id", "1") as other:
        given: dict[str, Any] = {"short_name": "eth", "rpc_urls": [other], "deployer_key": KEY, "pass_uri": ""}
        there, deployed = deploy_contracts(**given, named=everything_for("0x" + "ab" * 20))
        assert deployed
    assert there.deployment.items() <= chain.deployment.items()
    assert {"DemoDollar", "LatticeToken", "Treasury"} <= set(chain.deployment) - set(there.deployment)


def test_a_chain_without_the_deployment_proxy_is_told(empty: tuple[Client, str]) -> None:
    rpc, address = empty
    rpc.call("anvil_setCode", factory.PROXY, "0x")
    with pytest.raises(PermanentChainError, match="no deterministic deployment proxy"):
        _deploy(address)


def test_the_command_writes_where_the_contracts_are(
    chain: Chain, node: str, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.LOCAL_DEPLOYMENTS_DIR, settings.DEPLOYER_KEY, settings.RPC_URLS = tmp_path, KEY, {"anvil": [node]}
    call_command("deploy_contracts", "--chain", "anvil")
    written = json.loads((tmp_path / "31337.json").read_text())
    assert written["contracts"] == chain.deployment
    assert written["admin"] == {"kind": "timelock", "accounts": [chain.deployment["Treasury"]]}
    said = capsys.readouterr().out
    assert "were there already" in said
    assert f"The admin there is the DAO's timelock: {chain.deployment['Treasury']}." in said
    Chain.objects.all().delete()
    settings.DEPLOYER_KEY = "0x12"
    with pytest.raises(CommandError, match="32 bytes in hexadecimal"):
        call_command("deploy_contracts", "--chain", "anvil")


def test_a_transaction_for_one_purpose_is_sent_once(chain: Chain, rpc: Client, market: Market) -> None:
    account = account_of(KEY)
    model = market.list_model(1, "once")
    data = "0x" + "00"
    sent = [
        send_transaction(chain=chain, account=account, business_id="gift", data=data, to=market.accounts[4], value=7)
        for _ in range(2)
    ]
    assert sent[0] == sent[1]
    assert wait_for_receipt(chain, sent[0])["status"] == 1
    assert int(rpc.call("eth_getBalance", market.accounts[4], "latest"), 16) == 10**22 + 7
    assert model


def test_a_stuck_transaction_is_replaced_under_its_nonce_once(chain: Chain, rpc: Client, market: Market) -> None:
    account, receiver = account_of(KEY), market.accounts[5]

    def send() -> SentTransaction:
        return send_transaction(chain=chain, account=account, business_id="slow", data="0x00", to=receiver, value=9)

    before = int(rpc.call("eth_getBalance", receiver, "latest"), 16)
    rpc.call("evm_setAutomine", False)
    try:
        first = send()
        assert send().hash == first.hash  # it has not waited long enough
        SentTransaction.objects.update(signed_at=timezone.now() - STUCK_AFTER)
        second = send()
        assert send().hash == second.hash != first.hash
        assert (second.nonce, second.former_hashes) == (first.nonce, [first.hash])
        (waiting,) = rpc.call("txpool_content")["pending"][account.address.lower()].values()
        assert waiting["hash"] == second.hash
        rpc.call("anvil_mine", "0x1")
    finally:
        rpc.call("evm_setAutomine", True)
    assert wait_for_receipt(chain, second)["status"] == 1
    assert int(rpc.call("eth_getBalance", receiver, "latest"), 16) == before + 9
    SentTransaction.objects.update(signed_at=timezone.now() - STUCK_AFTER)
    assert send().hash == second.hash  # it has happened, and nothing more does


def test_a_replacement_that_came_too_late_finds_the_first_mined(chain: Chain, rpc: Client, market: Market) -> None:
    account = account_of(KEY)
    given: dict[str, Any] = {"chain": chain, "account": account, "business_id": "late", "data": "0x00"}
    first = send_transaction(**given, to=market.accounts[5], value=9)
    wait_for_receipt(chain, first)
    SentTransaction.objects.update(former_hashes=[first.hash], hash="0x" + "ab" * 32)
    again = send_transaction(**given, to=market.accounts[5], value=9)
    assert wait_for_receipt(chain, again)["transactionHash"].to_0x_hex() == first.hash


def test_what_the_chain_would_refuse_is_not_sent(chain: Chain, rpc: Client) -> None:
    splitter, account = chain.deployment["RevenueSplitter"], account_of(KEY)
    with pytest.raises(RevertedError, match="has nothing to withdraw"):
        send_transaction(chain=chain, account=account, business_id="draw", data=WITHDRAW, to=splitter)
    poor = Account.create()
    bill = {"to": Web3.to_checksum_address(splitter), "value": 1, "gas": 21_000, "gasPrice": 10**10, "nonce": 0}
    made = SentTransaction.objects.create(
        chain=chain, business_id="poor", sender=poor.address.lower(), nonce=0, hash="0x" + "1" * 64,
        raw=bytes(poor.sign_transaction({**bill, "chainId": chain.pk, "data": b""}).raw_transaction),
    )  # fmt: skip
    with pytest.raises(PermanentChainError, match="refused the transaction for poor"):
        send_transaction(chain=chain, account=poor, business_id="poor", data="0x", to=splitter)
    assert made.business_id == str(made)


def test_a_transaction_that_fails_in_its_block_is_told(chain: Chain, rpc: Client) -> None:
    account = account_of(KEY)
    filled: dict[str, Any] = {
        "to": Web3.to_checksum_address(chain.deployment["RevenueSplitter"]), "data": WITHDRAW, "gas": 100_000,
        "chainId": chain.pk, "value": 0,
        "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 1,
        "nonce": int(rpc.call("eth_getTransactionCount", account.address, "latest"), 16),
    }  # fmt: skip
    signed = account.sign_transaction(filled)
    made = SentTransaction(
        chain=chain, business_id="late", hash=signed.hash.to_0x_hex(), raw=bytes(signed.raw_transaction)
    )
    rpc.call("eth_sendRawTransaction", signed.raw_transaction.to_0x_hex())
    with pytest.raises(RevertedError, match="for late failed in its block"):
        wait_for_receipt(chain, made)
