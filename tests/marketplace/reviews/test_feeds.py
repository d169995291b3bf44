"""The newest reviews of a model as a feed."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from django.test import Client

from tests.factories.reviews import Model

from .written import many, review

ATOM = "{http://www.w3.org/2005/Atom}"
PATH = "/feeds/models/maker/chat/reviews"


def feed_of(client: Client, path: str) -> ET.Element:
    answer = client.get(path)
    assert answer.status_code == 200
    return ET.fromstring(answer.content)  # noqa: S314  our own answer


def test_a_feed_without_reviews_is_whole(client: Client, made: Model) -> None:
    feed = feed_of(client, PATH)
    assert feed.findtext(f"{ATOM}id", "").endswith(PATH)
    assert feed.findtext(f"{ATOM}updated")
    assert not feed.findall(f"{ATOM}entry")


def test_reviews_come_newest_first_page_by_page(client: Client, made: Model) -> None:
    many(made.listing, 40)
    review(made.listing, 50, text="<script>alert(1)</script>", rating=3)
    seen: list[str] = []
    path = PATH
    while path:
        feed = feed_of(client, path)
        seen += [entry.findtext(f"{ATOM}id", "") for entry in feed.findall(f"{ATOM}entry")]
        following = [each.attrib["href"] for each in feed.findall(f"{ATOM}link") if each.attrib["rel"] == "next"]
        path = following[0].removeprefix("http://testserver") if following else ""
    assert len(seen) == len(set(seen)) == 41
    first = feed_of(client, PATH).find(f"{ATOM}entry")
    assert first is not None
    assert first.findtext(f"{ATOM}title", "").startswith("3 of 5 by 0x")
    assert "<script>alert(1)</script>" in first.findtext(f"{ATOM}summary", "")
