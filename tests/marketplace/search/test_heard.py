"""What is understood narrows and orders a search, and gives way where nothing fulfils it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from marketplace.listings.models import Listing
from marketplace.search import candidates
from marketplace.search.candidates import MOST_RESULTS
from marketplace.search.filters import facet_views
from marketplace.search.search import Search
from marketplace.search.understood_chips import understood_chips
from tests.factories.marketplace import listing

pytestmark = pytest.mark.django_db


def found(q: str, limit: int = 20) -> list[Listing]:
    return Search(q=q).page(limit=limit).items


def test_a_language_and_a_task_narrow_to_what_is_recorded_as_them_or_says_so() -> None:
    search = Search(q="japanese text embedding")
    items = search.page(limit=20).items
    assert items
    assert all("jpn" in item.languages and item.task == "feature-extraction" for item in items[:20])
    assert search.count() == search.listings().count() >= 50
    spoken = [len(item.languages) for item in items[:3]]
    assert max(spoken) <= 2, "what is made for the language comes first"


@pytest.mark.parametrize(("foreign", "english"), [("日本語", "japanese"), ("эмбеддинги", "embeddings")])
def test_words_of_other_languages_find_what_english_ones_do(foreign: str, english: str) -> None:
    theirs = set(Search(q=foreign).listings().values_list("pk", flat=True))
    ours = set(Search(q=english).listings().values_list("pk", flat=True))
    assert theirs
    assert len(theirs ^ ours) <= 0.1 * len(ours)
    assert found(foreign)


@pytest.mark.parametrize("q", ["эмбеддинги", "since 2024 embeddings", "at most 512 tokens embeddings", "japanese"])
def test_as_many_are_shown_as_are_counted(q: str) -> None:
    search, walked, cursor = Search(q=q), list[int](), ""
    while page := search.page(limit=100, cursor=cursor):
        walked += [item.pk for item in page.items]
        if not (cursor := page.next):
            break
    assert len(set(walked)) == len(walked) == min(MOST_RESULTS, search.count() + search.close + search.mentioned)


def test_where_words_fill_the_result_nothing_is_read_besides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "MOST_RESULTS", 10)
    search = Search(q="japanese")
    with CaptureQueriesContext(connection) as asked:
        assert len(search.result.ids) == 10
    assert not any("quality" in each["sql"] and "LIMIT 10" in each["sql"] for each in asked.captured_queries)


def test_a_range_in_words_bounds_the_size() -> None:
    items = found("reranker under 100m")
    assert items
    assert all(item.parameters is not None and item.parameters <= 10**8 for item in items)


def test_where_nothing_is_all_of_it_nothing_is_listed_as_if_it_were() -> None:
    search = Search(q="chat model under 1m")
    assert not Listing.objects.filter(task="text-generation", parameters__lte=10**6).exists()
    assert search.page(limit=5).items == []
    assert search.count() == 0
    small = listing("acme/small-talk", task="text-generation", parameters=10**5)
    assert [item.pk for item in found("small chat model under 1m")] == [small.pk]


def test_cheap_orders_and_an_order_that_is_chosen_wins() -> None:
    assert Search(q="cheap chat").order.name == "cheapest"
    assert Search(q="cheap chat", sort="name").order.name == "name"
    assert Search(q='"cheap" chat').order.name == "relevance"


def test_nothing_that_is_free_is_an_honest_empty_list() -> None:
    search = Search(q="free")
    assert search.page(limit=5).items == []
    assert search.count() == 0
    assert not search.asks_nothing


def test_a_task_that_nothing_has_gives_way_and_says_so() -> None:
    search = Search(q="speech recognition")
    assert not Listing.objects.filter(task="automatic-speech-recognition").exists()
    assert any("whisper" in item.name for item in search.page(limit=10).items)
    assert [item.phrase for item in search.heard.unmet] == ["speech recognition"]
    assert any("speech recognition" in problem for problem in search.problems)


def test_other_names_of_a_thing_are_found() -> None:
    names = [item.name.lower() for item in found("medical embeddings")]
    assert any("med" in name for name in names[:5])
    assert any("regnety_160" in item.name for item in found("regnet y 16gf"))
    both = {item.name for item in found("llama3", 100)}
    assert any("Llama-3" in name for name in both)


@pytest.mark.parametrize("q", ["medical", "multilingual", "tiny multilingual", "für"])
def test_what_narrows_nothing_has_to_be_found(q: str) -> None:
    assert Search(q=q).count() < 0.5 * Search().count()


def test_quoting_takes_an_understanding_back() -> None:
    assert Search(q="korean retrieval").heard.narrowing
    assert not Search(q='"korean" "retrieval"').heard.narrowing
    assert Search(q='"tiny" reranker').reading.terms[0].alternatives == tuple(
        each for each in Search(q='"tiny" reranker').reading.terms[0].alternatives if each.kind in ("", "form")
    )


def test_a_listing_that_only_says_so_comes_after_all_that_are_recorded_as_it() -> None:
    made = listing("acme/plain", task="text-generation", languages=[], summary="Sorts letters in Faroese by topic.")
    search = Search(q="faroese")
    assert made.pk not in search.listings().values_list("pk", flat=True)
    assert search.result.ids[-search.mentioned :] == (made.pk,)
    rows = search.rows(limit=100)
    assert ([item.pk for item in rows.page.items[-rows.mentioning :]], rows.mentioning) == ([made.pk], 1)
    assert Search(q="faroese", sort="name").mentioned == 0


def test_where_nothing_is_recorded_as_it_what_says_so_is_found() -> None:
    assert not Listing.objects.filter(languages__contains=["cor"]).exists()
    made = listing("acme/plain", task="text-generation", languages=[], summary="Sorts letters in Cornish by topic.")
    search = Search(q="cornish")
    assert [item.pk for item in search.listings()] == [made.pk]
    assert (search.result.matching, search.mentioned) == (1, 0)


def test_of_what_only_says_so_no_kind_is_claimed(client: Client) -> None:
    assert not Listing.objects.filter(task="text-to-image").exists()
    search = Search(q="text to image")
    assert search.count() > 0
    assert [(chip.title, chip.label) for chip in understood_chips(search)] == [("Mentions", "Text to image")]
    assert "Only mention it" not in client.get("/models", {"q": "text to image"}).text


COUNTED = [
    *("korean", "dzongkha", "chinese", "norwegian", "nordic", "chinese or japanese", "reranker", "chat"),
    *("korean reranker", "japanese text embedding", "image classification", "mit chat"),
]


@pytest.mark.parametrize("q", COUNTED)
@pytest.mark.parametrize("sort", ["", "newest", "name"])
def test_the_title_counts_what_the_ticked_boxes_count(q: str, sort: str) -> None:
    search = Search(q=q, sort=sort)
    found = search.tally()
    assert found.count == search.count() > 0
    for name, values in search.heard.values.items():
        ticked = [found.facets[name].get(value, 0) for value in values]
        assert max(ticked) <= found.count <= sum(ticked), name
        assert len(values) > 1 or ticked == [found.count], name
    shown = [choice for view in facet_views(search, found) for choice in view.shown if choice.heard]
    assert all(choice.checked and (choice.count == found.count or choice.facet == "task") for choice in shown), shown


def test_what_is_recorded_comes_first_on_every_page_and_is_counted() -> None:
    search, walked, cursor = Search(q="korean reranker"), list[int](), ""
    while page := search.page(limit=10, cursor=cursor):
        walked += [item.pk for item in page.items]
        if not (cursor := page.next):
            break
    recorded = set(
        Listing.objects.filter(languages__contains=["kor"], task="text-ranking").values_list("pk", flat=True)
    )
    assert set(walked[: len(recorded)]) == recorded
    assert search.count() == len(recorded)
    assert search.mentioned == len(walked) - len(recorded) > 0


def test_a_summary_is_found_below_names_and_facts() -> None:
    told = listing("acme/one", summary="Counts zebras in aerial pictures of the savannah.")
    named = listing("acme/zebras")
    pks = [item.pk for item in found("zebras")]
    assert pks.index(named.pk) < pks.index(told.pk)
    assert found("counts zebras on savannah pictures")[0].pk == told.pk


def test_a_summary_without_blanks_is_found_by_a_part() -> None:
    told = listing("acme/satellite", summary="衛星画像から水田を見分けるモデルです。")
    assert told.pk in [item.pk for item in found("水田を見分ける")]


def test_what_is_understood_costs_one_query_and_then_none(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    search = Search(q="japanese embeddings")
    with django_assert_num_queries(1):
        assert search.heard.narrowing
    with django_assert_num_queries(0):
        assert Search(q="japanese embeddings").heard.narrowing
        assert Search(q="bge m3").heard.narrowing == ()
        assert Search(q="under 1b").heard.narrowing
