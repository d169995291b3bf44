"""What the chain would make of actions: one DAO on a chain of its own, tried in every way, and then really executed."""

from __future__ import annotations

from typing import Any

from contracts.chain import abi, codec
from contracts.chain.client import Client
from contracts.chain.permissions import restricted_functions
from contracts.indexer import lead
from contracts.models import Chain
from contracts.names import COIN, DAO, DAY, GUARD, PARAMETERS, TOKEN, TREASURY
from governance.calls.explaining import explain
from governance.calls.outcomes import simulate_actions
from governance.calls.simulating import Simulation, simulate
from governance.calls.words import SENTENCES
from tests.contracts.node import Market
from tests.governance.dao import NOBODY, WHOLE, Dao, word

STRANGER = "0x" + "ab" * 20
ETHER = 10**18
World = tuple[Chain, Client, Market]


def tried(chain: Chain, *actions: tuple[str, str, list[Any]], value: int = 0) -> Simulation:
    targets = [chain.deployment[contract] for contract, _function, _args in actions]
    calls = [codec.call_data(*action) for action in actions]
    return simulate(chain, targets, [value] * len(actions), calls)


def sentences(made: Simulation) -> dict[str, list[str]]:
    return {each.contract: list(each.sentences) for each in made.happened}


def test_actions_are_tried_as_the_timelock_would_execute_them(alone: World) -> None:
    chain, rpc, market = alone
    dao = Dao(rpc, market)
    dao.open()
    rpc.call("anvil_setBalance", market.deployment[TREASURY], hex(100 * ETHER))
    lead.catch_up(chain, rpc)
    head = rpc.block_number()

    _everything_that_the_timelock_may_call_has_words(chain)

    # A parameter.
    made = tried(chain, (PARAMETERS, "set", [word("feeBps"), 200]))
    assert (made.reason, made.trouble, made.block) == ("", "", head)
    assert 30_000 < made.gas < 500_000
    assert made.moved == []

    # Settings that the governor takes only from its own queue, in their order, beside others.
    made = tried(
        chain,
        (DAO, "setVotingPeriod", [10 * DAY]),
        (PARAMETERS, "set", [word("refundWindow"), 10 * DAY]),
        (DAO, "setVotingDelay", [2 * DAY]),
        (DAO, "setVotingPeriod", [8 * DAY]),
    )
    assert (made.reason, made.trouble) == ("", "")
    assert len(made.happened) == 2

    # Coin, and LATTICE: what both have before and after.
    paying = [STRANGER, market.deployment[TOKEN]]
    transfer = codec.call_data(TOKEN, "transfer", [STRANGER, 1_000_000 * WHOLE])
    made = simulate(chain, paying, [5 * ETHER, 0], ["0x", transfer])
    assert made.reason == ""
    assert {(each.account, each.currency.symbol): (each.before, each.after) for each in made.moved} == {
        (market.deployment[TREASURY], "ETH"): (100 * ETHER, 95 * ETHER),
        (market.deployment[TREASURY], "LATTICE"): (600_000_000 * WHOLE, 599_000_000 * WHOLE),
        (STRANGER, "ETH"): (0, 5 * ETHER),
        (STRANGER, "LATTICE"): (0, 1_000_000 * WHOLE),
    }

    # What is above a cap, refused by one action, or by its bounds.
    made = simulate(chain, [STRANGER], [6 * ETHER], ["0x"])
    assert (made.error, made.failing) == ("BatchCapExceeded", None)
    assert made.reason == "That is more than one proposal may take out of the treasury."
    made = tried(chain, (PARAMETERS, "set", [word("feeBps"), 200]), (PARAMETERS, "set", [word("feeBps"), 900]))
    assert (made.error, made.failing) == ("ParameterOutOfBounds", 2)
    assert "900 is outside the bounds" in made.reason
    assert not made.succeeds
    made = tried(chain, (TOKEN, "approve", [STRANGER, 1]))
    assert made.error == "CallRefused"

    # As of the time at which a draft could be executed first: a mandate of a year from then.
    end = chain.head_time().timestamp() + 365 * DAY + 5 * DAY
    appoint = codec.call_data(GUARD, "appoint", [STRANGER, int(end)])
    place = market.deployment[GUARD]
    assert simulate(chain, [place], [0], [appoint]).error == "MandateTooLong"
    drafted = simulate_actions(chain, [place], [0], [appoint])
    assert drafted.succeeds
    assert drafted.time is not None
    assert (drafted.time - chain.head_time()).days == 9

    # Nothing of it has happened.
    assert rpc.block_number() == head
    assert market.view(PARAMETERS, "get", [word("feeBps")]) == 250

    # What nobody can try says so, and odd bytes do no harm.
    for batch in (([], [], []), ([STRANGER], [-1], ["0x"]), (["x"], [0], ["0x"]), ([STRANGER], [0], ["0xz"])):
        assert simulate(chain, *batch).trouble
    assert simulate(chain, [market.deployment[PARAMETERS]], [0], ["0xdeadbeef"]).reason
    assert simulate(chain, [NOBODY], [0], ["0x1234"]).trouble == ""
    chain.rpc_urls = ["http://127.0.0.1:1"]
    assert "cannot be reached" in simulate(chain, [STRANGER], [1], ["0x"]).trouble


def _everything_that_the_timelock_may_call_has_words(chain: Chain) -> None:
    """The contracts themselves say what they take from the timelock; a new function is here until it has words."""
    treasury = chain.deployment[TREASURY]
    may = [each for each in restricted_functions(chain) if treasury in [account for account, _ in each.holders]]
    assert len(may) > 30
    wordless = sorted({(each.contract, each.function) for each in may} - set(SENTENCES))
    # The manager alone calls it, when the timelock updates an authority, which has words.
    assert [each for each in wordless if each[1] != "setAuthority"] == []
    for contract, function in SENTENCES:
        assert function in {entry["name"] for entry in abi.entries(contract, "function")}
    (paid,) = explain(chain, [STRANGER], [5 * ETHER], ["0x"])
    assert [(effect.label, effect.value, effect.note) for effect in paid.effects] == [
        ("Share of the treasury", "5\N{NO-BREAK SPACE}%", "of 100\N{NO-BREAK SPACE}ETH that it holds"),
        ("Left of what one proposal may take", "0\N{NO-BREAK SPACE}ETH", "of 5\N{NO-BREAK SPACE}ETH"),
        ("Left of what 30 days may take", "5\N{NO-BREAK SPACE}ETH", "of 10\N{NO-BREAK SPACE}ETH"),
    ]
    assert paid.payment is not None
    assert paid.payment.asset == COIN
