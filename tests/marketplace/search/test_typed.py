"""Typed filters: what they mean, and that they narrow like clicked ones."""

from decimal import Decimal

import pytest
from django.test import Client

from marketplace.search.search import Search
from marketplace.search.typed import parse_query, parse_range, range_text


@pytest.mark.parametrize(
    ("typed", "words", "chosen"),
    [
        ("license:mit german", "german", {"license": ["mit"]}),
        ("licence:Apache lang:de,fra x", "x", {"license": ["apache-2.0"], "language": ["deu", "fra"]}),
        ("lang:german task:re-ranking", "", {"language": ["deu"], "task": ["text-ranking"]}),
        (
            "task:text-ranking price:free runnable:yes",
            "",
            {"task": ["text-ranking"], "price": ["free"], "runnable": ["yes"]},
        ),
        ('task:"speech recognition" a', "a", {"task": ["automatic-speech-recognition"]}),
        ("owner:me a:b http://x", "owner:me a:b http://x", {}),
        ("license:", "license:", {}),
    ],
)
def test_filters_are_taken_out_of_the_words(typed: str, words: str, chosen: dict[str, list[str]]) -> None:
    query = parse_query(typed)
    assert (query.words, query.chosen, query.problems) == (words, chosen, [])


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("<1b", None, 999_999_999),
        ("<=1b", None, 10**9),
        (">7b", 7 * 10**9 + 1, None),
        (">=1.5m", 1_500_000, None),
        ("100m-1b", 10**8, 10**9),
        ("100m..", 10**8, None),
        ("..1b", None, 10**9),
        ("384", 384, 384),
    ],
)
def test_ranges_are_read_and_written(text: str, low: int | None, high: int | None) -> None:
    expected = (None if low is None else Decimal(low), None if high is None else Decimal(high))
    found = parse_range(text)
    assert found == expected
    assert parse_range(range_text(expected)) == expected


@pytest.mark.parametrize("text", ["", "abc", "<", "1x", "..", "-", "9" * 50, "1-2-3", "²", "<²"])
def test_what_is_no_range_is_none(text: str) -> None:
    assert parse_range(text) is None


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2024", 20240101, 20241231),
        ("2024-02", 20240201, 20240229),
        (">2023", 20231232, None),
        ("<2024-05-01", None, 20240500),
    ],
)
def test_years_and_dates_are_ranges_of_days(text: str, low: int | None, high: int | None) -> None:
    assert parse_range(text, released=True) == (low and Decimal(low), high and Decimal(high))


@pytest.mark.django_db
def test_typed_filters_narrow_like_clicked_ones() -> None:
    typed = Search(q="german lang:deu license:mit params:<1b released:2024")
    found = typed.page(limit=50).items
    assert found
    assert all(item.license == "mit" and "deu" in item.languages for item in found)
    assert all(item.parameters and item.parameters < 10**9 and item.released for item in found)
    assert all(item.released and item.released.year == 2024 for item in found)
    clicked = Search(q="german", chosen={"language": ["deu"], "license": ["mit"]}, ranges=typed.all_ranges)
    assert clicked.count() == typed.count()


@pytest.mark.django_db
def test_a_page_moves_typed_filters_into_its_links_and_says_what_it_did_not_understand(client: Client) -> None:
    page = client.get("/models?q=german+license:mit+params:often").content.decode()
    assert "/models?q=german&amp;sort" not in page
    assert 'href="/models?q=german"' in page  # without the licence
    assert "“params:often” is not a range" in page
    assert "Did you mean" in client.get("/models?q=mistrl+nemo").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "q", ["released:>9999", "params:<0", "released:0001", "dims:>1t", "chain:%", "lang:" + "x" * 90]
)
def test_no_filter_breaks_the_search(q: str) -> None:
    search = Search(q=q)
    search.page(limit=3)
    search.tally()
