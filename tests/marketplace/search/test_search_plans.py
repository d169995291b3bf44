"""Search in a large catalogue: orders walk indexes, common words are taken from their heads, and what lasts ends."""

import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from marketplace.listings.models import Listing
from marketplace.search import candidates, vocabulary
from marketplace.search.candidates import nearest_statement
from marketplace.search.errors import SearchTooSlowError
from marketplace.search.index_models import SearchHead
from marketplace.search.meaning import Meaning
from marketplace.search.search import Search
from marketplace.search.sorting import ORDERS
from marketplace.search.suggestions import MODEL, suggestions
from marketplace.search.vocabulary import count_heads

pytestmark = pytest.mark.django_db

SORTED = re.compile(r"(?<!Incremental )Sort  \(")  # of rows that no index had in order already


def plan_of(statement: str, *settings: str) -> str:
    """Return how PostgreSQL would run a statement in a catalogue where sorting or reading all is no way."""
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"set local {setting} = off" for setting in ("enable_seqscan", *settings)))
        cursor.execute(f"explain {statement}")
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.fixture
def common_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take words of more than twenty listings for common ones."""
    monkeypatch.setattr(vocabulary, "COMMON", 20)
    monkeypatch.setattr(candidates, "MOST_PARTIAL", 20)
    monkeypatch.setattr(candidates, "FEW", 20)
    count_heads()


@pytest.mark.parametrize("sort", list(ORDERS))
def test_every_order_walks_an_index_from_page_to_page(sort: str) -> None:
    page = Search(sort=sort).page(limit=20)
    for cursor in ("", page.next):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            Search(sort=sort).page(limit=20, cursor=cursor)
        walked = plan_of(asked.captured_queries[-1]["sql"], "enable_sort")
        assert "Index Scan" in walked
        assert not SORTED.search(walked), walked


def test_a_head_holds_the_listings_of_the_best_quality(common_words: None) -> None:
    head = SearchHead.objects.get(word="german")
    holding = Listing.objects.filter(search_vector="german").order_by("-quality", "pk")
    assert head.listings == list(holding.values_list("pk", flat=True)[: vocabulary.KEPT])
    assert head.places == sorted(head.places)
    assert not SearchHead.objects.filter(word="zyxwv").exists()


@pytest.mark.parametrize("q", ["german", "image classification", "german license:mit", "multilingual embeddings"])
def test_common_words_find_the_same_by_their_heads_as_by_the_index(
    q: str, monkeypatch: pytest.MonkeyPatch, common_words: None
) -> None:
    by_head = Search(q=q).ranking()
    monkeypatch.setattr(candidates, "FEW", 1_000_000)
    by_index = Search(q=q).ranking()
    assert by_head.has_all_words
    assert [hit.pk for hit in by_head.hits] == [hit.pk for hit in by_index.hits]


def test_filters_that_a_head_does_not_fulfil_are_looked_up_beyond_it(
    monkeypatch: pytest.MonkeyPatch, common_words: None
) -> None:
    monkeypatch.setattr(vocabulary, "KEPT", 20)
    count_heads()
    found = Search(q="image license:bsd-3-clause")
    assert {item.pk for item in found.page(limit=100).items} >= set(found.listings().values_list("pk", flat=True))


def test_the_nearest_come_from_the_index_of_vectors_unless_few_fulfil_the_filters() -> None:
    vector = str([1.0] + [0.0] * 383)
    for search in (Search(), Search(q="license:mit")):
        statement, values = nearest_statement(search.within(), few=0)
        with connection.cursor() as cursor:
            statement = cursor.cursor.mogrify(statement, {**values, "vector": vector})
        assert "listing_vector_hnsw" in plan_of(statement, "enable_sort")


def test_the_walk_through_the_vectors_has_an_end_beyond_what_is_compared_without_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute("show hnsw.max_scan_tuples")
        (most,) = cursor.fetchone()
    assert candidates.EXACT < int(most) <= 4000


def test_a_word_that_few_have_is_found_by_its_index_in_every_order() -> None:
    with CaptureQueriesContext(connection) as asked:
        Search(q="specter", sort="newest").page(limit=20)
    assert "listing_search" in plan_of(asked.captured_queries[-1]["sql"])


def test_suggestions_of_a_common_word_are_its_best_names(common_words: None) -> None:
    names = list(Listing.objects.filter(search_vector="german").order_by("-quality", "pk")[:5])
    suggested = [each.text for each in suggestions("german") if each.kind == MODEL]
    assert {each.name for each in names} & set(suggested)


def test_a_search_that_lasts_too_long_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "PATIENCE", 1)
    search = Search(q="image classification pytorch")
    search.__dict__["meaning"] = Meaning()
    with pytest.raises(SearchTooSlowError), transaction.atomic():
        search.ranking()
    monkeypatch.setattr(candidates, "PATIENCE", 5000)
    assert search.ranking().hits
    with connection.cursor() as cursor:
        cursor.execute("show statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.parametrize(("q", "scans"), [("italian", "off"), ("bert params:<1b", "default"), ("bert", "default")])
def test_texts_beside_the_table_are_not_scanned_for_what_words_are_heard_as(q: str, scans: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert Search(q=q).ranking().hits
    (found,) = [each["sql"] for each in asked.captured_queries if "with narrowed" in each["sql"]]
    assert f"set local enable_seqscan = {scans};" in found
    with connection.cursor() as cursor:
        cursor.execute("show enable_seqscan")
        assert cursor.fetchone() == ("on",)


@pytest.mark.usefixtures("common_words")
def test_words_and_filters_are_met_in_one_scan() -> None:
    with CaptureQueriesContext(connection) as asked:
        Search(q="german embeddings license:mit").ranking()
    (found,) = [each["sql"] for each in asked.captured_queries if "with narrowed" in each["sql"]]
    plan = plan_of(found.split(";")[2])
    more = plan[plan.index("CTE complete") : plan.index("CTE partial")]
    assert "license" in more
    assert "EXISTS" not in more
