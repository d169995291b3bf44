"""The pages of a discussion, with forms alone."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from marketplace.community.models import Comment, CommentEdition, Discussion, Following

from .talk import NAME, owned, person, say

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true", "HX-Target": "div#preview"}
PAGE = f"/models/{NAME}/discussion"


@pytest.fixture
def owner() -> User:
    """Who has published the listing."""
    user = person(1)
    owned(user)
    return user


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def write(client: Client, text: str = "A *word*", **more: str) -> Any:
    return client.post("/comments/write", {"subject": "listing", "key": NAME, "text": text, "once": "1", **more})


def test_what_is_written_stands_on_the_page(owner: User) -> None:
    client = as_(owner)
    answer = write(client)
    said = Comment.objects.get()
    assert answer["Location"] == f"{PAGE}#c-{said.public_id}"
    page = client.get(PAGE).content.decode()
    assert "<em>word</em>" in page
    assert "Publisher" in page
    assert f'id="c-{said.public_id}"' in page
    reply = write(as_(person(2)), "Yes", answers=said.public_id, once="2")
    assert reply["Location"].startswith("/comments/")
    assert "Yes" in client.get(PAGE).content.decode()


def test_a_visitor_reads_and_is_asked_to_sign_in(owner: User) -> None:
    said = say(owner)
    page = Client().get(PAGE).content.decode()
    assert "Sign in with your wallet" in page
    assert "<textarea" not in page
    assert write(Client()).status_code == 302
    assert Client().get(f"/comments/{said.public_id}").status_code == 200
    assert Comment.objects.count() == 1


def test_a_refusal_comes_back_with_what_was_written(owner: User) -> None:
    answer = write(as_(owner), "\u200b")
    assert answer.status_code == 422
    assert "Write something first." in answer.content.decode()
    said = say(owner)
    refused = write(as_(owner), "", answers=said.public_id)
    assert refused.status_code == 422


def test_there_is_one_address_for_each_discussion(owner: User) -> None:
    assert Client().get("/models/ACME/Tiny-Embed/discussion")["Location"] == PAGE
    assert Client().get("/models/acme/nothing/discussion").status_code == 404
    assert Client().get(f"/comments/{'0' * 24}").status_code == 404


def test_its_author_edits_deletes_and_brings_back(owner: User) -> None:
    said, client = say(owner, "One"), as_(owner)
    assert "One" in client.get(f"/comments/{said.public_id}/edit").content.decode()
    assert client.post(f"/comments/{said.public_id}/edit", {"text": "Two"}).status_code == 302
    history = Client().get(f"/comments/{said.public_id}/history").content.decode()
    assert history.index("Two") < history.index("One")
    client.post(f"/comments/{said.public_id}/delete")
    page = client.get(PAGE).content.decode()
    assert "Deleted by its author." in page
    assert "Undo" in page
    assert "Undo" not in Client().get(PAGE).content.decode()
    client.post(f"/comments/{said.public_id}/bring-back")
    assert "Two" in client.get(PAGE).content.decode()
    other = as_(person(2))
    assert other.get(f"/comments/{said.public_id}/edit").status_code == 302
    assert other.post(f"/comments/{said.public_id}/edit", {"text": "x"}).status_code == 403
    assert other.post(f"/comments/{said.public_id}/delete").status_code == 403


def test_the_owner_pins_and_locks(owner: User) -> None:
    said, client = say(person(2), "The answer"), as_(owner)
    client.post(f"/comments/{said.public_id}/pin", {"pinned": "yes"})
    page = client.get(PAGE).content.decode()
    assert "Pinned answer" in page
    assert page.count("The answer") == 2
    about = {"subject": "listing", "key": NAME}
    client.post("/comments/lock", {**about, "locked": "yes"})
    locked = as_(person(2)).get(PAGE).content.decode()
    assert "Locked since" in locked
    assert "<textarea" not in locked
    assert as_(person(2)).post("/comments/lock", about).status_code == 403
    client.post("/comments/lock", about)
    client.post(f"/comments/{said.public_id}/pin")
    assert "Pinned answer" not in client.get(PAGE).content.decode()


def test_a_preview_keeps_nothing(owner: User) -> None:
    answer = as_(owner).post(
        "/comments/preview", {"text": "**bold** <script>"}, headers={"HX-Request": "true", "HX-Target": "div#preview"}
    )
    assert b"<strong>bold</strong>" in answer.content
    assert b"<script" not in answer.content
    assert b"<html" not in answer.content
    assert b"Nothing to show yet." in as_(owner).post("/comments/preview", {"text": " "}).content
    assert not Comment.objects.exists()


def test_the_form_to_reply_comes_alone_to_htmx(owner: User) -> None:
    said = say(owner)
    hx = {"HX-Request": "true", "HX-Target": f"div#reply-{said.public_id}"}
    answer = as_(owner).get(f"/comments/{said.public_id}", headers=hx).content.decode()
    assert "<textarea" in answer
    assert "<html" not in answer


def filled(roots: int, replies: int) -> Comment:
    """Fill the discussion; return its first comment, which has all replies."""
    discussion = Discussion.objects.create(subject="listing", key=NAME, comments=roots + replies)
    now = timezone.now()
    made = Comment.objects.bulk_create(
        [
            Comment(discussion=discussion, author=f"0x{n % 50:040x}", text=f"Comment {n} @0x{1:040x}", once=str(n),
                    written_at=now - timedelta(seconds=n))
            for n in range(roots)
        ], batch_size=5_000,
    )  # fmt: skip
    first = made[0]
    Comment.objects.filter(pk=first.pk).update(replies=replies)
    Comment.objects.bulk_create(
        [
            Comment(discussion=discussion, root=first, answers=first, author=f"0x{n % 50:040x}", text=f"Reply {n}",
                    once=f"r{n}", written_at=now + timedelta(seconds=n))
            for n in range(replies)
        ], batch_size=5_000,
    )  # fmt: skip
    return first


def test_pages_ask_few_queries_whatever_was_said(
    owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    first = filled(80_000, 20_000)
    client = as_(owner)
    deep = reverse("comment", args=[Comment.objects.filter(root=first).order_by("-pk")[0].public_id])
    client.get(PAGE)
    pages = [PAGE, f"{PAGE}?sort=replies", f"{PAGE}?sort=oldest", f"/comments/{first.public_id}", deep]
    for page in pages:
        with django_assert_max_num_queries(8):
            assert client.get(page).status_code == 200
    shown = client.get(f"{PAGE}?sort=replies").content.decode()
    assert "Show 19,995 more replies" in shown or "Show 19995 more replies" in shown
    assert "Reply 19999" in client.get(deep).content.decode()


def test_pages_follow_one_another_without_gap(owner: User) -> None:
    filled(45, 60)
    address: str | None = f"/api/v1/listings/{NAME}/discussion?limit=20"
    seen: list[str] = []
    while address:
        found = Client().get(address).json()
        seen += [each["id"] for each in found["items"]]
        address = found["next"] and f"/api/v1/listings/{NAME}/discussion?limit=20&cursor={found['next']}"
    assert len(seen) == len(set(seen)) == 45
    page = Client().get(PAGE).content.decode()
    assert page.count('<li class="thread">') == 20
    following = re.search(r'href="([^"]*)" rel="next"', page)
    assert following
    assert Client().get(PAGE + following[1].replace("&amp;", "&")).content.decode().count('<li class="thread">') == 20
    assert Client().get(f"{PAGE}?after=nonsense").status_code == 400


def test_each_members_button_is_theirs_though_it_is_kept_for_all(owner: User) -> None:
    follower = as_(owner)
    follower.post("/account/following/change", {"what": "model", "key": NAME, "on": "yes"})
    pages = [
        client.get(f"/models/{NAME}").content.decode() for client in (follower, as_(person(2)), follower, Client())
    ]
    forms = [re.search(r'(?s)<form class="follow".*?</form>', page) for page in pages]
    shown = [form[0] for form in forms if form]
    assert ['aria-pressed="true"' in form for form in shown] == [True, False, True, False]
    tokens = [re.findall(r'csrfmiddlewaretoken" value="([A-Za-z0-9]{64})"', form) for form in shown]
    assert list(map(len, tokens)) == [1, 1, 1, 0]
    assert len({token for found in tokens for token in found}) == 3
    for page, found in zip(pages, tokens, strict=False):
        assert all(f'"X-CSRFToken": "{token}"' in page for token in found)  # the one of its page


def test_follow_and_stop(owner: User) -> None:
    client = as_(owner)
    assert b"You follow nothing yet" in client.get("/account/following").content
    for _ in range(2):
        client.post("/account/following/change", {"what": "model", "key": NAME.upper(), "on": "yes"})
    client.post("/account/following/change", {"what": "seller", "key": "acme", "on": "yes"})
    client.post("/account/following/change", {"what": "discussion", "key": f"listing/{NAME}", "on": "yes"})
    assert set(Following.objects.values_list("key", flat=True)) == {NAME, "acme", f"listing/{NAME}"}
    page = client.get("/account/following").content.decode()
    assert page.count("Stop following") == 3
    hx = {"HX-Request": "true", "HX-Target": "form#follow"}
    button = client.post("/account/following/change", {"what": "model", "key": NAME}, headers=hx).content.decode()
    assert "Following" not in button
    assert client.post("/account/following/change", {"what": "model", "key": "a/b", "on": "yes"}).status_code == 404
    assert client.post("/account/following/change", {"what": "x", "key": "a", "on": "yes"}).status_code == 404
    assert "Following" in client.get("/account/following/button?what=seller&key=acme").content.decode()


def test_editions_go_with_a_comment_that_is_gone(owner: User) -> None:
    said = say(owner)
    CommentEdition.objects.create(comment=said, text="before", at=said.written_at)
    as_(owner).post(f"/comments/{said.public_id}/delete")
    assert Client().get(f"/comments/{said.public_id}/history").status_code == 409


def test_odd_names_are_nobody_s_and_break_nothing(owner: User) -> None:
    said, client = say(owner), as_(owner)
    odd = "a\x00/b"
    for what in ("seller", "model", "discussion", odd):
        assert client.post("/account/following/change", {"what": what, "key": odd, "on": "yes"}).status_code == 404
        assert client.post("/account/following/change", {"what": what, "key": odd}).status_code == 302
        assert client.get("/account/following/button", {"what": what, "key": odd}).status_code == 200
    assert client.post("/comments/lock", {"subject": "listing", "key": odd}).status_code == 404
    assert write(client, "a\x00b", once="\x00").status_code in (302, 404)
    body = '{"text": "a\\u0000b", "once": "\\u0000", "in_reply_to": "\\u0000"}'
    answer = client.post(f"/api/v1/listings/{NAME}/discussion", body, content_type="application/json")
    assert answer.status_code == 404
    assert client.post(f"/comments/{said.public_id}/edit", {"text": "c\x00"}).status_code == 302
