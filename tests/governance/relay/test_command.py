"""``manage.py relay_votes``, without a key, with one, and without a chain."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from prometheus_client import REGISTRY

from contracts.chain.client import Client
from contracts.models import Chain
from governance.relay.models import Carriage, RelayerStatus, SignedMessage, State
from tests.contracts.node import Market
from tests.governance.dao import VOTERS
from tests.governance.signing import RELAYER, key_of, sign_ballot

from .test_relayer import World


def test_the_command_relays_with_a_key_and_waits_for_what_is_away(
    alone: tuple[Chain, Client, Market], settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.HOME_CHAIN = "anvil"
    world = World(alone)
    sign_ballot(world.chain, VOTERS[0], world.first, 1)
    settings.RELAYER_KEY = ""
    call_command("relay_votes", "--once")
    assert not RelayerStatus.objects.exists()
    settings.RELAYER_KEY = "0x" + key_of(RELAYER).key.hex().removeprefix("0x")
    call_command("relay_votes", "--once")
    assert SignedMessage.objects.get().state == State.SENT
    figures = {"relayer_running": 1, "relayer_stopped": 0, "relayer_waiting": 0, "relayer_gas_budget": 50_000_000}
    assert {name: REGISTRY.get_sample_value(name, {"chain": "anvil"}) for name in figures} == figures
    assert REGISTRY.get_sample_value("relayer_gas_used", {"chain": "anvil"}) == Carriage.objects.get().gas > 0
    Chain.objects.update(rpc_urls=["http://127.0.0.1:9"])
    call_command("relay_votes", "--once")
    settings.HOME_CHAIN = "elsewhere"
    call_command("relay_votes", "--once")
    assert caplog.text.count("Nothing was relayed") == 2
