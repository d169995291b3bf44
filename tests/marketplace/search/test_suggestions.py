"""What is suggested while somebody types, and what kind of thing each of it is."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketplace.listings.models import Listing
from marketplace.search.suggestions import MODEL, MOST, WORDS, suggestions

pytestmark = pytest.mark.django_db


def kinds(text: str) -> list[tuple[str, str]]:
    return [(each.kind, each.label) for each in suggestions(text)]


def test_suggestions_are_names_and_completed_words() -> None:
    assert (WORDS, "german minilm") in kinds("german minil")
    assert any("/" in label for kind, label in kinds("minil") if kind == MODEL)
    assert suggestions("license:mit") == []


@pytest.mark.parametrize(
    ("typed", "kind", "label"),
    [
        ("japan", "language", "Japanese"),
        ("日本", "language", "Japanese"),
        ("apache", "license", "Apache-2.0"),
        ("embed", "task", "Embeddings"),
        ("text-rank", "task", "Re-ranking"),
        ("under 100", "size", "Under 100 M"),
        ("BAA", "owner", "BAAI"),
        ("qwen", "owner", "Qwen"),
    ],
)
def test_each_kind_is_found_by_its_beginning(typed: str, kind: str, label: str) -> None:
    assert kinds(typed)[0] == (kind, label)


def test_the_end_of_a_query_becomes_a_filter_and_the_rest_stays() -> None:
    (first, *_others) = suggestions("bge embedding germ")
    assert (first.kind, first.rest, first.url) == ("language", "bge embedding", "/models?q=bge+embedding&language=deu")


def test_a_value_that_no_model_has_is_not_suggested() -> None:
    Listing.objects.filter(languages__contains=["jpn"]).update(languages=[])
    assert all(kind != "language" for kind, _label in kinds("japan"))


@pytest.mark.parametrize("typed", ["%", "_", "'; --", "\x00", "🍋", "ａｐａｃｈｅ", "a" * 5000, "‮abc", "\\"])
def test_odd_texts_are_answered(typed: str) -> None:
    assert len(suggestions(typed)) <= MOST


def test_signs_of_patterns_are_letters_in_the_name_of_an_owner() -> None:
    assert all(kind != "owner" for kind, _label in [*kinds("ba%i"), *kinds("b_ai")])


def test_a_suggestion_costs_two_small_queries() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert suggestions("german embeddings smal")
    assert len(asked) <= 2


def test_each_suggestion_says_its_kind_and_leads_to_a_page(client: Client) -> None:
    page = client.get("/search/suggestions", {"q": "minil"})
    asked = {"HX-Request": "true", "HX-Target": "ul#suggestions"}
    part = client.get("/search/suggestions", {"q": "minil"}, headers=asked)
    assert "<html" not in part.content.decode()
    assert '<span class="kind">Model</span>' in part.content.decode()
    assert "Search all models" in page.content.decode()
    for option in suggestions("german minil"):
        assert client.get(option.url).status_code == 200
