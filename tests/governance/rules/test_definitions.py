"""The table of numbers says what the contracts say: their bounds, and what they begin with."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings

from contracts.chain import codec
from contracts.chain.client import Client
from contracts.facts import text_of
from contracts.models import Chain
from contracts.names import DAO, DAY, PARAMETERS, TREASURY
from governance.rules.definitions import BY_KEY, DEFINITIONS
from tests.contracts.node import Market

HOUR = 3_600
UNITS = {"hours": HOUR, "days": DAY}
CHECKS = {
    "votingDelay": ("LatticeGovernor.sol", r'"votingDelay", delay, (.+?), (.+?)\)'),
    "votingPeriod": ("LatticeGovernor.sol", r'"votingPeriod", period, Math.max\((.+?), .+?\), (.+?)\)'),
    "proposalThreshold": ("LatticeGovernor.sol", r'"proposalThreshold", threshold, (.+?), (.+?)\)'),
    "quorumNumerator": ("LatticeGovernor.sol", r'"quorumNumerator", numerator, (.+?), (.+?)\)'),
    "timelockDelay": ("CappedTimelock.sol", r"delay < (.+?) \|\| delay > (.+?)\)"),
    "batchCap": ("CappedTimelock.sol", r"batchBps < (.+?) \|\| batchBps > (.+?)\)"),
    "monthCap": ("CappedTimelock.sol", r"monthBps < (.+?) \|\| monthBps > (.+?)\)"),
}
VIEWS = {
    "votingDelay": (DAO, "votingDelay"),
    "votingPeriod": (DAO, "votingPeriod"),
    "lateQuorum": (DAO, "lateQuorumVoteExtension"),
    "proposalThreshold": (DAO, "proposalThreshold"),
    "quorumNumerator": (DAO, "quorumNumerator"),
    "timelockDelay": (TREASURY, "getMinDelay"),
}


def number(text: str) -> int:
    """Return what a literal of Solidity stands for; the supply is all of LATTICE."""
    if found := re.fullmatch(r"supply \* (\d+) / BPS", text):
        return 10**27 * int(found[1]) // 10_000
    digits, _space, unit = text.partition(" ")
    return int(digits.replace("_", "")) * UNITS.get(unit, 1)


def test_the_dao_and_the_treasury_check_the_bounds_of_the_table() -> None:
    folder = settings.BASE_DIR / "contracts" / "src" / "dao"
    for key, (file, pattern) in CHECKS.items():
        found = re.search(pattern, (folder / file).read_text())
        assert found, key
        assert (number(found[1]), number(found[2])) == (BY_KEY[key].least, BY_KEY[key].most), key


def test_the_contracts_have_the_bounds_and_the_first_values_of_the_table(alone: tuple[Chain, Client, Market]) -> None:
    _chain, _rpc, market = alone
    protocol = [each for each in DEFINITIONS if each.contract == PARAMETERS]
    assert [each.key for each in protocol] == [text_of(key) for key in market.view(PARAMETERS, "keys")]
    for each in protocol:
        least, most = values(market.view(PARAMETERS, "bounds", [codec.word(each.key)]))
        assert (each.least, each.most) == (least, most), each.key
        assert market.view(PARAMETERS, "get", [codec.word(each.key)]) == each.start, each.key
    for key, (contract, view) in VIEWS.items():
        assert market.view(contract, view) == BY_KEY[key].start, key
    assert values(market.view(TREASURY, "caps")) == [BY_KEY["batchCap"].start, BY_KEY["monthCap"].start]


def values(answer: Any) -> list[int]:
    return list(answer.values() if isinstance(answer, dict) else answer)
