"""The escrow on a real chain does what its model in Python does, whatever people and the settler try."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from contracts.chain.client import Client
from contracts.models import Chain
from contracts.names import COIN
from tests.deploying import SETTLER

from .escrow_model import Escrow, RefusedError
from .node import DAY, Market
from .simulation import Outcome, Step, simulate

FEE_BPS = 250
DELAY = DAY
WHO = st.sampled_from([3, 3, 3, 4])  # anvil's accounts; mostly one, so that much happens to it
KEYS = {"0x" + "01" * 32: "coin", "0x" + "02" * 32: "dollar"}
KEY = st.sampled_from(list(KEYS))
TOKEN = st.sampled_from(["coin", "dollar"])
SMALL = st.integers(0, 60)
AMOUNT = st.one_of(SMALL, st.integers(1, 2**90))
SETTLE = st.tuples(st.just("settle"), WHO, KEY, SMALL)
WITHDRAW = st.tuples(st.just("withdraw"), WHO, TOKEN)
ACTIONS = st.one_of(
    SETTLE,
    SETTLE,
    WITHDRAW,
    WITHDRAW,
    st.tuples(st.just("settle"), WHO, KEY, AMOUNT),
    st.tuples(st.just("deposit"), WHO, TOKEN, AMOUNT),
    st.tuples(st.just("authorise"), WHO, KEY, TOKEN, AMOUNT, st.integers(-DAY, 6 * DAY)),
    st.tuples(st.just("request"), WHO, TOKEN, SMALL),
    st.tuples(st.just("request"), WHO, TOKEN, SMALL),
    st.tuples(st.just("revoke"), st.just(4), KEY),
    st.tuples(st.just("revoke"), WHO, KEY),
)
OPENING = st.tuples(st.integers(1, 100), st.integers(1, 100)).map(
    lambda drawn: [
        (1, action)
        for key, token in KEYS.items()
        for action in (("deposit", 3, token, drawn[0]), ("authorise", 3, key, token, drawn[1], 4 * DAY))
    ]
)
WAIT = st.one_of(st.integers(1, 60), st.integers(1, 60), st.integers(1, 2 * DAY))
SCENARIO = st.builds(
    lambda opening, rest: opening + rest, OPENING, st.lists(st.tuples(WAIT, ACTIONS), min_size=8, max_size=24)
)


class Stage:
    """The accounts, tokens and the model that the scenarios play with."""

    def __init__(self, market: Market, model: str) -> None:
        self.market, self.model = market, model
        self.tokens = {"coin": COIN, "dollar": market.deployment["DemoDollar"]}
        self.now = int(market.rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def step(self, time: int, action: tuple[Any, ...]) -> Step:
        """Return the action as a call of the contract."""
        kind, number, *rest = action
        who = self.market.accounts[number]
        if kind == "settle":
            charge = [who, rest[0], self.model, rest[1]]
            return Step(time, self.market.accounts[SETTLER], "InferenceEscrow", "settle", [[charge]])
        if kind == "authorise":
            key, token, ceiling, lasts = rest
            wanted = [who, key, self.tokens[token], ceiling, time + lasts]
            return Step(time, who, "InferenceEscrow", "depositAndAuthorise", [wanted, 0])
        if kind == "revoke":
            return Step(time, who, "InferenceEscrow", "revoke", [rest[0]])
        token = self.tokens[rest[0]]
        if kind == "deposit":
            value = rest[1] if token == COIN else 0
            return Step(time, who, "InferenceEscrow", "deposit", [who, token, rest[1]], value)
        name, args = ("withdraw", [token]) if kind == "withdraw" else ("requestWithdraw", [token, rest[1]])
        return Step(time, who, "InferenceEscrow", name, args)

    def reckon(self, escrow: Escrow, time: int, action: tuple[Any, ...]) -> tuple[str, Any]:
        """Return the error that the model of the escrow refuses the action with, and what it returns."""
        kind, number, *rest = action
        who = self.market.accounts[number]
        if kind == "authorise":
            rest[-1] = time + rest[-1]
        try:
            return "", getattr(escrow, kind)(time, who, *rest)
        except RefusedError as refused:
            return str(refused), None


@pytest.fixture
def stage(chain: Chain, rpc: Client, market: Market) -> Stage:
    model = market.list_model(1, "metered")
    for number in (3, 4):
        market.send(number, "DemoDollar", "faucet")
        market.send(number, "DemoDollar", "approve", [market.deployment["InferenceEscrow"], 2**256 - 1])
    return Stage(market, model)


def _agrees(expected: tuple[str, Any], outcome: Outcome, kind: str) -> None:
    error, returned = expected
    assert outcome.error == error
    if error or returned is None:
        return
    told, what = ("Charged", "fee") if kind == "settle" else ("Withdrawn", "amount")
    assert [args[what] for args in outcome.event(told)] == [returned]


@pytest.mark.long(5)
@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(scenario=SCENARIO)
def test_the_escrow_does_what_its_model_does(stage: Stage, scenario: list[tuple[int, tuple[Any, ...]]]) -> None:
    dollars = {stage.market.accounts[number]: 1_000 * 10**6 for number in (3, 4)}
    escrow, time, expected, steps = Escrow(DELAY, FEE_BPS), stage.now + 10, [], []
    for wait, action in scenario:
        kind, number, *rest = action
        if kind == "deposit" and rest[0] == "dollar" and rest[1] > dollars[stage.market.accounts[number]]:
            continue  # the token would refuse it, which is not the escrow's doing
        time += wait
        expected.append((stage.reckon(escrow, time, action), kind))
        steps.append(stage.step(time, action))
        if kind == "deposit" and rest[0] == "dollar":
            dollars[stage.market.accounts[number]] -= rest[1]
    looks = [(who, token) for who in dollars for token in stage.tokens]
    steps += [
        Step(time + place, who, "InferenceEscrow", "account", [who, stage.tokens[token]])
        for place, (who, token) in enumerate(looks, 1)
    ]
    outcomes = simulate(stage.market.rpc, stage.market.deployment, steps)
    for (wanted, kind), outcome in zip(expected, outcomes, strict=False):
        _agrees(wanted, outcome, kind)
        event(f"{kind} {wanted[0] or 'done'}")
    for (who, token), outcome in zip(looks, outcomes[len(expected) :], strict=True):
        held = escrow.accounts[who, token]
        assert outcome.returned == {
            "balance": held.balance, "requested": held.requested, "readyAt": held.ready_at
        }  # fmt: skip
