"""The catalogue's pages: what they show, what they cost, and what wrong addresses get."""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account
from common.statements import NEXT
from marketplace.listings.models import Listing
from marketplace.listings.runtime import ListingRuntime, RuntimeState
from marketplace.search.presenters import counts_lately
from tests.factories.marketplace import empty_catalogue, listings, record

pytestmark = pytest.mark.django_db

PAGES = ["/", "/models", "/models?q=bge&task=feature-extraction&view=grid", "/models/BAAI", "/models/BAAI/bge-m3"]


def queries(client: Client, path: str) -> int:
    """Return how many queries a page makes for the first who asks, when nothing is kept yet."""
    cache.clear()
    counts_lately.clear()
    with CaptureQueriesContext(
        connection,
    ) as made:
        assert client.get(path).status_code == 200
    return sum(1 + each["sql"].count(NEXT) for each in made)


@pytest.mark.parametrize(("path", "most"), list(zip(PAGES, [6, 4, 4, 5, 4], strict=True)))
def test_a_page_makes_no_more_queries_for_2882_listings_than_for_10(client: Client, path: str, most: int) -> None:
    full = queries(client, path)
    keep = [*Listing.objects.filter(name__startswith="BAAI/bge").values_list("pk", flat=True)[:9]]
    keep.append(Listing.objects.get(name="BAAI/bge-m3").pk)
    Listing.objects.exclude(pk__in=keep).delete()
    assert queries(client, path) == full <= most


MANY = """
    insert into marketplace_listing ({columns})
    select {copied} from marketplace_listing listing, generate_series(1, 40) n order by n, id limit %s
"""


@pytest.mark.long(19)
def test_a_hundred_thousand_listings_cost_hardly_more_queries(client: Client) -> None:
    """One more where a model has so many children that those not shown are counted."""
    fields = [field for field in Listing._meta.concrete_fields if not (field.primary_key or field.generated)]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    copied = columns.replace('"name"', "listing.name || '-copy-' || n")
    with connection.cursor() as cursor:
        missing = 100_000 - Listing.objects.count()
        cursor.execute(MANY.format(columns=columns, copied=copied), [missing])
        cursor.execute("analyze marketplace_listing")  # as after an import, or the plans are those of a small table
    assert Listing.objects.count() == 100_000
    for path, most in zip(PAGES, [6, 4, 4, 5, 5], strict=True):
        assert queries(client, path) <= most, path


@pytest.mark.parametrize("path", ["/", "/models", "/models?view=grid", "/about", "/keyboard", "/api/"])
def test_every_page_reads_well_without_a_single_listing(client: Client, path: str) -> None:
    empty_catalogue()
    answer = client.get(path)
    assert answer.status_code == 200
    if path.startswith("/models"):
        assert "No model has all of these" in answer.content.decode()


def test_what_runs_and_is_not_sold_is_free_to_try_and_other_rows_are_references(client: Client) -> None:
    runs, _facts = listings(record("acme/runs", released="2026-01-31"), record("acme/facts", license="mit"))
    now = timezone.now()
    ListingRuntime.objects.create(listing=runs, state=RuntimeState.READY, state_since=now, checked_at=now)
    page = client.get("/models/acme").content.decode()
    assert page.count("Free to try") == 2  # the heading of its part, and where others have a price
    assert page.count('class="visually-hidden">Reference<') == 1
    assert page.count("not stated") == page.count("Released in Jan 2026") == 1


def test_where_facts_come_from_is_said_below_facts_alone(client: Client) -> None:
    said = [path for path in ("/models", "/keyboard", "/nothing") if b"metadata of mteb" in client.get(path).content]
    assert said == ["/models"]


def test_a_model_is_found_whatever_its_case_and_moves_to_its_own_name(client: Client) -> None:
    answer = client.get("/models/baai/BGE-M3")
    assert (answer.status_code, answer["Location"]) == (301, "/models/BAAI/bge-m3")
    answer = client.get("/models/baai")
    assert (answer.status_code, answer["Location"]) == (301, "/models/BAAI")
    for path, right in (("/models/baai/BGE-M3", "/models/BAAI/bge-m3"), ("/models/baai", "/models/BAAI")):
        for query in ("?ref=0xabc&a=%2F%0d%0a&b=//evil.example", "?next=https%3A%2F%2Fevil.example", ""):
            answer = client.get(path + query)
            assert (answer.status_code, answer["Location"]) == (301, right + query)


@pytest.mark.parametrize(
    "path", ["/models/nobody", "/models/BAAI/nothing", "/models/BAAI/nothing/reference-prices.csv"]
)
def test_a_name_that_is_not_there_is_said_so(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "in the catalogue" in answer.content.decode()


@pytest.mark.parametrize("path", ["/models?cursor=nonsense", "/models/BAAI?cursor=nonsense"])
def test_a_wrong_page_address_is_said_so(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert "Start again from the first page" in answer.content.decode()


def test_what_was_chosen_stays_chosen_and_can_be_taken_out(client: Client) -> None:
    page = client.get("/models?q=bge&license=mit&license=apache-2.0&sort=name").content.decode()
    assert len(re.findall(r"name=\"license\" value=\"[^\"]*\"\s+checked", page)) == 2
    assert 'href="/models?q=bge&amp;license=apache-2.0&amp;sort=name"' in page
    assert 'href="/models?license=mit&amp;license=apache-2.0&amp;sort=name"' in page


def test_htmx_gets_the_fragment_that_it_replaces_and_the_address_to_show(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Target": "form#catalogue"}
    answer = client.get("/models?q=bge&sort=&license=", headers=headers)
    assert answer.content.decode().lstrip().startswith("<form")
    assert answer["HX-Push-Url"] == "/models?q=bge"
    assert {"HX-Request", "HX-Target"} <= set(answer["Vary"].replace(",", " ").split())


@pytest.mark.parametrize(
    ("path", "target", "start"),
    [
        ("/models", "tbody#more", "<tbody>"),
        ("/models?view=grid", "li#more", "<li>"),
        ("/models/timm", "tbody#more", "<tbody>"),
    ],
)
def test_htmx_gets_the_next_rows_alone(client: Client, path: str, target: str, start: str) -> None:
    answer = client.get(path, headers={"HX-Request": "true", "HX-Target": target})
    text = answer.content.decode().lstrip()
    assert text.startswith(start)
    assert "<form" not in text
    assert 'id="more"' in text


def test_an_unknown_fragment_is_a_whole_page(client: Client) -> None:
    answer = client.get("/models", headers={"HX-Request": "true", "HX-Target": "div#secrets"})
    assert answer.content.decode().startswith("<!doctype html>")


def test_a_reserved_name_is_said_to_be_reserved(client: Client) -> None:
    assert "not published by BAAI" in client.get("/models/BAAI").content.decode()
    Account.objects.create(name="acme")
    page = client.get("/models/acme").content.decode()
    assert "not published by BAAI" not in page
    assert "No models yet" in page


def test_hostile_text_is_shown_as_text(client: Client) -> None:
    page = client.get("/models", {"q": "<script>alert(1)</script>", "task": '"><img src=x>'}).content.decode()
    assert "<script>alert" not in page
    assert "<img" not in page
