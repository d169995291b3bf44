"""Nothing of a request is ignored without a word: what means nothing is refused by the API, and said by the page."""

import pytest
from django.test import Client

from marketplace.search.search import Search
from tests.factories.marketplace import listing

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/api/v1/listings", "/api/v1/facets", "/api/v1/listings/BAAI/bge-m3/why"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("sort", "nope"), ("sort", "NEWEST"), ("sort", "newest,name"), ("size", "huge"), ("runnable", "maybe")),
        *(("price", "cheap"), ("availability", "sold"), ("language", "xx"), ("language", "Klingonese")),
        *(("params", "9..1"), ("released", "2025..2024"), ("context", "8k..4k")),
        *(("params", "often"), ("params", ".."), ("context", "8x"), ("dims", "x2"), ("released", "2024-13-01")),
        *(("license", "x" * 121), ("licence", "mit"), ("page", "2"), ("params_min", "1b"), ("", "x")),
    ],
)
def test_the_api_refuses_what_means_nothing(client: Client, path: str, name: str, value: str) -> None:
    answer = client.get(path, {name: value})
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert [fault["field"] for fault in answer.json()["errors"]] == [name]
    assert all(fault["message"].endswith(".") for fault in answer.json()["errors"])


@pytest.mark.parametrize("name", ["q", "sort", "limit", "cursor", "params", "released"])
def test_what_has_one_value_is_not_given_two(client: Client, name: str) -> None:
    values = {"limit": ["1", "2"], "sort": ["name", "newest"], "released": ["2024", "2025"], "params": ["1b", "2b"]}
    first, second = values.get(name, ["a", "b"])
    answer = client.get(f"/api/v1/listings?{name}={first}&{name}={second}")
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == [name]
    assert client.get(f"/api/v1/listings?{name}={first}&{name}={first}").status_code == (
        400 if name == "cursor" else 200
    )


@pytest.mark.parametrize(
    ("q", "count", "said"),
    [
        ("lang:xx", 0, "“lang:xx” is not a known filter"),
        ("params:often", 0, "“params:often” is not a range"),
        ("🤖", 0, "“🤖” has no letters or digits"),
        ("+++", 0, "“+++” has no letters or digits"),
        ("\u200b", 0, "no visible characters"),
        ("\x01", 0, "no visible characters"),
        ("🤖 license:gemma", 4, "“🤖” has no letters or digits"),
        (" ".join(f"w{n}" for n in range(13)), 0, "Only the first twelve words"),
    ],
)
def test_what_is_typed_and_means_nothing_is_said_by_api_and_page(client: Client, q: str, count: int, said: str) -> None:
    found = client.get("/api/v1/listings", {"q": q}).json()
    assert found["count"] == count
    assert (len(found["items"]) > 0) == (count > 0)
    assert any(said in problem for problem in found["problems"])
    facets = client.get("/api/v1/facets", {"q": q}).json()
    assert (facets["count"], facets["problems"]) == (count, found["problems"])
    page = client.get("/models", {"q": q}).content.decode()
    assert said in page
    assert f"{count} model" in page


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"sort": "nope"}, "“nope” is not a known order"),
        ({"size": "huge"}, "“huge” is not a known value of “size”"),
        ({"params": "often"}, "“often” is not a range"),
        ({"params_min": "x"}, "“x..” is not a range"),
        ({"sort": "relevance"}, "Relevance needs search words"),
        ({"params": ["1b", "2b"]}, "“params” was given more than once"),
        ({"sort": ["name", "newest"]}, "“sort” was given more than once"),
        ({"params": "9..1"}, "“9..1” is not a range"),
        ({"q": "a" * 201}, "Only the first 200 characters"),
    ],
)
def test_the_page_says_what_it_left_out(client: Client, parameters: dict[str, str | list[str]], said: str) -> None:
    assert said not in client.get("/models").content.decode()
    assert said in client.get("/models", parameters).content.decode()
    assert said not in client.get("/models").content.decode()


@pytest.mark.parametrize("language", ["deu", "de", "DE", "German", "Deutsch", "de-AT"])
def test_a_language_may_be_chosen_by_any_of_its_names(client: Client, language: str) -> None:
    german = client.get("/api/v1/listings?language=deu").json()["count"]
    assert client.get("/api/v1/listings", {"language": language}).json()["count"] == german > 50
    assert client.get("/api/v1/listings", {"q": f'lang:"{language}"'}).json()["count"] == german


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("Norwegian Bokma\u030al", "norwegian bokmål"),
        ("ＢＥＲＴ", "bert"),
        ("ﬁnnish", "finnish"),
        ("ber\u200bt", "bert"),
        ("lang：zh-CN", "lang:chinese"),
        ("BERT\u00a0German", "bert german"),
        ("library:PYTORCH license:MIT", "library:pytorch license:mit"),
    ],
)
def test_what_is_written_in_two_ways_finds_the_same(typed: str, same: str) -> None:
    found = Search(q=same)
    assert found.count() > 0
    assert Search.asked(typed, "", lambda name: []).count() == found.count()
    assert Search(q=typed).count() == found.count()


def test_stored_words_are_found_in_whatever_form_they_are_stored() -> None:
    name = listing(training_datasets=["ＱＱＺＺ ﬁ-set Straße Bokma\u030al हिन्दी"]).name
    for q in ("qqzz", "fi set", "STRASSE", '"bokmål"', '"हिन्दी"', "QQZZ ﬁ"):
        assert name in [found.name for found in Search(q=q).page(limit=5).items], q


@pytest.mark.parametrize(
    ("q", "first", "last"),
    [
        ("released:<2024-05-01", None, "2024-04-30"),
        ("released:>2023", "2024-01-01", None),
        ("released:>2023-02-28", "2023-03-01", None),
        ("released:<=2024-02", None, None),
    ],
)
def test_days_beside_a_month_are_days_of_the_calendar(
    client: Client, q: str, first: str | None, last: str | None
) -> None:
    search = Search(q=q)
    days = [f"{each:%Y-%m-%d}" for each in search.listings().values_list("released", flat=True)]
    assert all((first or "") <= day <= (last or "9") for day in days)
    if first or last:
        assert days
        page = client.get("/models", {"q": q}).content.decode()
        assert (first or last or "").replace("-", "") in page  # the typed filter stays in the page's links
