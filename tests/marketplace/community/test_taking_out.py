"""Comments as moderators find them, take them out and show them again; and who may never lead a discussion."""

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from marketplace.community import actions
from marketplace.community.errors import CommentGoneError, NotYourDiscussionError
from marketplace.community.leading import lock_discussion, pin_comment
from marketplace.community.models import Discussion
from marketplace.ground.contents import find_content, kind_of
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.listings.models import Listing

from .talk import NAME, owned, person, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    """Who has published the listing."""
    user = person(1)
    owned(user)
    return user


def decide(key: str, action: Action) -> None:
    category = Category.SPAM if action == Action.HIDE else ""
    with transaction.atomic():
        decision = ModerationDecision.objects.create(
            content=Content.COMMENT, key=key, action=action, category=category, reason="r", moderator="0x" + "0" * 40
        )
        kind = kind_of("comment")
        assert kind
        kind.lock(key)
        kind.mark(key, decision if action == Action.HIDE else None)


def test_a_moderator_sees_what_it_says_and_said(owner: User) -> None:
    said = say(person(2), "One")
    actions.edit_comment(user=person(2), public_id=said.public_id, text="**Two**")
    found = find_content("comment", said.public_id)
    assert found
    assert (found.title, found.text, found.author) == ("Two", "**Two**", person(2).address)
    assert [each.text for each in found.editions] == ["One"]
    assert found.path == f"/comments/{said.public_id}"
    assert find_content("comment", "0" * 24) is None


def test_what_is_taken_out_is_neither_shown_nor_counted_until_it_is_restored(owner: User) -> None:
    said, client = say(person(2), "Unwanted words"), Client()
    pin_comment(user=owner, public_id=said.public_id, is_pinned=True)
    decide(said.public_id, Action.HIDE)
    page = client.get(f"/models/{NAME}/discussion").content.decode()
    assert "Unwanted words" not in page
    assert "Taken out by a moderator: Spam." in page
    assert Listing.objects.get(name=NAME).comments == 0
    assert Discussion.objects.get().pinned is None
    assert client.get(f"/comments/{said.public_id}/history").status_code == 409
    assert "Unwanted words" not in client.get(f"/feeds/models/{NAME}/discussion").content.decode()
    (told,) = client.get(f"/api/v1/listings/{NAME}/discussion").json()["items"]
    assert (told["text"], told["state"]) == (None, "taken-out")
    with pytest.raises(CommentGoneError):
        pin_comment(user=owner, public_id=said.public_id, is_pinned=True)
    with pytest.raises(CommentGoneError):
        actions.edit_comment(user=person(2), public_id=said.public_id, text="Other")
    actions.delete_comment(user=person(2), public_id=said.public_id)
    actions.bring_back_comment(user=person(2), public_id=said.public_id)
    assert Listing.objects.get(name=NAME).comments == 0
    decide(said.public_id, Action.SHOW)
    assert Listing.objects.get(name=NAME).comments == 1
    assert "Unwanted words" in client.get(f"/comments/{said.public_id}").content.decode()


def test_nobody_else_leads(owner: User) -> None:
    said = say(owner)
    with pytest.raises(NotYourDiscussionError):
        pin_comment(user=person(2), public_id=said.public_id, is_pinned=True)
    with pytest.raises(NotYourDiscussionError):
        lock_discussion(user=person(2), subject="listing", key=NAME, is_locked=True)
    moderator = person(3)
    moderator.moderates = True
    pin_comment(user=moderator, public_id=said.public_id, is_pinned=True)
    other = say(person(2))
    pin_comment(user=moderator, public_id=other.public_id, is_pinned=False)  # it was not, so nothing changes
    assert Discussion.objects.get().pinned == said
