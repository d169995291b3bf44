"""What was understood is shown, each with the address of the search without it."""

import pytest
from django.test import Client

from marketplace.search.search import Search
from marketplace.search.understood_chips import literal_address, understood_chips

pytestmark = pytest.mark.django_db


def said(q: str, sort: str = "") -> list[tuple[str, str, str]]:
    return [(chip.phrase, chip.title, chip.label) for chip in understood_chips(Search(q=q, sort=sort))]


@pytest.mark.parametrize(
    ("q", "chips"),
    [
        (
            "japanese text embedding",
            [("japanese", "Language", "Japanese"), ("text embedding", "Task", "Text embeddings")],
        ),
        ("korean retrieval", [("korean", "Language", "Korean"), ("retrieval", "Task", "Retrieval")]),
        ("chat model under 1b", [("chat", "Task", "Text generation"), ("under 1b", "Parameters", "≤ 1\u00a0B")]),
        ("cheap", [("cheap", "Order", "Yearly price")]),
        ("free", [("free", "Price", "Free to try")]),
        ("runs on cpu", [("runs on cpu", "Parameters", "≤ 1\u00a0B")]),
        ("tiny reranker", [("tiny", "Order", "smaller first"), ("reranker", "Task", "Re-ranking")]),
        ("nordic retrieval", [("nordic", "Language", "Nordic languages"), ("retrieval", "Task", "Retrieval")]),
        ("smallest", [("smallest", "Order", "Smallest")]),
        ("released in 2024", [("released in 2024", "Released", "2024")]),
        (
            "under 1b runs on cpu",
            [("under 1b", "under 1b", "≤ 1\u00a0B"), ("runs on cpu", "runs on cpu", "≤ 1\u00a0B")],
        ),
    ],
)
def test_each_thing_that_was_understood_is_named(q: str, chips: list[tuple[str, str, str]]) -> None:
    assert said(q) == chips


@pytest.mark.parametrize(("q", "phrase", "word"), [("medical", "medical", "clinical"), ("llama3", "llama3", "llama 3")])
def test_other_names_are_named_and_taken_back(q: str, phrase: str, word: str) -> None:
    (chip,) = [chip for chip in understood_chips(Search(q=q)) if chip.phrase == phrase]
    assert chip.label.startswith("also ")
    assert word in chip.label or "med" in chip.label
    assert understood_chips(Search(q=f'"{q}"')) == []
    assert "%22" in chip.url


def test_an_order_that_was_chosen_is_not_said_to_be_understood() -> None:
    assert said("cheap chat", sort="name") == [("chat", "Task", "Text generation")]


def test_the_page_shows_what_it_understood_and_the_way_back(client: Client) -> None:
    page = client.get("/models", {"q": "japanese text embedding", "license": "mit"})
    assert "Understood as" in page.text
    assert "?q=%22japanese%22+text+embedding&amp;license=mit" in page.text
    assert "?q=japanese+%22text+embedding%22&amp;license=mit" in page.text
    assert literal_address(Search(q="japanese text embedding")) == "/models?q=%22japanese%22+%22text+embedding%22"
    literal = client.get("/models", {"q": '"japanese" "text embedding"'})
    assert "Understood as" not in literal.text


def test_slips_are_put_right_and_all_else_stays(client: Client) -> None:
    page = client.get("/models", {"q": "germn rerankr under 1b", "license": "mit"})
    assert 'href="/models?q=german+reranker+under+1b&amp;license=mit"' in page.text
    facets = client.get("/api/v1/facets", {"q": "mistrl under 1b"}).json()
    assert facets["correction"] == "mistral under 1b"


def test_a_word_is_quoted_where_it_stands_alone() -> None:
    addresses = {chip.phrase: chip.url for chip in understood_chips(Search(q="regnety regnet y"))}
    assert addresses["y"] == "/models?q=regnety+regnet+%22y%22"


def test_the_api_says_what_it_understood(client: Client) -> None:
    answer = client.get("/api/v1/listings", {"q": "日本語 under 1b"}).json()
    assert answer["understood"] == [
        {"phrase": "日本語", "kind": "Language", "meaning": "Japanese"},
        {"phrase": "under 1b", "kind": "Parameters", "meaning": "≤ 1\u00a0B"},
    ]
    assert answer["items"]


def test_what_only_mentions_a_task_is_counted_apart(client: Client) -> None:
    search = Search(q="korean reranker")
    assert search.facets()["task"]["text-ranking"] == search.count()
    page = client.get("/models", {"q": "korean reranker"})
    assert f"{search.count()} models" in page.text
    assert "Only mention it" in page.text
    assert f"{search.mentioned} not recorded as it" in page.text
    assert "Only mention it" not in client.get("/models", {"q": "korean reranker", "task": "text-ranking"}).text
