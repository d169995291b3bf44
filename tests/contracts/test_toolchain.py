"""The contracts' toolchain fails where something failed: npm's own script around forge does not."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from stack import node

CONTRACTS = Path(__file__).parents[2] / "contracts"
FAILING = """// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;
contract FailingTest {
    function test_fails() public pure { require(false); }
    function invariant_fails() public pure { require(false); }
}"""


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a contract whose tests fail; compiled by the first of them."""
    folder = tmp_path_factory.mktemp("failing")
    (folder / "test").mkdir()
    (folder / "test" / "Failing.t.sol").write_text(FAILING)
    settings = f'[profile.default]\noffline = true\nsolc = "{CONTRACTS / "script" / "solc.js"}"\n'
    (folder / "foundry.toml").write_text(settings)
    return folder


@pytest.mark.parametrize("test", ["test_fails", "invariant_fails"])
def test_a_test_that_fails_is_a_failure(failing: Path, test: str) -> None:
    ended = _forge(failing, "test", "--match-test", test)

    assert "1 tests failed" in ended.stdout or "1 failed" in ended.stdout, ended.stdout + ended.stderr
    assert ended.returncode != 0


def test_a_command_that_there_is_not_is_a_failure() -> None:
    assert _forge(CONTRACTS, "nonsense").returncode != 0


def test_every_script_of_the_package_runs_forge_so() -> None:
    scripts = json.loads((CONTRACTS / "package.json").read_text())["scripts"]

    assert "node script/forge.js test" in scripts["test"]
    assert not [name for name, command in scripts.items() if "forge " in command.replace("script/forge.js ", "")]


def _forge(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    programs = node.find()
    variables = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    command: list[str | Path] = [programs / "node", CONTRACTS / "script" / "forge.js", *arguments]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
