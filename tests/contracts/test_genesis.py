"""The allocation file of LATTICE gives away the supply that the token insists on, and no holder of it votes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

CONTRACTS = Path(__file__).parents[2] / "contracts"
GENESIS: dict[str, Any] = json.loads((CONTRACTS / "genesis.json").read_text())
TOKEN = (CONTRACTS / "src" / "dao" / "LatticeToken.sol").read_text()


def test_the_allocations_are_the_supply_of_the_token() -> None:
    declared = re.search(r"SUPPLY = ([\d_]+)e18;", TOKEN)
    assert declared
    supply = int(declared[1].replace("_", "")) * 10**18

    assert int(GENESIS["supply"]) == supply
    assert sum(int(row["amount"]) for row in GENESIS["allocations"]) == supply


def test_treasury_contributors_and_early_users_have_their_shares() -> None:
    percent = {row["holder"]: int(row["amount"]) * 100 / int(GENESIS["supply"]) for row in GENESIS["allocations"]}

    assert percent == {"Treasury": 60, "LatticeVesting": 20, "LatticeClaim": 20}


def test_who_holds_at_genesis_cannot_vote() -> None:
    assert {row["holder"] for row in GENESIS["allocations"]} <= set(GENESIS["unvotable"])


@pytest.mark.parametrize("name", GENESIS["unvotable"])
def test_every_account_without_votes_is_a_contract_of_ours(name: str) -> None:
    assert list((CONTRACTS / "src").rglob(f"{name}.sol"))
