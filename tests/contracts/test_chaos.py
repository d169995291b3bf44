"""Whatever happens, the tables end as a fresh sync makes them. `make chaos` is the long form of this test.

The seed is printed: CHAOS_SEED repeats a run's choices, if not its timing.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

from .chaos import arena

LONG = "CHAOS" in os.environ
SECONDS = float(os.environ.get("CHAOS_SECONDS", 3_600 if LONG else 20))
TOLERANCE = 300  # seconds that a busy machine may need beyond that
REORGS, KILLS = (200, 100) if LONG else (2, 1)
DEEDS = 60 if LONG else 25  # between two comparisons


@pytest.mark.long(21)
@pytest.mark.xdist_group("chaos")
def test_after_any_chaos_the_tables_are_those_of_a_fresh_sync(capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("CHAOS_SEED") or secrets.randbits(32))
    deadline = time.monotonic() + SECONDS
    # Not pytest's own folder: the next run of pytest closes it to the user that PostgreSQL runs as.
    with capsys.disabled(), tempfile.TemporaryDirectory(prefix="citrate-chaos-") as home:
        _say(f"\nchaos seed {seed}")
        with arena(seed, Path(home)) as made:
            made.start()
            while True:
                for _ in range(DEEDS):
                    made.act()
                made.compare()
                told = sum((liar.told for liar in made.liars), start=Counter[str]())
                enough = made.done["reorgs"] >= REORGS and made.done["kills"] >= KILLS
                if LONG or enough:
                    _say(f"chaos: {dict(made.done)}; lies: {dict(told)}")
                if enough and (LONG or time.monotonic() > deadline):
                    break
                assert time.monotonic() < deadline + TOLERANCE, "It took too long."


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
