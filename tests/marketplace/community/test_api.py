"""Discussions as JSON, and as a feed."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from marketplace.community.leading import pin_comment

from .talk import NAME, owned, person, say

pytestmark = pytest.mark.django_db
API, FEED = f"/api/v1/listings/{NAME}/discussion", f"/feeds/models/{NAME}/discussion"


@pytest.fixture
def owner() -> User:
    """Who has published the listing."""
    user = person(1)
    owned(user)
    return user


def post(client: Client, **said: str) -> Any:
    return client.post(API, json.dumps(said), content_type="application/json")


def test_a_discussion_is_told_with_its_replies(owner: User, client: Client) -> None:
    assert client.get(API).json() == {
        "items": [], "next": None, "comments": 0, "locked": False, "pinned": None, "url": f"/models/{NAME}/discussion"
    }  # fmt: skip
    asked = say(person(2), "Is it **good**?")
    answer = say(owner, "Yes", answers=asked.public_id)
    nested = say(person(2), "Thanks", answers=answer.public_id)
    pin_comment(user=owner, public_id=answer.public_id, is_pinned=True)
    found = client.get(API).json()
    (item,) = found["items"]
    assert (found["comments"], found["pinned"], item["reply_count"]) == (3, answer.public_id, 2)
    assert (item["text"], item["author"], item["badges"]) == ("Is it **good**?", person(2).address, [])
    assert [(each["text"], each["in_reply_to"], each["pinned"]) for each in item["replies"]] == [
        ("Yes", asked.public_id, True), ("Thanks", answer.public_id, False)]  # fmt: skip
    assert item["replies"][0]["badges"] == ["Publisher"]
    assert item["replies"][0]["author_name"] == "acme"
    assert nested.public_id == item["replies"][1]["id"]
    assert client.get(f"{API}?sort=best").status_code == 422
    assert client.get(f"{API}?cursor=x").json()["code"] == "cursor-invalid"
    assert client.get("/api/v1/listings/no/body/discussion").status_code == 404


def test_members_write_and_are_refused_in_words(owner: User, client: Client) -> None:
    assert post(client, text="Hello").status_code == 401
    client.force_login(person(2))
    first, again = (post(client, text="Hello", once="1") for _ in range(2))
    assert (first.status_code, first.json()["id"]) == (201, again.json()["id"])
    reply = post(client, text="More", in_reply_to=first.json()["id"])
    assert reply.json()["in_reply_to"] == first.json()["id"]
    assert post(client, text=" ").json()["code"] == "comment-empty"
    assert post(client, text="a" * 10_001).json()["code"] == "comment-too-long"
    assert post(client, text="a", in_reply_to="0" * 24).json()["code"] == "comment-not-found"
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person(2))
    assert post(strict, text="Hello").status_code == 403


def test_the_feed_has_replies_and_no_script_and_pages(owner: User, client: Client) -> None:
    assert client.get(FEED).status_code == 200
    first = say(person(2), "Hello <script>alert(1)</script> @acme")
    say(owner, "A **reply**\x0b\u2028", answers=first.public_id)
    feed = client.get(FEED).content.decode()
    assert feed.index("A reply") < feed.index("Hello")
    assert "<script" not in feed
    assert f"http://testserver/comments/{first.public_id}" in feed
    for number in range(35):
        say(person(100 + number), str(number))
    assert 'rel="next"' in client.get(FEED).content.decode()
