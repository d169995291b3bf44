"""Atom feeds: valid, each with an address of its own that stays, and walked to their end."""

from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from marketplace.listings.models import Listing
from marketplace.search.search import Search
from tests.factories.marketplace import empty_catalogue

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


def feed_of(client: Client, path: str) -> ET.Element:
    answer = client.get(path)
    assert answer.status_code == 200
    return ET.fromstring(answer.content)  # noqa: S314  our own answer


def link(feed: ET.Element, rel: str) -> str:
    return next((each.attrib["href"] for each in feed.findall(f"{ATOM}link") if each.attrib["rel"] == rel), "")


DIFFERENT = [
    *("/feeds/models", "/feeds/models?q=german", "/feeds/models?q=danish", "/feeds/models?license=mit"),
    *("/feeds/models?q=german&license=mit", "/feeds/models?params=1b..", "/feeds/models?q=%F0%9F%A4%96"),
    *("/feeds/models?q=lang:xx", "/feeds/models/BAAI", "/feeds/models/BAAI/bge-m3"),
]


def test_every_feed_has_its_own_id_and_a_page_that_shows_the_same(client: Client) -> None:
    found = [feed_of(client, path) for path in DIFFERENT]
    ids = [feed.findtext(f"{ATOM}id") for feed in found]
    assert len(set(ids)) == len(DIFFERENT)
    assert [link(feed, "self") for feed in found] == ids
    pages = [link(feed, "alternate").removeprefix("http://testserver") for feed in found]
    assert len(set(pages)) == len(DIFFERENT)
    assert pages[1] == "/models?q=german"
    assert {client.get(page).status_code for page in pages} == {200}


@pytest.mark.parametrize(
    "same",
    [
        ["?q=german&license=mit&license=gemma", "?license=gemma&q=GERMAN&license=mit", "?q=license:mit,gemma+German"],
        ["?params=1b..", "?params_min=1b", "?params=%3E=1b&sort=name&view=grid", "?q=params:%3E=1b"],
        ["?language=deu", "?language=German", "?q=lang:de-AT", "?language=de&cursor="],
    ],
)
def test_the_same_search_has_the_same_id_however_it_is_asked(client: Client, same: list[str]) -> None:
    assert len({feed_of(client, f"/feeds/models{query}").findtext(f"{ATOM}id") for query in same}) == 1


@pytest.mark.parametrize("q", ["bert\x01", "\x01", "\ufffe\uffff", "]]>&<", "\ud83d", "a\x0bb\x85c", "\u202ebert"])
def test_a_feed_is_well_formed_whatever_is_typed(client: Client, q: str) -> None:
    answer = client.get("/feeds/models", {"q": q.encode("utf-8", "surrogatepass")})
    assert answer.status_code == 200
    ET.fromstring(answer.content)  # noqa: S314  our own answer


def test_a_feed_has_what_atom_asks_of_it(client: Client) -> None:
    for path in DIFFERENT:
        feed = feed_of(client, path)
        entries = feed.findall(f"{ATOM}entry")
        for element in (feed, *entries):
            for name in ("id", "title", "updated"):
                assert len(element.findall(f"{ATOM}{name}")) == 1, (path, name)
        for entry in entries:
            assert entry.findtext(f"{ATOM}author/{ATOM}name")
            assert (entry.findtext(f"{ATOM}published") or "") <= (entry.findtext(f"{ATOM}updated") or "")
        updated = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
        assert not updated or feed.findtext(f"{ATOM}updated") == max(updated)
        assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == len(entries)


def test_a_feed_without_entries_does_not_change_with_the_time(client: Client) -> None:
    first = client.get("/feeds/models?q=%F0%9F%A4%96").content
    assert client.get("/feeds/models?q=%F0%9F%A4%96").content == first
    assert "no letters or digits" in first.decode()
    empty_catalogue()
    assert feed_of(client, "/feeds/models").findtext(f"{ATOM}updated") == "1970-01-01T00:00:00+00:00"


def test_a_feed_is_walked_to_its_end_by_its_next_links(client: Client) -> None:
    found: list[str] = []
    path = "/feeds/models?task=text-ranking"
    while path:
        feed = feed_of(client, path)
        found += [entry.findtext(f"{ATOM}title") or "" for entry in feed.findall(f"{ATOM}entry")]
        path = link(feed, "next").removeprefix("http://testserver")
    ranking = Search(chosen={"task": ["text-ranking"]}).listings()
    assert found == list(ranking.order_by("-created_at", "pk").values_list("name", flat=True))
    assert len(found) > 30
    assert Listing.objects.count() > len(found)


@pytest.mark.parametrize(
    "cursor", ["x", "WzFd", "WyJhZGRlZCIsIjAwMDEtMDEtMDFUMDA6MDA6MDArMTQ6MDAiLDFd", "WyJhZGRlZCIsIjIwMjQtMDEtMDEiLDFd"]
)
def test_a_cursor_that_no_feed_gave_is_refused(client: Client, cursor: str) -> None:
    assert client.get("/feeds/models", {"cursor": cursor}).status_code == 400
