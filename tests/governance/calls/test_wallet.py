"""What the demo wallet says of the DAO's calls and signatures before they are made, and their pages after it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client as Browser
from eth_utils.crypto import keccak

from contracts.chain import codec
from contracts.chain.client import Client
from contracts.indexer import lead
from contracts.models import Chain, Event
from contracts.names import COIN, DAO, DAY, FAUCET, FEE_VAULT, PARAMETERS, STAKING, TOKEN
from governance.calls.holder_words import PORTION
from governance.onchain.models.proposals import OnchainProposal
from governance.relay.messages import ballot_typed, delegation_typed
from tests.contracts.node import Market
from tests.governance.dao import WHOLE, Dao, word
from tests.marketplace.wallet.conftest import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.marketplace.wallet.demo_urls")]

Ask = Callable[..., HttpResponse]
World = tuple[Chain, Client, Market]
PEOPLE = A, B, C = (1, 2, 3)  # whom the demo wallet signs for, as for the fourth, who has no votes


class Window:
    """The wallet's window on a world."""

    def __init__(self, world: World, ask: Ask) -> None:
        self.chain, self.rpc, self.market = world
        self.ask = ask

    def sends(self, sender: int, contract: str, function: str, *args: Any, value: int = 0) -> str:
        """Return what it says of a transaction, with the title first."""
        to, data = self.market.deployment[contract], codec.call_data(contract, function, args)
        wanted = {"from": self.market.accounts[sender], "to": to, "data": data, "value": hex(value)}
        return text_of(self.ask("eth_sendTransaction", [wanted]))

    def signs(self, sender: int, typed: dict[str, Any]) -> str:
        """Return what it says of typed data."""
        return text_of(self.ask("eth_signTypedData_v4", [self.market.accounts[sender], json.dumps(typed)]))

    def read(self) -> None:
        lead.catch_up(self.chain, self.rpc)

    def told(self, browser: Browser, contract: str, name: str) -> str:
        """Return what the page of the last transaction with an event says."""
        last = Event.objects.filter(contract=contract, name=name).order_by("-block_number", "-log_index")[0]
        answer = browser.get(f"/tx/anvil/{last.tx_hash}")
        return text_of(answer)  # type: ignore[arg-type]  # the test client's is one


def test_calls_of_the_dao_are_said_before_and_told_after(alone: World, ask: Ask, client: Browser) -> None:
    window = Window(alone, ask)
    _chain, rpc, market = alone
    dao = Dao(rpc, market)
    window.read()
    rpc.call("anvil_setBalance", market.accounts[A], hex(100 * 10**18))
    text = window.sends(A, FAUCET, "faucet")
    assert text.startswith("Get 3,000,000 LATTICE They cost nothing")
    assert "You get +3,000,000" in text
    dao.open(PEOPLE)
    window.read()
    assert market.view(TOKEN, "balanceOf", [market.accounts[A]]) == PORTION
    text = window.sends(A, TOKEN, "delegate", market.accounts[A])
    assert text.startswith("Vote with your LATTICE yourself Your LATTICE stays yours.")
    text = window.sends(A, TOKEN, "delegate", market.accounts[B])
    assert text.startswith("Let 0x")
    assert "Until now you" in text
    assert window.sends(A, TOKEN, "transfer", market.accounts[B], WHOLE).startswith("Send 1 LATTICE to 0x")

    _stakes(window, client)
    _votes(window, dao, client)


def _stakes(window: Window, client: Browser) -> None:
    chain, market = window.chain, window.market
    text = window.sends(A, STAKING, "stake", 5 * WHOLE)
    assert text.startswith("Stake 5 LATTICE It stays in your wallet and keeps its votes")
    assert "To take it back takes 12 days" in text
    assert market.view(STAKING, "cooldown") == 12 * DAY
    assert "It is more than you can stake" in window.sends(A, STAKING, "stake", PORTION + 1)
    market.send(A, STAKING, "stake", [5 * WHOLE])
    window.read()
    assert "Still staked 3" in window.sends(A, STAKING, "unstake", 2 * WHOLE)
    told = window.told(client, STAKING, "Staked")
    assert "5 LATTICE was staked By 0x" in told
    market.send(A, STAKING, "unstake", [2 * WHOLE])
    window.read()
    assert window.sends(A, STAKING, "restake").startswith("Stake again the 2")
    assert window.sends(A, STAKING, "withdraw").startswith("Free 2")
    assert window.sends(A, STAKING, "claim", market.accounts[A]).startswith("Claim 0 ETH")
    assert window.sends(A, FEE_VAULT, "release", COIN).startswith("Divide the fees in ETH")
    assert chain.deployment[STAKING]


def _votes(window: Window, dao: Dao, client: Browser) -> None:
    chain, market, rpc = window.chain, window.market, window.rpc
    fee = [[market.deployment[PARAMETERS]], [0], [codec.call_data(PARAMETERS, "set", [word("feeBps"), 200])]]
    text = window.sends(A, DAO, "propose", *fee, "# Lower the fee\n\nBecause.")
    assert text.startswith("Propose “Lower the fee” Text and actions are fixed from then on.")
    assert "Action 1 Set the protocol fee from 2.5 % to 2 %" in text
    assert "The vote begins in 1 day and lasts 6 days" in text
    number = dao.propose(A, (PARAMETERS, "set", [word("feeBps"), 200]), text="# Lower the fee\n\nBecause.")
    window.read()
    told = window.told(client, DAO, "ProposalCreated")
    assert "“Lower the fee” was proposed Proposal 1, by 0x" in told
    dao.wait(DAY + 60)
    window.read()
    text = window.sends(A, DAO, "castVoteWithReason", number, 1, "Good\u202e.")
    assert text.startswith("Vote for “Lower the fee” A vote counts once and cannot be changed.")
    assert "3,000,000 LATTICE" in text
    assert "Your reason, for everybody to read Good." in text
    assert "Tried at block" in text
    assert window.sends(A, DAO, "castVote", number, 0).startswith("Vote against “Lower")
    assert window.sends(A, DAO, "castVote", number, 2).startswith("Abstain on “Lower")
    assert "You have no votes here" in window.sends(4, DAO, "castVote", number, 2)
    assert "not known here" in window.sends(A, DAO, "castVote", 77, 1)

    _signatures(window, number)
    dao.vote(A, number, 1, "Good.")
    for voter in PEOPLE[1:]:
        dao.vote(voter, number, 1)
    window.read()
    last = window.told(client, DAO, "VoteCast")
    assert "A vote on proposal 1 0x" in last
    assert "voted for it with 3,000,000 LATTICE" in last
    batch = fee
    digest = "0x" + keccak(text=OnchainProposal.objects.get(number=number).description).hex()
    dao.wait(6 * DAY)
    window.read()
    assert window.sends(A, DAO, "queue", *batch, digest).startswith("Queue “Lower the fee” Anybody may do this.")
    dao.do(B, "queue", number)
    dao.wait(2 * DAY + 60)
    window.read()
    assert "It can be executed from" in window.told(client, DAO, "ProposalQueued")
    text = window.sends(A, DAO, "execute", *batch, digest)
    assert text.startswith("Execute “Lower the fee” Anybody may do this. All of it happens, or nothing.")
    assert "Action 1 Set the protocol fee" in text
    dao.do(B, "execute", number)
    window.read()
    told = window.told(client, DAO, "ProposalExecuted")
    assert "DAO Transaction on Anvil Proposal 1 was executed" in told
    assert "The protocol fee is 2 % now; it was 2.5 %" in told
    assert rpc.block_number() == chain.head()


def _signatures(window: Window, number: int) -> None:
    chain, account = window.chain, window.market.accounts[A]
    typed = ballot_typed(chain, account, number, 1, "Good.")
    text = window.signs(A, typed)
    assert text.startswith("Vote for “Lower the fee” A signature only: it costs no gas.")
    assert "Same address as in the Registry on chain" in text
    assert window.signs(A, ballot_typed(chain, account, number, 0)).startswith("Vote against")
    assert "It names another account" in window.signs(B, typed)
    delegation = delegation_typed(chain, window.market.accounts[C], 0, chain.head_time())
    assert window.signs(A, delegation).startswith("Let 0x")
    changes: list[Callable[[dict[str, Any]], object]] = [
        lambda said: said["domain"].update(chainId=1),
        lambda said: said["domain"].update(verifyingContract=chain.deployment[TOKEN]),
        lambda said: said["types"]["ExtendedBallot"].append({"name": "more", "type": "uint256"}),
        lambda said: said["message"].update(support="many"),
        lambda said: said["message"].update(more=1),
    ]
    for change in changes:
        other = copy.deepcopy(typed)
        change(other)
        assert window.signs(A, other).startswith("Sign “ExtendedBallot”")
