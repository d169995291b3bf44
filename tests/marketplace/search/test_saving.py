"""Saved searches: kept whole or refused, and what asking for their news costs."""

from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from marketplace.search.errors import SearchNotUnderstoodError, SearchTooLongError
from marketplace.search.saved import MOST_QUERY, MOST_TITLE, SavedSearch
from marketplace.search.saving import news_of, save_search, search_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> User:
    return User.objects.create(address="0x" + "ab" * 20)


@pytest.mark.parametrize("words", ["模" * 160, "型" * 200, "é" * 200, "ہندی " * 39 + "x", "🤖bert" * 33])
def test_a_search_in_any_script_is_kept_whole(client: Client, reader: User, words: str) -> None:
    client.force_login(reader)
    assert client.post("/account/searches/save", {"query": urlencode({"q": words})}).status_code == 302
    saved = SavedSearch.objects.get(user=reader)
    assert QueryDict(saved.query)["q"] == search_in(urlencode({"q": words})).words
    assert len(saved.title) <= MOST_TITLE
    again = save_search(user=reader, query=saved.query)
    assert again == saved
    assert client.get(saved.get_absolute_url()).status_code == 200
    assert client.get("/account/searches").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        urlencode([("license", f"{n}{'模' * 118}") for n in range(20)]),
        "&".join(f"a{n}=1" for n in range(1001)),
    ],
)
def test_a_search_that_is_too_long_is_refused_and_not_cut(client: Client, reader: User, query: str) -> None:
    with pytest.raises(SearchTooLongError, match="characters, and 4,000 are kept"):
        save_search(user=reader, query=query)
    client.force_login(reader)
    answer = client.post("/account/searches/save", {"query": query})
    assert answer.status_code == 422
    assert "too long to be kept" in answer.content.decode()
    assert not SavedSearch.objects.exists()


@pytest.mark.parametrize(
    "query", ["q=lang:xx", "sort=nope", "q=%2B%2B%2B", "size=huge", "q=german+params:often", "q=%01"]
)
def test_a_search_that_means_nothing_is_refused_with_what_is_wrong(client: Client, reader: User, query: str) -> None:
    with pytest.raises(SearchNotUnderstoodError):
        save_search(user=reader, query=query)
    client.force_login(reader)
    answer = client.post("/api/v1/saved-searches", {"query": query}, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["detail"].endswith(".")
    too_long = client.post("/api/v1/saved-searches", {"query": "q" * (MOST_QUERY + 1)}, content_type="application/json")
    assert too_long.status_code == 422


def test_saved_searches_cost_one_query_each_and_three_with_words(reader: User) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            news_of(reader)
        return len(asked)

    nothing = cost()
    for language in ("deu", "dan", "fra"):
        save_search(user=reader, query=f"language={language}")
    assert cost() == nothing + 3
    for word in ("german", "danish"):
        save_search(user=reader, query=f"q={word}")
    assert cost() <= nothing + 3 + 2 * 4  # the ranking sets a limit of time, and takes it back
