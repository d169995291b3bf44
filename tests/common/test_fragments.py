"""Fragments show what they are given and nothing else, and are bounded."""

import re

import pytest
from django.test import Client
from django.utils.translation import override

from accounts.addresses import checksum
from accounts.models import User
from common.fragments import Fragments, Lately, fragments
from common.kept import kept_pages
from marketplace.templatetags.community import TOKEN

NAV = "components/nav.html"
ITEMS = [{"name": "models", "label": "<Models>", "pages": ("models",)}]


def test_the_same_key_is_rendered_once_and_another_anew() -> None:
    kept = Fragments()
    first = kept.render(NAV, "here", {"nav": ITEMS})
    assert "&lt;Models&gt;" in first
    assert kept.render(NAV, "here", {"nav": []}) is first
    assert kept.render(NAV, "there", {"nav": []}) != first


def test_each_language_has_its_own() -> None:
    kept = Fragments()
    for language in ("en", "de"):
        with override(language):
            kept.render(NAV, "", {"nav": ITEMS})
    assert len(kept) == 2


def test_a_value_of_a_moment_ago_is_given_again_until_its_time_is_over() -> None:
    numbers = iter(range(9))
    lately, never = Lately[int](60, most=2), Lately[int](0)
    assert [lately.get(key, lambda: next(numbers)) for key in "aabbca"] == [0, 0, 1, 1, 2, 3]
    assert never.get("a", lambda: next(numbers)) != never.get("a", lambda: next(numbers))


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/models", "/models?view=grid", "/models/BAAI/bge-m3", "/"])
def test_nothing_of_a_visitor_is_in_any_fragment(path: str) -> None:
    fragments.clear()
    kept_pages.clear()
    user = User.objects.create(address=f"0x{'c0' * 20}")
    client = Client()
    client.force_login(user)
    session = client.session
    session["chain_id"] = 31337
    session.save()
    assert session.session_key
    page = client.get(path)
    token = re.search(r'X-CSRFToken": "(\w+)"', page.content.decode())[1]  # type: ignore[index]
    assert checksum(user.address) in page.content.decode()
    texts = [
        *(str(text) for _key, text in fragments),
        *(piece.plain.decode() for _key, kept in kept_pages for piece in kept.pieces),
    ]
    assert texts
    for private in (str(token), session.session_key):
        assert not any(private in text for text in texts)
        assert private not in repr([key for key, _value in (*fragments, *kept_pages)])
    # A form that is kept has a place for the visitor's token, and never a token.
    assert set(re.findall(r'csrfmiddlewaretoken"[^>]*value="(.*?)"', "".join(texts))) <= {TOKEN}
    # The address, which is public, stands in what is kept under that address alone.
    of_the_address = [key for key, text in fragments if checksum(user.address) in str(text)]
    assert of_the_address == [("accounts/_own_face.html", "en", (user.address,))]
    assert not any(checksum(user.address) in piece.plain.decode() for _key, kept in kept_pages for piece in kept.pieces)
