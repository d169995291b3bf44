"""Writing, changing and deleting comments: who may, what follows from it, and that twice is once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.restrictions import RestrictedError, Restriction, Scope
from common.limits import TooManyError
from marketplace.community import actions, pace
from marketplace.community.errors import (
    CommentGoneError,
    CommentNotFoundError,
    DiscussionLockedError,
    NewAccountSlowError,
    NotYourCommentError,
    SubjectHiddenError,
    SubjectNotFoundError,
    TextMissingError,
    TextTooLongError,
    TooManyEditionsError,
    UndoOverError,
)
from marketplace.community.leading import lock_discussion, pin_comment
from marketplace.community.models import MOST_TEXT, Comment, CommentEdition, Discussion, Following
from marketplace.ground.decisions import Action, Category, ModerationDecision
from marketplace.listings.models import Listing

from .talk import NAME, owned, person, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    """Who has published the listing."""
    user = person(1)
    owned(user)
    return user


def comments() -> int:
    """How many comments the model's page counts."""
    return Listing.objects.get(name=NAME).comments


def test_what_is_said_is_counted_below_what_it_answers(owner: User) -> None:
    first = say(person(2))
    reply = say(owner, "Yes", answers=first.public_id)
    nested = say(person(2), "Thanks", answers=reply.public_id)
    assert (reply.root, nested.root, nested.answers) == (first, first, reply)
    first.refresh_from_db()
    assert (first.replies, comments(), Discussion.objects.get().comments) == (2, 3, 3)


def test_the_same_form_says_it_once(owner: User) -> None:
    assert say(owner, once="a") == say(owner, "Other words", once="a")
    assert say(owner, once="b") != say(person(2), once="b")
    assert Comment.objects.count() == 3


@pytest.mark.parametrize(
    ("text", "error"),
    [("", TextMissingError), (" \u200b\u202e\n", TextMissingError), ("a" * (MOST_TEXT + 1), TextTooLongError),
     ("a" * 5 * MOST_TEXT, TextTooLongError)],
)  # fmt: skip
def test_nothing_and_too_much_are_refused(owner: User, text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        say(owner, text)


def test_what_is_not_there_cannot_be_discussed_or_answered(owner: User) -> None:
    for subject, key in (("listing", "nobody/nothing"), ("nothing", NAME)):
        with pytest.raises(SubjectNotFoundError):
            actions.post_comment(user=owner, subject=subject, key=key, text="a")
    with pytest.raises(CommentNotFoundError):
        say(owner, answers="0" * 24)
    with pytest.raises(CommentNotFoundError):
        actions.delete_comment(user=owner, public_id="0" * 24)


def test_edits_keep_what_was_said_and_the_same_words_change_nothing(owner: User) -> None:
    said = say(owner, "One")
    actions.edit_comment(user=owner, public_id=said.public_id, text="Two")
    actions.edit_comment(user=owner, public_id=said.public_id, text="Two")
    assert list(CommentEdition.objects.values_list("text", "at")) == [("One", said.written_at)]
    with pytest.raises(NotYourCommentError):
        actions.edit_comment(user=person(2), public_id=said.public_id, text="Three")


def test_a_comment_is_not_edited_for_ever(owner: User) -> None:
    said = say(owner)
    CommentEdition.objects.bulk_create(
        CommentEdition(comment=said, text=str(n), at=said.written_at) for n in range(actions.MOST_EDITIONS)
    )
    with pytest.raises(TooManyEditionsError):
        actions.edit_comment(user=owner, public_id=said.public_id, text="Once more")


def test_a_deletion_leaves_the_place_and_can_be_taken_back_for_a_while(owner: User) -> None:
    said = say(owner)
    reply = say(person(2), answers=said.public_id)
    pin_comment(user=owner, public_id=said.public_id, is_pinned=True)
    for _ in range(2):
        actions.delete_comment(user=owner, public_id=said.public_id)
    assert (comments(), Discussion.objects.get().pinned) == (1, None)
    with pytest.raises(CommentGoneError):
        say(owner, answers=said.public_id)
    with pytest.raises(CommentGoneError):
        actions.edit_comment(user=owner, public_id=said.public_id, text="x")
    for _ in range(2):
        actions.bring_back_comment(user=owner, public_id=said.public_id)
    assert comments() == 2
    actions.delete_comment(user=person(2), public_id=reply.public_id)
    said.refresh_from_db()
    assert (said.replies, comments()) == (0, 1)
    with pytest.raises(NotYourCommentError):
        actions.delete_comment(user=person(2), public_id=said.public_id)


def test_words_that_were_deleted_go_after_ten_minutes(owner: User) -> None:
    said, kept = say(owner), say(owner, "Stays")
    actions.edit_comment(user=owner, public_id=said.public_id, text="Other words")
    actions.delete_comment(user=owner, public_id=said.public_id)
    assert actions.forget_deleted() == 0
    Comment.objects.filter(pk=said.pk).update(deleted_at=timezone.now() - actions.UNDO - timedelta(seconds=1))
    assert (actions.forget_deleted(), actions.forget_deleted()) == (1, 0)
    said.refresh_from_db()
    kept.refresh_from_db()
    assert (said.text, kept.text, CommentEdition.objects.count()) == ("", "Stays", 0)
    with pytest.raises(UndoOverError):
        actions.bring_back_comment(user=owner, public_id=said.public_id)


def test_while_it_is_locked_its_owner_writes_alone_and_anybody_deletes(owner: User) -> None:
    said = say(person(2))
    lock_discussion(user=owner, subject="listing", key=NAME, is_locked=True)
    with pytest.raises(DiscussionLockedError):
        say(person(2))
    with pytest.raises(DiscussionLockedError):
        actions.edit_comment(user=person(2), public_id=said.public_id, text="x")
    assert say(owner).pk
    actions.delete_comment(user=person(2), public_id=said.public_id)
    lock_discussion(user=owner, subject="listing", key=NAME, is_locked=False)
    assert say(person(2)).pk


def test_who_is_paused_writes_nothing_but_may_delete(owner: User) -> None:
    said = say(owner)
    Restriction.objects.create(address=owner.address, scope=Scope.WRITING, decision=1)
    with pytest.raises(RestrictedError):
        say(owner)
    with pytest.raises(RestrictedError):
        actions.edit_comment(user=owner, public_id=said.public_id, text="x")
    assert actions.delete_comment(user=owner, public_id=said.public_id).deleted_at


def test_new_accounts_go_slower_and_are_told_why(owner: User) -> None:
    new = person(3, minutes=5)
    for _ in range(pace.NEW_AN_HOUR):
        say(new)
    with pytest.raises(NewAccountSlowError, match="three days old") as refused:
        say(new)
    assert refused.value.data["retry_after"]
    for _ in range(pace.KNOWN_A_MINUTE):
        say(owner)
    with pytest.raises(TooManyError):
        say(owner)


def test_what_is_sent_again_is_not_counted_again(owner: User) -> None:
    new = person(3, minutes=5)
    for _ in range(2 * pace.NEW_AN_HOUR):
        say(new, once="the same")


def test_fifty_wallets_meet_limits_and_lock_nobody_out(owner: User) -> None:
    """A thousand posts in a minute: sixty pass, and those who are known write as before."""
    passed = 0
    crowd = [person(100 + n, minutes=1) for n in range(50)]
    for number in range(1_000):
        try:
            say(crowd[number % 50], str(number))
            passed += 1
        except NewAccountSlowError:
            pass
    assert passed == pace.ALL_NEW_A_MINUTE
    assert say(owner).pk


def test_known_accounts_meet_a_limit_together_but_never_who_has_written_little(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "ALL_A_MINUTE", 6)
    for number in range(10, 13):
        for _ in range(2):
            say(person(number))
    with pytest.raises(TooManyError):
        [say(person(10)) for _ in range(3)]
    assert say(person(20)).pk


def test_who_writes_follows_the_discussion_once(owner: User) -> None:
    say(owner)
    say(owner)
    assert list(Following.objects.values_list("what", "key")) == [("discussion", f"listing/{NAME}")]


def test_what_is_said_about_something_hidden_is_not_changed() -> None:
    made = owned(person(1))
    said = say(person(2), "Before")
    hidden = ModerationDecision.objects.create(
        content="listing", key=NAME, action=Action.HIDE, category=Category.SPAM, reason="r"
    )
    Listing.objects.filter(pk=made.pk).update(suspension=hidden)
    with pytest.raises(SubjectHiddenError):
        actions.edit_comment(user=person(2), public_id=said.public_id, text="After")
