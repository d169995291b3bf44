"""Kept pages: what is everybody's is made once, what is somebody's own for each request, and both arrive whole."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.base import Template
from django.test import RequestFactory
from django.urls import ResolverMatch

from accounts.models import User
from common import kept
from common.kept import deflated, kept_page, kept_pages

PAGE = (
    "{{ request.path }} {{ shown }} {{ own_word }}{{ csrf_token }}{{ visitor.address }}"
    "{% if visitor %}{% hole %}<{{ visitor.address }} {{ own_word }}>{% endhole %} and "
    "{% hole %}{{ own_word }}{% endhole %}{% endif %}."
)
MEMBER = User(pk=1, address=f"0x{'c0' * 20}")


@pytest.fixture(autouse=True)
def _page(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    made: Template = engines["django"].from_string(PAGE)  # type: ignore[assignment]
    monkeypatch.setattr(kept, "get_template", lambda name: made)
    kept_pages.clear()
    yield
    kept_pages.clear()


def asked(path: str = "/models", user: User | None = None, **headers: str) -> HttpRequest:
    request = RequestFactory().get(path, headers=headers)
    request.user = user or AnonymousUser()
    request.COOKIES = {"sessionid": "x"} if user else {}
    request.resolver_match = ResolverMatch(lambda: None, (), {}, url_name="models")
    return request


def page(request: HttpRequest, key: object = 1, shown: str = "first", own_word: str = "") -> HttpResponse:
    return kept_page(request, "page", key, lambda: {"shown": shown}, {"own_word": own_word})


def test_what_is_shown_follows_from_the_key_and_what_is_own_from_who_asks() -> None:
    assert page(asked()).content == b"/models first ."
    assert page(asked(), shown="unseen").content == b"/models first ."
    assert page(asked(), key=2, shown="second").content == b"/models second ."
    mine = page(asked(user=MEMBER), own_word="s&1").content.decode()
    assert mine == f"/models first <{MEMBER.address} s&amp;1> and s&amp;1."
    assert b"<" not in page(asked()).content


@pytest.mark.parametrize("again", [{"path": "/models?q=x"}, {"path": "/other"}, {"host": "localhost"}])
def test_each_address_has_a_page_of_its_own(again: dict[str, Any]) -> None:
    page(asked())
    page(asked(**again))
    assert len(kept_pages) == 2


def test_who_forgets_a_hole_gets_an_empty_place_and_gives_nothing_away() -> None:
    page(asked(user=MEMBER), own_word="hidden")
    texts = [piece.plain.decode() for _key, each in kept_pages for piece in each.pieces]
    assert texts == ["/models first ", " and ", "."]


@pytest.mark.parametrize("user", [None, MEMBER])
@pytest.mark.parametrize("shown", ["", "long " * 50_000], ids=["short", "long"])
def test_compressed_it_is_the_same_page(user: User | None, shown: str) -> None:
    answers: list[Any] = [
        page(asked(user=user, accept_encoding=form), shown=shown, own_word="s" * 99) for form in ("", "br, gzip;q=1")
    ]
    plain, zipped = answers
    assert (plain.get("Content-Encoding"), zipped["Content-Encoding"]) == (None, "gzip")
    assert gzip.decompress(zipped.content) == plain.content
    assert [answer["Vary"] for answer in answers] == ["Accept-Encoding"] * 2
    assert zipped["ETag"] == f"W/{plain['ETag']}"


def test_the_tag_tells_pages_apart_by_what_is_own_too() -> None:
    tags = [page(asked(user=MEMBER), own_word=own_word)["ETag"] for own_word in ("a", "b", "a")]
    assert tags[0] == tags[2] != tags[1]


def test_a_piece_refers_to_nothing_before_it() -> None:
    text = b"0123456789abcdef" * 8
    assert len(deflated(text)) == len(deflated(text[:16] * 8))
    assert zlib.decompressobj(-zlib.MAX_WBITS).decompress(deflated(text)) == text
