"""The engines that sleep, for real, behind their door; and the demo's listings of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import Account, User
from inference.actions import set_upstream
from inference.modalities.door import Door
from inference.modalities.running import Senses
from inference.sense_kinds import SENSES as KINDS
from marketplace.demo.seeding import _published
from marketplace.demo.senses import SENSES
from stack import engine

KEY = "only-for-tests"  # pragma: allowlist secret: of a door that closes with the run
SELLER = "0x" + "5e" * 20


@pytest.fixture(scope="session")
def door() -> Iterator[Door]:
    """The owner of their processes, for all tests of a worker."""
    engine.ensure_packages()
    opened = Door(0, KEY, Senses(idle=30))
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def senses(door: Door, settings: Any) -> Senses:
    """The engines, where the settings look for them."""
    told = {"url": f"http://127.0.0.1:{door.server_port}/v1", "key": KEY, "streams": 6}
    settings.ENGINES = settings.ENGINES | dict.fromkeys(KINDS, told)
    return door.senses


@pytest.fixture
def listed(db: None) -> dict[str, str]:
    """The demo's listings beyond text, published; their names by engine."""
    user = User.objects.create(address=SELLER)
    owner = Account.objects.create(name="open-senses", user=user)
    for each in SENSES:
        _published(owner, each)
        set_upstream(listing=each.name, engine=each.runs.engine, mode=each.runs.mode)
    return {each.runs.engine: each.name for each in SENSES}
