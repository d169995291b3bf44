"""A model's page: what it says of the model, of its kin and of prices elsewhere."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from marketplace.listings.runtime import ListingRuntime, RuntimeState
from tests.factories.marketplace import listing, listings, record

pytestmark = pytest.mark.django_db


def test_a_model_page_says_what_is_known_and_what_is_not(client: Client) -> None:
    listing(
        "acme/whole",
        license="mit",
        parameters=134_515_008,
        adapted_from="BAAI/bge-m3",
        superseded_by="acme/next",
        reference_prices=[
            {"provider": "host_a", "input_usd_per_mtok": 0.5, "output_usd_per_mtok": 1.5},
            {"provider": "host_b", "input_usd_per_mtok": 0.1},
        ],
    )
    page = client.get("/models/acme/whole").content.decode()
    for text in [
        "134.5\N{NO-BREAK SPACE}M",
        "Licence: MIT",
        'href="/models/BAAI/bge-m3"',
        "not in this catalogue",
        "host a",
        "its owner does not sell it here",
        "Nobody has recorded its memory, release date",
    ]:
        assert text in page, text


def test_a_models_children_are_shown_and_the_rest_counted(client: Client) -> None:
    listings(*(record(f"acme/child-{n:02}", adapted_from="acme/base") for n in range(15)))
    listing("acme/base")
    listing("acme/old", superseded_by="acme/base")
    page = client.get("/models/acme/base").content.decode()
    assert len(re.findall(r"made from it\s*</span>", page)) == 12
    assert "3 more are not shown" in page
    assert "replaced by it" in page


def test_an_entry_for_reference_leads_to_what_runs_the_same_weights_here(client: Client) -> None:
    listing("acme/base")
    path, now = "/models/acme/base", timezone.now()
    listings(*(record(f"acme/child-{n:02}", adapted_from="acme/Base") for n in range(14)))
    runs = listing("zoo/last-by-name", adapted_from="acme/base")
    assert "Running here" not in client.get(path).content.decode()
    ListingRuntime.objects.create(listing=runs, state=RuntimeState.READY, state_since=now, checked_at=now)
    page = client.get(path).content.decode()
    assert re.search(r"Running here, made from it:\s*<a href=\"/models/zoo/last-by-name\">", page)
    ListingRuntime.objects.update(state=RuntimeState.DOWN)
    assert "Running here" not in client.get(path).content.decode()


def test_prices_elsewhere_can_be_taken_along(client: Client) -> None:
    listing("acme/priced", reference_prices=[{"provider": "host_a", "input_usd_per_mtok": 0.5}])
    answer = client.get("/models/acme/priced/reference-prices.csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert answer.content.decode().splitlines() == ["provider,input_usd_per_mtok,output_usd_per_mtok", "host a,0.5,"]


def test_moderators_alone_are_led_to_what_they_decide(client: Client) -> None:
    for address, is_staff in (("0x" + "ab" * 20, False), ("0x" + "cd" * 20, True)):
        client.force_login(User.objects.create(address=address, is_staff=is_staff, is_superuser=is_staff))
        page = client.get("/models/BAAI/bge-m3").content.decode()
        assert ("Moderate this listing" in page) == is_staff
    for path in re.findall(r'href="([^"]+)">(?:Moderate this listing|Suspend its sale on chain)', page):
        assert client.get(path).status_code == 200
