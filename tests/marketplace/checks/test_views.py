"""What buyers and programs see of the checks."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from marketplace.checks.models import Check, CheckState
from tests.factories.marketplace import listing

from .bringing import FOLDER, released

pytestmark = pytest.mark.django_db
PAGE, API = "/models/acme/tiny-embed/checks", "/api/v1/listings/acme/tiny-embed/checks"


def test_buyers_see_each_result(client: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    released(listing())
    with django_assert_max_num_queries(8):
        page = client.get(PAGE).content.decode()
    assert "All checks passed." in page
    assert "model.safetensors" in page
    assert "with 1 tensor and 4 parameters" in page
    assert "Apache-2.0: known, and allowed here." in page


def test_programs_get_the_same(client: Client) -> None:
    released(listing())
    found = client.get(API).json()
    assert (found["version"], found["state"]) == ("1.0.0", "passed")
    assert {each["name"] for each in found["checks"]} >= {"files", "secrets", "licence", "card"}
    assert {each["path"] for each in found["files"]} == set(FOLDER)
    assert client.get(f"{API}?version=2.0.0").status_code == 404


def test_what_was_never_checked_says_so(client: Client) -> None:
    listing()
    assert "Nothing was checked" in client.get(PAGE).content.decode()
    assert client.get(API).json() == {"version": None, "state": None, "checks": [], "files": []}


def test_a_version_is_chosen_and_a_name_has_one_address(client: Client) -> None:
    made = listing()
    released(made)
    Check.objects.filter(subject="version:acme/tiny-embed@1.0.0", name="card").update(
        state=CheckState.WARNED, says="<b>The card is very short."
    )
    page = client.get(f"{PAGE}?version=1.0.0").content.decode()
    assert "&lt;b&gt;The card is very short." in page
    assert "1 check found something to look at." in page
    assert client.get(f"{PAGE}?version=9.9.9").status_code == 404
    assert client.get("/models/ACME/Tiny-Embed/checks").status_code in (301, 302)
