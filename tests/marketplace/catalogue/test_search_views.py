"""Comparison, saved searches, feeds, structured data, reasons: the pages and endpoints around a search."""

import json
import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.contrib.postgres.functions import TransactionNow
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import User
from marketplace.listings.models import Listing
from marketplace.search.errors import TooManySavedError
from marketplace.search.saved import MOST_SAVED, SavedSearch
from marketplace.search.saving import save_search
from tests.factories.marketplace import listing

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def reader() -> User:
    return User.objects.create(address="0x" + "ab" * 20)


def test_up_to_five_models_stand_side_by_side_in_the_order_asked(client: Client) -> None:
    names = ["BAAI/bge-m3", "intfloat/e5-base", "nobody/nothing", "baai/BGE-M3", *["openai/whisper-tiny"] * 3]
    page = client.get("/compare", {"m": names}).content.decode()
    assert re.findall(r'<a class="break" href="/models/([^"]+)"', page) == [
        "BAAI/bge-m3",
        "intfloat/e5-base",
        "openai/whisper-tiny",
    ]
    assert 'class="differs"' in page
    assert "“nobody/nothing” is not shown" in page
    assert page.count("is not shown") == 1
    assert "Nothing to compare yet" in client.get("/compare").content.decode()


def news_in_the_menu(client: Client) -> str:
    headers = {"HX-Request": "true", "HX-Target": "span#saved-news"}
    answer = client.get("/account/searches", headers=headers).content.decode()
    return answer.strip().removeprefix('<span id="saved-news">').removesuffix("</span>")


def test_a_search_is_saved_once_and_tells_what_is_new(
    client: Client, reader: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    client.force_login(reader)
    for _ in range(2):
        answer = client.post("/account/searches/save", {"query": "q=german+license:mit&view=grid"})
        assert (answer.status_code, answer["Location"]) == (302, "/account/searches")
    (saved,) = SavedSearch.objects.filter(user=reader)
    assert saved.query == "q=german&license=mit"
    assert "Nothing new" in client.get("/account/searches").content.decode()
    SavedSearch.objects.update(seen_at=TransactionNow() - timedelta(milliseconds=1))
    listing("acme/german-new", license="mit", languages=["deu"])
    assert "acme/german-new" in client.get("/account/searches").content.decode()
    assert news_in_the_menu(client) == "1 new"
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(f"/account/searches/{saved.pk}/open")
    assert answer["Location"] == "/models?q=german&license=mit"
    saved.refresh_from_db()
    assert "Nothing new" in client.get("/account/searches").content.decode()
    assert news_in_the_menu(client) == ""
    assert client.post(f"/account/searches/{saved.pk}/forget").status_code == 302
    assert not SavedSearch.objects.exists()


def test_the_searches_of_others_are_nobodys_business(client: Client, reader: User) -> None:
    saved = save_search(user=reader, query="q=german")
    assert client.post(f"/account/searches/{saved.pk}/forget").status_code == 302  # to the sign-in
    client.force_login(User.objects.create(address="0x" + "cd" * 20))
    assert client.post(f"/account/searches/{saved.pk}/forget").status_code == 404
    assert client.post(f"/account/searches/{saved.pk}/open").status_code == 404
    assert SavedSearch.objects.filter(pk=saved.pk).exists()


def test_fifty_searches_are_enough(reader: User) -> None:
    for number in range(MOST_SAVED):
        save_search(user=reader, query=f"q=w{number}")
    with pytest.raises(TooManySavedError):
        save_search(user=reader, query="q=more")
    assert save_search(user=reader, query="q=w0")


@pytest.mark.parametrize("path", ["/feeds/models?q=german", "/feeds/models/BAAI", "/feeds/models/BAAI/bge-m3"])
def test_every_search_seller_and_model_has_a_feed(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer["Content-Type"].startswith("application/atom+xml")
    entries = ET.fromstring(answer.content).findall(f"{ATOM}entry")  # noqa: S314  our own answer
    assert 0 < len(entries) <= 30
    assert entries[0].find(f"{ATOM}link").attrib["href"].startswith("http://testserver/models/")  # type: ignore[union-attr]


def test_structured_data_is_json_that_no_name_can_leave(client: Client) -> None:
    listing("acme/x", license="https://x.example/</script><b>")
    for path in ("/models/acme/x", "/models?q=german"):
        page = client.get(path).content.decode()
        (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
        assert json.loads(block)["@context"] == "https://schema.org"
        assert "<b>" not in block


def test_a_result_can_be_asked_why_also_as_a_fragment(client: Client) -> None:
    path = "/models/BAAI/bge-m3/why?q=bge+m3"
    assert "Result 1 of" in client.get(path).content.decode()
    pk = Listing.objects.get(name="BAAI/bge-m3").pk
    part = client.get(path, headers={"HX-Request": "true", "HX-Target": f"div#why-{pk}"})
    assert part.content.decode().lstrip().startswith(f'<div id="why-{pk}"')
    assert "HX-Target" in part["Vary"]


def test_the_api_has_all_of_it_and_says_what_is_left(client: Client, settings: Settings) -> None:
    facets = client.get("/api/v1/facets?q=mistrl+nemo").json()
    assert (facets["count"], facets["correction"]) == (2, "mistral nemo")
    assert (
        client.get("/api/v1/facets?q=bge&params=<1b").json()["count"]
        < client.get("/api/v1/facets?q=bge").json()["count"]
    )
    assert client.get("/api/v1/suggestions?q=minil").json()["suggestions"]
    why = client.get("/api/v1/listings/BAAI/bge-m3/why?q=bge+m3").json()
    assert (why["place"], len(why["parts"])) == (1, 4)
    both = client.get("/api/v1/compare", {"name": ["BAAI/bge-m3", "openai/whisper-tiny"]}).json()
    assert [each["name"] for each in both] == ["BAAI/bge-m3", "openai/whisper-tiny"]
    assert client.get("/api/v1/listings/BAAI/bge-m3/related").status_code == 200
    answer = client.get("/api/v1/listings?q=bge&limit=1")
    assert answer["RateLimit-Policy"] == f'"default";q={settings.RATES["api"][0]};w=10'
    again = client.get("/api/v1/listings?sort=name&limit=1")
    same = client.get("/api/v1/listings?sort=name&limit=1", headers={"If-None-Match": again["ETag"]})
    assert same.status_code == 304


def test_who_asks_the_api_too_often_is_told_when_to_come_back(client: Client, settings: Settings) -> None:
    settings.RATES = settings.RATES | {"api": (5, 10)}
    answers = [client.get("/api/v1/suggestions?q=") for _ in range(12)]  # more than two windows allow
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0]["Content-Type"] == "application/problem+json"
    assert 0 < int(refused[0]["Retry-After"]) <= 10


def test_saved_searches_of_the_api_need_a_wallet_and_the_pages_token(reader: User) -> None:
    client = Client(enforce_csrf_checks=True)
    body: dict[str, Any] = {"data": {"query": "q=german"}, "content_type": "application/json"}
    assert client.post("/api/v1/saved-searches", **body).status_code == 401
    client.force_login(reader)
    assert client.post("/api/v1/saved-searches", **body).json()["code"] == "csrf-failed"
    trusting = Client()
    trusting.force_login(reader)
    made = trusting.post("/api/v1/saved-searches", **body)
    assert (made.status_code, made.json()["url"]) == (201, "/models?q=german")
    assert [each["title"] for each in trusting.get("/api/v1/saved-searches").json()] == ["“german”"]
    assert trusting.delete(f"/api/v1/saved-searches/{made.json()['id']}").status_code == 204


CACHED = ["/", "/models", "/models?q=german", "/models/BAAI", "/models/BAAI/bge-m3", "/compare?m=BAAI/bge-m3"]


@pytest.mark.parametrize("path", [*CACHED, "/models/BAAI/bge-m3/why?q=bge", "/feeds/models?q=bge", "/about"])
def test_what_may_be_kept_holds_nothing_of_anybody(client: Client, reader: User, path: str) -> None:
    anonymous = client.get(path)
    assert "s-maxage" in anonymous["Cache-Control"]
    assert not anonymous.cookies
    assert "Cookie" not in anonymous.get("Vary", "")
    page = anonymous.content.decode()
    assert "csrfmiddlewaretoken" not in page
    client.force_login(reader)
    save_search(user=reader, query="q=private-words")
    assert client.get(path).status_code == 200
    again = Client().get(path).content.decode()
    assert reader.checksum not in again
    assert "private-words" not in again


def test_where_the_meaning_came_too_late_one_may_search_again_and_is_not_given_the_same_page(client: Client) -> None:
    late = client.get("/models", {"q": "german embeddings"})
    assert "These results match words only." in late.text
    assert '/models?q=german+embeddings" rel="nofollow">Search again</a>' in late.text
    assert "s-maxage=3" in late["Cache-Control"].split(", ")
    assert "Search again" not in client.get("/models", {"q": "", "task": "text-ranking"}).text
