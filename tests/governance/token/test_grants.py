"""The faucet, the vesting and a claim on a real chain."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from contracts.chain import codec
from contracts.chain.client import Client as Rpc
from contracts.errors import RevertedError
from contracts.indexer import lead
from contracts.models import Chain
from contracts.names import CLAIM, FAUCET, TOKEN, TREASURY, VESTING
from governance.ground.home import home_chain, now_on
from governance.token.allocations import list_of
from governance.token.grants import PAUSE, PORTION, prepare_claim
from governance.token.page import token_of
from tests.contracts.node import Market
from tests.governance.dao import WHOLE
from tests.waiting import until

PERSON, OTHER = 20, 21


def test_the_faucet_gives_what_the_page_says_and_the_vesting_is_the_contracts(
    alone: tuple[Chain, Rpc, Market], client: Client
) -> None:
    chain, rpc, market = alone
    address = market.accounts[PERSON]
    client.force_login(User.objects.create(address=address))
    rpc.call("anvil_setBalance", address, hex(WHOLE))
    lead.catch_up(chain, rpc)
    call = client.post("/dao/token/faucet", headers={"accept": "application/json"}).json()
    rpc.call("eth_sendTransaction", {"from": address, "to": call["to"], "data": call["data"], "gas": hex(300_000)})
    market.mine()
    lead.catch_up(chain, rpc)
    page = token_of(home_chain(), address, now_on(home_chain()))
    assert page.mine
    assert page.mine.balance == PORTION == market.view(TOKEN, "balanceOf", [address])
    assert page.grant.next_at == datetime.fromtimestamp(market.view(FAUCET, "nextFaucet", [address]), UTC)
    assert timedelta(hours=24) == PAUSE
    refused = client.post("/dao/token/faucet", headers={"accept": "application/json"})
    assert refused.json()["code"] == "contract-refused"
    assert page.supply.all == market.view(TOKEN, "totalSupply")
    vesting = page.vesting
    assert vesting
    for time in (vesting.start, vesting.cliff, vesting.cliff + timedelta(days=100), vesting.end):
        told = market.view(VESTING, "vestedAmount", [chain.deployment[TOKEN], int(time.timestamp())])
        assert vesting.vested_at(time) == told
    assert client.get("/dao/token").status_code == 200


def test_an_allocation_is_claimed_with_its_proof(
    alone: tuple[Chain, Rpc, Market], settings: Settings, tmp_path: Path
) -> None:
    chain, rpc, market = alone
    address, other = market.accounts[PERSON], market.accounts[OTHER]
    made = list_of({address: 5 * WHOLE, other: 7 * WHOLE, market.accounts[22]: 1})
    end = 2**40
    data = codec.constructor_data(CLAIM, [chain.deployment[TOKEN], chain.deployment[TREASURY], made.root, end])
    hashed = rpc.call("eth_sendTransaction", {"from": other, "data": data, "gas": hex(3_000_000)})
    receipt = until(lambda: rpc.call("eth_getTransactionReceipt", hashed), "it is deployed", every=0.005)
    chain.deployment[CLAIM] = receipt["contractAddress"].lower()
    market.send(OTHER, FAUCET, "faucet")
    market.send(OTHER, TOKEN, "transfer", [chain.deployment[CLAIM], 100 * WHOLE])
    (tmp_path / "claims.json").write_text(json.dumps({each: str(amount) for each, amount in made.amounts.items()}))
    settings.CLAIM_LIST = str(tmp_path / "claims.json")
    rpc.call("anvil_setBalance", address, hex(WHOLE))
    call = prepare_claim(user=User(address=address), chain=chain)
    rpc.call("eth_sendTransaction", {**call.request(), "gas": hex(300_000)})
    market.mine()
    assert market.view(TOKEN, "balanceOf", [address]) == 5 * WHOLE
    with pytest.raises(RevertedError):
        prepare_claim(user=User(address=address), chain=chain)
