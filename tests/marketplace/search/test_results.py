"""Cursors that nobody was given: each is refused with a sentence, whatever it holds."""

import base64
import json
from typing import Any

import pytest
from django.test import Client

from common.pages import CursorError
from marketplace.search.results import cursor_after
from marketplace.search.search import Search
from marketplace.search.sorting import ORDERS

pytestmark = pytest.mark.django_db


def made_up(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


KEYS: list[object] = [
    *(10**400, -(10**400), 10**30, 2**63, -(2**63) - 1, 1.5e308, float("nan"), float("inf"), float("-inf"), 1e-400),
    *(None, True, "", "a", "\x00", "\ud800", "x" * 501, "2024-13-01", "9999-99-99", [], {}, [1], {"a": 1}, [[[[1]]]]),
]


@pytest.mark.parametrize("sort", [*ORDERS, "relevance"])
def test_a_made_up_cursor_is_refused_or_leads_somewhere_in_every_order(client: Client, sort: str) -> None:
    tried: list[Any] = [[sort, key, pk] for key in KEYS for pk in (1, 2**63, -(10**400), 1.5, None, "1", [1])]
    tried += [[sort, "words", key, 5] for key in KEYS] + [[sort, 1, 1, 1, 1], [sort], {"a": 1, "b": 2, "c": 3}, 5, None]
    tried += [[sort, "words", "x" * 16, place] for place in (10**400, -1, 0, 1.5, True, 10_001, None)]
    for each in tried:
        try:
            Search(q="bge", sort=sort).page(limit=1, cursor=made_up(each))
        except CursorError:
            continue
        assert sort != "relevance", each
        assert type(each[2]) is int, each


def test_a_cursor_of_text_or_of_deep_nesting_is_refused() -> None:
    for cursor in ("%00", "=", "AAAA", "W" * 900, base64.urlsafe_b64encode(b"[" * 600).decode(), "WzFd\n", "\ud800"):
        with pytest.raises(CursorError):
            Search().page(limit=1, cursor=cursor)


@pytest.mark.parametrize("path", ["/models", "/api/v1/listings", "/models/timm"])
def test_the_page_and_the_api_answer_with_a_sentence(client: Client, path: str) -> None:
    cursor = made_up(["trending", 10**400, 1])
    answer = client.get(path, {"sort": "trending", "cursor": cursor})
    assert answer.status_code == 400
    assert "Start again from the first page" in answer.content.decode()


def test_a_cursor_of_another_search_is_refused() -> None:
    cursor = Search(q="german").page(limit=5).next
    assert Search(q="german").page(limit=5, cursor=cursor).items
    for other in (Search(q="danish"), Search(q="german", chosen={"license": ["mit"]}), Search(q="german", sort="name")):
        with pytest.raises(CursorError):
            other.page(limit=5, cursor=cursor)


def test_a_result_says_how_many_match_and_how_many_only_come_close() -> None:
    for q in ("bge m3", "zzzzqq german reranker", "mistral nemo instruct", "unheardof"):
        search = Search(q=q)
        assert search.result.matching == min(search.count(), 1000), q
        assert search.result.matching + search.close + search.mentioned == len(search.result.ids), q
    assert cursor_after(search.result, 5)
