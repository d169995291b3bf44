"""Hostile files are refused, and no process dies of them or grows without bound."""

from __future__ import annotations

import io

import pytest

from marketplace.formats.apart import reading_of
from marketplace.formats.errors import FormatError
from marketplace.formats.folder import name_problems
from marketplace.formats.reading import read_file

from .hostile import HOSTILE

MOST_MEMORY = 256 * 2**20
NEEDS_LIMITS = {"header that fills memory"}  # it is memory that stops it, which only a process apart has bounds of


def test_there_are_enough() -> None:
    assert len(HOSTILE) >= 140


@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in NEEDS_LIMITS])
def test_it_is_refused(name: str) -> None:
    path, make = HOSTILE[name]
    kind, refusal = known_as(make())
    assert refusal.endswith(".") or name_problems(path, kind), kind


def known_as(content: bytes) -> tuple[str, str]:
    """Return what kind of file bytes are, or why they are refused."""
    try:
        return read_file(io.BytesIO(content)).kind, ""
    except FormatError as error:
        return "", str(error)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_process_dies_of_it(name: str) -> None:
    path, make = HOSTILE[name]
    found = reading_of(io.BytesIO(make()))
    assert found.refused or (found.facts and name_problems(path, found.facts.kind))
    assert found.fenced
    assert 0 < found.memory <= MOST_MEMORY, f"{found.memory / 2**20:.0f} MiB"
