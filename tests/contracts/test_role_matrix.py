"""The contracts' role matrix calls every function that writes: none may be missing from it."""

import json
import re
from pathlib import Path

import pytest

CONTRACTS = Path(__file__).parents[2] / "contracts"
MATRICES = (CONTRACTS / "test" / "Roles.t.sol", CONTRACTS / "test" / "dao" / "DaoRoles.t.sol")
MATRIX = "".join(file.read_text() for file in MATRICES)
NAMES = sorted(file.stem for file in (CONTRACTS / "abi").glob("*.json"))
# The manager's own, of a scheduled call: it asks the caller's code, and there is no delay that would schedule one.
LEFT_OUT = {"cancel", "consumeScheduledOp"}


@pytest.mark.parametrize("name", NAMES)
def test_every_function_that_writes_is_called_by_every_role(name: str) -> None:
    entries = json.loads((CONTRACTS / "abi" / f"{name}.json").read_text())["abi"]
    functions = [entry for entry in entries if entry["type"] == "function"]
    writing = {entry["name"] for entry in functions if entry["stateMutability"] in ("nonpayable", "payable")}

    called = set(re.findall(r"abi\.encodeCall\(\w+\.(\w+),", MATRIX))

    assert writing or name == "CodeGuard"  # which only looks
    assert writing <= called | LEFT_OUT, sorted(writing - called)
