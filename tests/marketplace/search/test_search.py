"""Search: what it finds, how it orders, what it counts, and that pages add up to the whole."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account
from common.pages import CursorError
from marketplace.listings.models import Listing
from marketplace.listings.taxonomy import SIZES, UNKNOWN
from marketplace.listings.words import words_of_name
from marketplace.search.facets import FACETS
from marketplace.search.search import COUNT_LIMIT, Search
from marketplace.search.sorting import ORDERS
from tests.factories.marketplace import empty_catalogue, listing

pytestmark = pytest.mark.django_db

UNHURRIED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def names(search: Search, limit: int = 10) -> list[str]:
    return [found.name for found in search.page(limit=limit).items]


def walk(search: Search, limit: int) -> list[int]:
    found, cursor = [], ""
    while True:
        page = search.page(limit=limit, cursor=cursor)
        found += [item.pk for item in page.items]
        cursor = page.next
        if not cursor:
            return found


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("bge-m3", "BAAI/bge-m3"),
        ("BAAI/bge-m3", "BAAI/bge-m3"),
        ("bge m3", "BAAI/bge-m3"),
        ("mistrl nemo", "mistralai/mistral-nemo"),
        ("all minilm l6", "sentence-transformers/all-MiniLM-L6-v2"),
        ("sentense transformers minilm", "sentence-transformers/all-MiniLM-L6-v2"),
        ("the bge-m3 model", "BAAI/bge-m3"),
    ],
)
def test_a_name_is_found_in_parts_and_with_typos(query: str, name: str) -> None:
    assert name in names(Search(q=query))


def test_facts_are_found_as_well_as_names() -> None:
    found = Search(q="german embeddings")
    assert found.count() > 50
    german = ["deu" in item.languages for item in found.page(limit=50).items]
    assert sum(german) >= 48


def test_a_word_is_found_from_its_beginning() -> None:
    assert set(names(Search(q="minilm"), 100)) <= set(names(Search(q="minil"), 100))


def test_names_are_taken_apart_at_every_seam() -> None:
    assert words_of_name("HuggingFaceTB/SmolLM2-135M").split() == [
        "huggingfacetb",
        "smollm2",
        "135m",
        "hugging",
        "face",
        "tb",
        "smol",
        "lm",
        "2",
        "135",
        "m",
    ]


def test_words_that_say_nothing_count_only_alone() -> None:
    assert Search(q="a model for the German").terms == ["german"]
    assert Search(q="the").terms == ["the"]
    assert Search(q="x " * 50).terms == ["x"]
    assert len(Search(q=" ".join(f"w{n}" for n in range(50))).terms) == 12


@pytest.mark.parametrize(
    "query", ["'", "a & | ! b:*", "\\", "%_", "' or 1=1 --", "\x00minilm", "\ud800", "日本語", "é" * 300]
)
def test_no_query_breaks_the_search(query: str) -> None:
    search = Search.asked(query, "", lambda name: [])
    search.page(limit=5)
    search.facets()
    assert search.count() >= 0


def test_the_closest_name_comes_first() -> None:
    assert names(Search(q="bge-m3"))[0] == "BAAI/bge-m3"
    assert names(Search(q="jina-reranker-v3"))[0] == "jinaai/jina-reranker-v3"


def test_orders_are_what_they_say() -> None:
    items = Search(sort="largest").page(limit=100).items
    sizes = [item.parameters for item in items if item.parameters is not None]
    assert sizes == sorted(sizes, reverse=True)
    items = Search(sort="smallest").page(limit=100).items
    small = [item.parameters for item in items if item.parameters is not None]
    assert small == sorted(small)
    dates = [item.released for item in Search().page(limit=100).items if item.released]
    assert dates == sorted(dates, reverse=True)
    assert len(sizes) == len(small) == len(dates) == 100
    by_name = [item.name.lower() for item in Search(sort="name").page(limit=3000).items]
    assert len(by_name) == 2882
    assert by_name == sorted(by_name)


def test_relevance_needs_words() -> None:
    assert Search(sort="relevance").order.name == "running"
    assert Search(q="bge", sort="nonsense").order.name == "relevance"
    assert Search(q="bge", sort="name").order.name == "name"


def a_choice() -> st.SearchStrategy[dict[str, list[str]]]:
    values = {
        "task": ["feature-extraction", "text-ranking", "image-classification", "nothing"],
        "license": ["mit", "apache-2.0", "custom", UNKNOWN],
        "size": [*SIZES, UNKNOWN, "nonsense"],
        "modality": ["text", "audio", UNKNOWN],
        "language": ["deu", "eng", UNKNOWN],
        "library": ["ONNX", "timm", UNKNOWN],
    }
    some = {name: st.lists(st.sampled_from(these), unique=True, max_size=2) for name, these in values.items()}
    return st.fixed_dictionaries({}, optional=some)


@pytest.mark.long(17)
@UNHURRIED
@given(
    st.sampled_from(["", "bge", "german", "embed multilingual"]),
    a_choice(),
    st.sampled_from(["", *ORDERS]),
    st.integers(1, 400),
)
def test_walking_page_by_page_meets_each_match_exactly_once(
    q: str, chosen: dict[str, list[str]], sort: str, limit: int
) -> None:
    search = Search(q=q, chosen=chosen, sort=sort)
    matching = set(search.listings().values_list("pk", flat=True))
    limit = max(limit, len(matching) // 12)
    found = walk(search, limit)
    assert len(found) == len(set(found))
    # by relevance, what has only some of the words or is close in meaning follows what has them all
    assert set(found) >= matching if search.is_relevance else set(found) == matching
    assert search.count() == len(matching)


@pytest.mark.parametrize("sort", list(ORDERS))
def test_the_whole_catalogue_is_walked_in_every_order(sort: str) -> None:
    found = walk(Search(sort=sort), 250)
    assert len(found) == len(set(found)) == 2882


@UNHURRIED
@given(st.sampled_from(["", "bge", "german"]), a_choice())
def test_a_facets_counts_are_what_choosing_it_would_find(q: str, chosen: dict[str, list[str]]) -> None:
    search = Search(q=q, chosen=chosen)
    counts = search.facets()
    for facet in FACETS:
        for value, n in list(counts[facet.name].items())[:2]:
            alone = Search(q=q, chosen={**chosen, facet.name: [value]})
            assert alone.count() == n, (facet.name, value)


def test_a_chosen_value_keeps_its_count_however_rare_it_is() -> None:
    listing("acme/rare", languages=["vol"])
    assert Search(chosen={"language": ["vol"]}).facets()["language"]["vol"] == 1


def test_one_owners_listings_are_a_search_too() -> None:
    owner = Account.objects.named("baai").get()
    found = Search(owner=owner)
    assert {item.owner_id for item in found.page(limit=50).items} == {owner.pk}
    assert found.count() == Listing.objects.filter(owner=owner).count()


def test_counting_stops_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.search.search.COUNT_LIMIT", 100)
    assert Search().count() == 101
    assert COUNT_LIMIT == 10_000


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "A" * 1000,
        "W10",  # []
        "WyJuYW1lIiwiYSIsMV0",  # of another order
        "WyJuZXdlc3QiLCJub3QgYSBkYXRlIiwxXQ",
        "WyJuZXdlc3QiLCIyMDI0LTAxLTAxIiwiMSJd",  # the id is text
        "WyJuZXdlc3QiLCIyMDI0LTAxLTAxIiw5OTk5OTk5OTk5OTk5OTk5OTk5OTk5XQ",  # the id is too large
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError):
        Search().page(limit=5, cursor=cursor)


def test_a_cursor_with_an_impossible_name_is_refused() -> None:
    with pytest.raises(CursorError):
        Search(sort="name").page(limit=5, cursor="WyJuYW1lIiwiYVx1MDAwMGIiLDFd")
    with pytest.raises(CursorError):
        Search(sort="name").page(limit=5, cursor="WyJuYW1lIiw3LDFd")
    with pytest.raises(CursorError):
        Search(sort="largest").page(limit=5, cursor="WyJsYXJnZXN0IixmYWxzZSwxXQ")


def test_an_empty_catalogue_has_no_pages_counts_or_facets() -> None:
    empty_catalogue()
    search = Search()
    assert search.page(limit=5).items == []
    assert search.count() == 0
    assert all(not counts for counts in search.facets().values())


def test_a_search_costs_four_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    search = Search(q="bge", chosen={"language": ["eng", "deu"], "license": ["mit"]})
    with django_assert_num_queries(4):
        [item.owner.name for item in search.page(limit=30).items]
        search.tally()
