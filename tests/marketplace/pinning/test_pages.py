"""The pages say that something is pinned only where that is so, and when it was looked at."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client import generate_latest

from marketplace.listings.pinned import want_listings
from marketplace.pinning.actions import keep_due
from marketplace.pinning.models import Pin, PinState
from tests.factories.marketplace import listing

from .nodes import PretendNode
from .test_actions import version_of

PAGE = "/models/acme/contracts/pins"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _published(settings: Any) -> None:
    settings.IPFS_API = "unix:///nowhere"
    version_of(listing("acme/contracts"), "1.0.0", "# Contracts")


def line(client: Client) -> str:
    """Return the line that the model's page loads."""
    return client.get(PAGE, headers={"HX-Request": "true", "HX-Target": "p#pins"}).content.decode()


def test_nothing_is_called_pinned_before_it_is(client: Client) -> None:
    assert "Of 2 parts, 0 are pinned" in line(client)
    assert client.get(PAGE).content.decode().count("not kept yet") == 2


def test_it_is_called_pinned_while_the_node_says_so(client: Client) -> None:
    want_listings()
    node = PretendNode()
    keep_due(node=node)
    assert re.search(r"Pinned at our IPFS node, checked (now|\w+\sseconds? ago)\.", line(client))
    assert "had all of it" in client.get(PAGE).content.decode()
    long_ago = timezone.now() - timedelta(hours=3)
    Pin.objects.update(checked_at=long_ago, next_at=long_ago)
    assert "Of 2 parts, 0 are pinned" in line(client), "nobody has looked for hours"


def test_what_is_lost_is_shown_with_why(client: Client) -> None:
    want_listings()
    node = PretendNode()
    keep_due(node=node)
    node.blocks.clear()
    node.is_full = True
    Pin.objects.update(next_at=timezone.now())
    keep_due(node=node)
    assert Pin.objects.filter(state=PinState.LOST).count() == 2
    assert "no room" in client.get(PAGE).content.decode()
    overview = client.get("/pins").content.decode()
    assert "Not pinned now" in overview
    assert "no room" in overview
    assert 'ipfs_pins{state="lost"} 2.0' in generate_latest().decode()


def test_without_a_node_nothing_is_said(client: Client, settings: Any) -> None:
    settings.IPFS_API = ""
    assert "hidden" in line(client)
    assert "Nothing of it is kept on IPFS" in client.get(PAGE).content.decode()
    assert "Nothing is kept yet" in client.get("/pins").content.decode()
    assert client.get("/models/acme/nothing/pins").status_code == 404


def test_pages_cost_few_queries(client: Client, django_assert_max_num_queries: Callable[[int], Any]) -> None:
    want_listings()
    keep_due(node=PretendNode())
    with django_assert_max_num_queries(8):
        client.get(PAGE)
    with django_assert_max_num_queries(8):
        client.get("/pins")
