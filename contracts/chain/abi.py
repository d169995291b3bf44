"""The contracts as the compiler describes them: ``contracts/abi/<Contract>.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

FOLDER = Path(__file__).resolve().parent.parent / "abi"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


@cache
def artifact(contract: str) -> dict[str, Any]:
    """Return a contract's ``abi`` and ``bytecode`` (0x…)."""
    loaded: dict[str, Any] = json.loads((FOLDER / f"{contract}.json").read_text())
    return loaded


def entries(contract: str, kind: str) -> Iterator[dict[str, Any]]:
    """Yield the ABI entries of one kind: function, event, error or constructor."""
    return (entry for entry in artifact(contract)["abi"] if entry["type"] == kind)


def type_of(parameter: dict[str, Any]) -> str:
    """Return a parameter's type as signatures write it: structs as their members in brackets."""
    written: str = parameter["type"]
    if not written.startswith("tuple"):
        return written
    return f"({','.join(map(type_of, parameter['components']))}){written.removeprefix('tuple')}"


def signature(entry: dict[str, Any]) -> str:
    """Return the signature that an entry's selector or topic is the hash of."""
    return f"{entry['name']}({','.join(map(type_of, entry['inputs']))})"


def digest(entry: dict[str, Any]) -> bytes:
    """Return the 32 bytes that begin with the selector, and that are an event's topic."""
    return keccak(text=signature(entry))
