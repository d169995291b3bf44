"""Signed ballots on a real chain: each counts once, whatever happens to the relayer, its transactions or the chain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from contracts.chain.client import Client
from contracts.chain.transactions import _broadcast
from contracts.indexer import lead
from contracts.indexer.verify import verify_chain
from contracts.models import Chain, SentTransaction
from contracts.names import DAY
from governance.ground.home import now_on
from governance.onchain.models.power import OnchainDelegation
from governance.onchain.models.proposals import BallotFact, VoteFact
from governance.relay.actions import MOST_TRIES, prepare_delegation, take_ballot, take_delegation
from governance.relay.budget import budget_of
from governance.relay.errors import (
    AlreadyRelayedError,
    AlreadyVotedError,
    MessageRefusedError,
    NoPowerError,
    NothingToDelegateError,
    NotOpenError,
    TooManyDelegationsError,
    TooManyTriesError,
)
from governance.relay.messages import ballot_typed, delegation_typed
from governance.relay.models import Carriage, RelayerStatus, SignedMessage, State
from governance.relay.refusals import FAILED, VOTED, refusal_sentence
from governance.relay.relayer import _Run, relay_signed
from tests.contracts.node import Market, between
from tests.contracts.test_chain import YES
from tests.governance.dao import VOTERS, Dao, word
from tests.governance.signing import RELAYER, address_of, key_of, sign, sign_ballot

A, B, C, D = VOTERS
FEE = ("ProtocolParameters", "set", [word("feeBps"), 200])
Alone = tuple[Chain, Client, Market]


class World:
    """A DAO with two proposals that are voted on, its indexer, and a relayer."""

    def __init__(self, alone: Alone) -> None:
        self.chain, self.rpc, market = alone
        self.dao = Dao(self.rpc, market)
        self.dao.open()
        self.first, self.second = self.dao.propose(A, FEE), self.dao.propose(B, FEE)
        self.dao.wait(DAY + 60)
        self.read()

    def read(self, blocks: int = 0) -> None:
        """Let blocks pass, and index."""
        if blocks:
            self.dao.market.mine(blocks)
        lead.catch_up(self.chain, self.rpc)

    def relay(self) -> int:
        return relay_signed(chain=self.chain, relayer=key_of(RELAYER))

    def settle(self) -> None:
        """Let what was sent become final, and have it settled."""
        self.read(4)
        self.relay()

    def states(self) -> dict[tuple[str, int | None], tuple[str, str]]:
        found = SignedMessage.objects.order_by("pk")
        return {(each.account, each.proposal): (each.state, each.refusal) for each in found}

    def votes(self, number: int) -> dict[str, int]:
        return dict(VoteFact.objects.filter(proposal=number).values_list("voter", "support"))


@pytest.fixture
def world(alone: Alone) -> World:
    return World(alone)


def test_a_signed_ballot_counts_once_and_says_what_became_of_it(world: World) -> None:
    chain, number = world.chain, world.first
    world.rpc.call("anvil_setCode", address_of(D), YES)
    sign_ballot(chain, A, number, 0)
    sign_ballot(chain, A, number, 1)  # a change of mind, before anything was relayed
    sign_ballot(chain, B, number, 1)
    sign_ballot(chain, C, number, 2, "Because it is high. “Ja”")
    code = take_ballot(chain=chain, account=address_of(D), number=number, support=0, signature="0x" + "5a" * 65)
    assert code.alone
    world.dao.vote(B, number, 0, "by myself")  # in a block that the server has not read
    assert world.relay() == 3  # a batch, a reason, an account with code
    with pytest.raises(AlreadyRelayedError):
        sign_ballot(chain, A, number, 0)
    assert world.relay() == 0
    world.settle()
    assert world.votes(number) == {address_of(A): 1, address_of(B): 0, address_of(C): 2, address_of(D): 0}
    assert world.states() == {
        (address_of(A), number): (State.COUNTED, ""),
        (address_of(B), number): (State.REFUSED, VOTED),
        (address_of(C), number): (State.COUNTED, ""),
        (address_of(D), number): (State.COUNTED, ""),
    }
    said = VoteFact.objects.get(voter=address_of(C))
    assert said.reason == "Because it is high. “Ja”"
    assert BallotFact.objects.count() == 2
    assert verify_chain(chain=chain, rpc=world.rpc, number=chain.head()).differences == []
    with pytest.raises(AlreadyVotedError):
        sign_ballot(chain, A, number, 0)
    # The budget knows what was really used, and by whom.
    budget = budget_of(chain)
    used = sum(each.gas_used or 0 for each in Carriage.objects.all())
    assert (budget.gas_used, budget.transactions_used) == (used, 3)
    assert used < 500_000
    assert (budget.account, budget.stopped, budget.is_running) == (address_of(RELAYER), "", True)


def test_what_is_not_the_voters_own_is_refused_before_it_is_kept(world: World, settings: Any) -> None:
    chain, number = world.chain, world.first

    def take(voter: int, signature: str, number: int = number, support: int = 1, reason: str = "") -> None:
        ballot: dict[str, Any] = {"account": address_of(voter), "number": number, "support": support, "reason": reason}
        take_ballot(chain=chain, **ballot, signature=signature)

    made = sign(A, ballot_typed(chain, address_of(A), number, 1))
    other_chain = {**ballot_typed(chain, address_of(A), number, 1)}
    other_chain["domain"] = {**other_chain["domain"], "chainId": 1}
    refused: list[tuple[int, str, dict[str, Any]]] = [
        (B, made, {}),  # another account's
        (A, made, {"number": world.second}),  # replayed on another proposal
        (A, made, {"support": 0}),
        (A, made, {"reason": "words that were not signed"}),
        (A, sign(A, other_chain), {}),
        *((A, each, {}) for each in ("0x", "no hexadecimal", "0x" + "00" * 65)),
    ]
    for voter, signature, changed in refused:
        with pytest.raises(MessageRefusedError):
            take(voter, signature, **changed)
    # A key's own signature, which the DAO does not take once the account has code of its own (EIP-7702).
    world.rpc.call("anvil_setCode", address_of(D), "0x60006000fd")
    with pytest.raises(MessageRefusedError, match="code of its own"):
        take(D, sign(D, ballot_typed(chain, address_of(D), number, 1)))
    with pytest.raises(NoPowerError):
        sign_ballot(chain, 19, number, 1)
    with pytest.raises(NotOpenError):
        sign_ballot(chain, A, 99, 1)
    pending = world.dao.propose(C, FEE)
    world.read()
    with pytest.raises(NotOpenError):
        sign_ballot(chain, A, pending, 1)
    assert not SignedMessage.objects.exists()
    # What the contract would not take any more costs nothing.
    sign_ballot(chain, B, number, 1, "In words.")
    world.rpc.call("anvil_setCode", address_of(B), "0x60006000fd")
    assert world.relay() == 0
    assert world.states() == {(address_of(B), number): (State.REFUSED, "GovernorInvalidSignature")}
    SignedMessage.objects.all().delete()
    # What was signed in time and is not relayed in time expires.
    sign_ballot(chain, A, number, 1)
    settings.RELAY_TRANSACTIONS_A_DAY = 0
    assert world.relay() == 0
    assert RelayerStatus.objects.get().stopped == RelayerStatus.Stop.BUDGET
    world.dao.wait(6 * DAY)
    settings.RELAY_TRANSACTIONS_A_DAY = 10
    world.settle()
    assert world.relay() == 0
    assert world.states() == {(address_of(A), number): (State.EXPIRED, "")}
    assert not SentTransaction.objects.filter(business_id__startswith="relay").exists()


def test_a_relayer_that_is_killed_anywhere_sends_nothing_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    chain, number = world.chain, world.first
    started = world.rpc.quantity("eth_getTransactionCount", address_of(RELAYER), "latest")
    sign_ballot(chain, A, number, 1)
    _killed(world, monkeypatch, "governance.relay.relayer.send_transaction", _die)  # written, and not signed
    sign_ballot(chain, B, number, 0)
    _killed(world, monkeypatch, "contracts.chain.transactions._broadcast", _die)  # signed, and not sent
    _killed(world, monkeypatch, "contracts.chain.transactions._broadcast", _after(_die))  # sent, and nobody knows
    for _again in range(3):
        world.relay()
    world.settle()
    world.settle()
    sent = world.rpc.quantity("eth_getTransactionCount", address_of(RELAYER), "latest") - started
    assert sent == Carriage.objects.count() == 2
    assert {state for state, _ in world.states().values()} == {State.COUNTED}
    assert world.votes(number) == {address_of(A): 1, address_of(B): 0}


def test_a_reorganisation_in_mid_vote_ends_right(world: World) -> None:
    chain, number = world.chain, world.first
    sign_ballot(chain, A, number, 1)
    sign_ballot(chain, B, number, 0)
    world.relay()
    world.read()
    assert world.votes(number) == {address_of(A): 1, address_of(B): 0}
    assert {state for state, _ in world.states().values()} == {State.SENT}  # final three blocks later
    world.rpc.call("anvil_reorg", 1, [])
    world.dao.vote(B, number, 2)  # what the other branch has instead
    world.read()
    assert world.votes(number) == {address_of(B): 2}
    world.relay()  # the very same transaction again
    world.settle()
    assert world.votes(number) == {address_of(A): 1, address_of(B): 2}
    assert world.states() == {
        (address_of(A), number): (State.COUNTED, ""),
        (address_of(B), number): (State.REFUSED, "GovernorAlreadyCastVote"),
    }
    assert Carriage.objects.count() == 1
    assert verify_chain(chain=chain, rpc=world.rpc, number=chain.head()).differences == []
    # One whose number went to another transaction is never mined: its messages go with the next one.
    sign_ballot(chain, C, number, 1)
    world.rpc.call("evm_setAutomine", False)
    world.relay()
    world.rpc.call("anvil_dropAllTransactions")
    world.rpc.call("evm_setAutomine", True)
    world.rpc.call("anvil_impersonateAccount", address_of(RELAYER))
    world.rpc.call("eth_sendTransaction", {"from": address_of(RELAYER), "to": address_of(RELAYER), "value": "0x0"})
    world.settle()
    world.settle()
    assert world.states()[address_of(C), number] == (State.COUNTED, "")
    assert SignedMessage.objects.get(account=address_of(C)).failures == 1
    # A third failure is the last; and what one key has signed is not sent by another.
    sign_ballot(chain, D, number, 1)
    SignedMessage.objects.filter(account=address_of(D)).update(failures=2)
    world.rpc.call("evm_setAutomine", False)
    world.relay()
    world.rpc.call("anvil_dropAllTransactions")
    assert relay_signed(chain=chain, relayer=key_of(RELAYER - 1)) == 0
    assert world.rpc.call("txpool_status")["pending"] == "0x0"
    world.rpc.call("evm_setAutomine", True)
    world.rpc.call("eth_sendTransaction", {"from": address_of(RELAYER), "to": address_of(RELAYER), "value": "0x0"})
    world.settle()
    assert world.states()[address_of(D), number] == (State.REFUSED, FAILED)
    sign_ballot(chain, D, number, 0)  # which one may do again
    assert world.states()[address_of(D), number] == (State.SIGNED, "")


def test_who_signs_again_and_again_keeps_nobody_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    chain, number = world.chain, world.first
    sign_ballot(chain, A, number, 1)
    sign_ballot(chain, B, number, 0)
    fitting = _Run._fitting

    def sign_meanwhile(run: _Run, group: Sequence[SignedMessage]) -> Sequence[SignedMessage]:
        sign_ballot(chain, B, number, 2)
        return fitting(run, group)

    monkeypatch.setattr(_Run, "_fitting", sign_meanwhile)
    assert world.relay() == 1
    assert world.states() == {(address_of(A), number): (State.SENT, ""), (address_of(B), number): (State.SIGNED, "")}
    monkeypatch.undo()
    assert world.relay() == 1
    world.settle()
    assert world.votes(number) == {address_of(A): 1, address_of(B): 2}


def test_a_contract_that_accepts_here_and_refuses_on_chain_costs_little(world: World) -> None:
    chain, number = world.chain, world.first

    def sign_by_code() -> SignedMessage:
        world.rpc.call("anvil_setCode", address_of(D), YES)
        given: dict[str, Any] = {"account": address_of(D), "number": number, "support": 0}
        return take_ballot(chain=chain, **given, signature="0x" + "5a" * 65)

    for _try in range(MOST_TRIES):
        sign_by_code()
        world.rpc.call("anvil_setCode", address_of(D), "0x60006000fd")
        assert world.relay() == 1
        world.settle()
        assert world.states() == {(address_of(D), number): (State.REFUSED, "GovernorInvalidSignature")}
    with pytest.raises(TooManyTriesError):
        sign_by_code()
    assert Carriage.objects.count() == MOST_TRIES


def test_what_cannot_be_tried_keeps_nobody_back(world: World) -> None:
    chain, number = world.chain, world.first
    sign_ballot(chain, A, number, 1, "In words.")
    sign_ballot(chain, B, number, 0)
    # A number that a reorganisation took away, which the contract knows no state of.
    gone = sign_ballot(chain, C, number, 0)
    SignedMessage.objects.filter(pk=gone.pk).update(proposal=99)

    refused = {"error": {"code": -32000, "message": "nobody knows why"}}
    with between(world.chain.endpoints[0]) as odd:
        odd.lie = lambda asked, answer: "refused" if asked["method"] == "eth_estimateGas" else answer
        odd.rewrite = lambda said: (
            {"id": said["id"], **refused} if isinstance(said, dict) and said["result"] == "refused" else said
        )
        world.chain.rpc_urls = [odd.url]
        assert world.relay() == 1
    states = world.states()
    assert states[address_of(B), number][0] == State.SENT
    assert states[address_of(A), number][0] == states[address_of(C), 99][0] == State.SIGNED


def test_what_became_of_a_receipt_that_nodes_have_forgotten_is_read_from_facts(world: World) -> None:
    sign_ballot(world.chain, A, world.first, 1)
    world.relay()
    world.read(4)
    with between(world.chain.endpoints[0]) as forgetful:
        forgetful.lie = lambda asked, answer: None if asked["method"] == "eth_getTransactionReceipt" else answer
        world.chain.rpc_urls = [forgetful.url]
        world.relay()
    assert world.states() == {(address_of(A), world.first): (State.COUNTED, "")}
    carriage = Carriage.objects.get()
    assert carriage.gas_used == carriage.gas


def test_an_idle_relayer_says_once_a_minute_that_it_is_there(world: World) -> None:
    world.relay()
    first = RelayerStatus.objects.get().seen_at
    world.relay()
    assert RelayerStatus.objects.get().seen_at == first
    RelayerStatus.objects.update(stopped=RelayerStatus.Stop.BUDGET)
    world.relay()
    assert RelayerStatus.objects.get().stopped == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (VOTED, "came first"),
        (FAILED, "tried three times"),
        ("GovernorNonexistentProposal", "no such proposal"),
        ("GovernorOnlyProposer", "Send your own transaction"),
        ("", "Send your own transaction"),
    ],
)
def test_every_refusal_is_a_sentence(name: str, words: str) -> None:
    assert words in str(refusal_sentence(name))


def test_a_delegation_is_relayed_within_limits(world: World) -> None:
    chain, holder = world.chain, address_of(A)

    def delegate(to: int) -> SignedMessage:
        typed, nonce, expiry = prepare_delegation(chain=chain, account=holder, delegatee=address_of(to))
        given: dict[str, Any] = {"chain": chain, "account": holder, "delegatee": address_of(to)}
        return take_delegation(**given, nonce=nonce, expiry=expiry, signature=sign(A, typed))

    first = delegate(B)
    assert delegate(C).pk == first.pk  # the same number: it takes the place of the one before
    with pytest.raises(NothingToDelegateError, match="already"):
        delegate(A)
    with pytest.raises(NothingToDelegateError, match="no LATTICE"):
        prepare_delegation(chain=chain, account=address_of(19), delegatee=holder)
    over = now_on(chain) - timedelta(days=1)
    for signer, until in ((B, over + timedelta(days=2)), (A, over)):
        typed = delegation_typed(chain, address_of(D), 0, until)
        given: dict[str, Any] = {"chain": chain, "account": holder, "delegatee": address_of(D), "nonce": 0}
        with pytest.raises(MessageRefusedError):
            take_delegation(**given, expiry=until, signature=sign(signer, typed))
    assert world.relay() == 1
    world.settle()
    assert OnchainDelegation.objects.get(delegator=holder).delegate == address_of(C)
    assert SignedMessage.objects.get().state == State.COUNTED
    for to in (B, D):
        delegate(to)
        world.relay()
        world.settle()
    with pytest.raises(TooManyDelegationsError):
        delegate(B)


def _killed(world: World, monkeypatch: pytest.MonkeyPatch, where: str, dies: Any) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(where, dies)
        with pytest.raises(KeyboardInterrupt):
            world.relay()


def _die(*args: object, **named: object) -> None:
    raise KeyboardInterrupt


def _after(then: Any) -> Any:
    def both(*args: Any, **named: Any) -> None:
        _broadcast(*args, **named)
        then()

    return both
