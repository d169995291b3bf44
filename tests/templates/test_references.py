"""On whole pages whose rows have large ids, what refers to another element finds it, and ids are plain numbers."""

import re
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test import Client

from marketplace.listings.models import Listing
from tests.factories.marketplace import listing

LARGE = 1_234_567
GROUPED = re.compile(r"\d[,.'’\s\u00a0\u202f]\d{3}\b")
SPOKEN = {"title", "placeholder", "aria-label", "alt", "aria-description", "content", "value", "d", "points", "viewbox"}
BY_ID = {"for", "form", "list", "popovertarget", "aria-labelledby", "aria-describedby", "aria-controls"}
BY_SELECTOR = {"hx-target", "hx-select", "hx-sync"}
SAMPLE = [
    "/",
    "/models",
    "/models?q=acme",
    "/models?q=acme&view=grid",
    "/models/acme/tiny-embed",
    "/models/acme/tiny-embed/why?q=acme",
    "/compare?m=acme/tiny-embed&m=acme/other-embed",
    "/models/acme",
    "/about",
    "/sign-in",
]


class Elements(HTMLParser):
    """Collects every attribute of a page, in the order of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(name, value or "") for name, value in attrs]

    @property
    def ids(self) -> list[str]:
        return [value for name, value in self.attributes if name == "id"]

    @property
    def wanted(self) -> set[str]:
        """The ids that something on the page refers to."""
        by_id = {each for name, value in self.attributes if name in BY_ID for each in value.split()}
        selectors = {value for name, value in self.attributes if name in BY_SELECTOR}
        selectors |= {value for name, value in self.attributes if name == "href" and value.startswith("#")}
        return by_id | {found for value in selectors for found in re.findall(r"#([^\s:>.,\[]+)", value)}


@pytest.fixture
def large(db: None) -> None:
    """Two listings whose ids have seven digits."""
    with connection.cursor() as cursor:
        cursor.execute("select setval(pg_get_serial_sequence('marketplace_listing', 'id'), %s)", [LARGE])
    listing("acme/tiny-embed")
    listing("acme/other-embed")
    assert Listing.objects.filter(name__startswith="acme/", pk__gt=LARGE).count() == 2


@pytest.mark.parametrize("address", SAMPLE)
def test_references_are_found_and_ids_are_plain(large: None, client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    page = Elements(answer.content.decode())
    assert sorted(page.wanted - set(page.ids)) == []
    assert len(page.ids) == len(set(page.ids))
    assert [pair for pair in page.attributes if pair[0] not in SPOKEN and GROUPED.search(pair[1])] == []


def test_why_here_leads_to_its_row(large: None, client: Client) -> None:
    page = client.get("/models?q=acme").content.decode()
    targets = re.findall(r'hx-target="#(why-\d+)"', page)
    assert len(targets) == 2
    assert all(f'id="{target}"' in page for target in targets)
