"""Writing, changing and deleting comments. Each says so to whom it concerns, and to open pages after the commit."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.restrictions import Scope, refuse_restricted
from common.text import well_formed
from contracts.indexer.hints import send_hints

from . import telling
from .errors import (
    CommentGoneError,
    CommentNotFoundError,
    DiscussionLockedError,
    NotYourCommentError,
    SubjectHiddenError,
    TooManyEditionsError,
    UndoOverError,
)
from .following import follow_quietly
from .models import MOST_ONCE, Comment, CommentEdition, Discussion, Followed, group_of, new_id
from .pace import refuse_hurry
from .subjects import Topic, find_topic, kind_of
from .texts import cleaned

MOST_EDITIONS = 50
UNDO = timedelta(minutes=10)  # for which a deletion can be taken back; then the words go too


def post_comment(
    *, user: User, subject: str, key: str, text: str, answers: str = "", once: str = "", at: datetime | None = None
) -> Comment:
    """Say something about a subject; ``answers`` is the public id of what it replies to, if anything.

    The same ``once`` says it once, however often it is sent. ``at`` is now, unless a history is told. Raises
    SubjectNotFoundError, SubjectHiddenError, DiscussionLockedError, CommentNotFoundError, CommentGoneError,
    TextMissingError, TextTooLongError, RestrictedError, NewAccountSlowError, TooManyError.
    """
    topic, text, once = find_topic(subject, key), cleaned(text), well_formed(once or new_id())[:MOST_ONCE]
    refuse_restricted(user.address, Scope.WRITING)
    if topic.is_hidden:
        raise SubjectHiddenError
    if said := _said(topic, user, once):
        return said
    if at is None:
        refuse_hurry(user)
    return _post(user, topic, text, well_formed(answers), once, at or timezone.now())


def _said(topic: Topic, user: User, once: str) -> Comment | None:
    about = {"discussion__subject": topic.subject, "discussion__key": topic.key}
    return Comment.objects.filter(**about, author=user.address, once=once).first()


@transaction.atomic
def _post(user: User, topic: Topic, text: str, answers: str, once: str, at: datetime) -> Comment:
    discussion = lock_of(topic)
    # Under the lock once more: two presses may both have come so far.
    if said := _said(topic, user, once):
        return said
    if discussion.locked_at and not topic.is_led_by(user):
        raise DiscussionLockedError
    above = _above(discussion, answers) if answers else None
    root = (above.root or above) if above else None
    comment = Comment.objects.create(
        discussion=discussion, root=root, answers=above, author=user.address, text=text, once=once, written_at=at
    )
    count(discussion, comment, 1)
    follow_quietly(user=user, what=Followed.DISCUSSION, key=topic.name)
    telling.tell_of_comment(topic, comment, user)
    hint(comment.discussion)
    return comment


def _above(discussion: Discussion, public_id: str) -> Comment:
    """Return what is replied to, with the comment below which it stands."""
    found = discussion.all_comments.select_related("root").filter(public_id=public_id).first()
    if found is None:
        raise CommentNotFoundError
    if not found.is_shown:
        raise CommentGoneError
    return found


@transaction.atomic
def edit_comment(*, user: User, public_id: str, text: str) -> Comment:
    """Change what one has said; what it said before stays readable. The same words again change nothing.

    Raises CommentNotFoundError, NotYourCommentError, CommentGoneError, DiscussionLockedError, TooManyEditionsError,
    SubjectHiddenError, TextMissingError, TextTooLongError, RestrictedError, NewAccountSlowError, TooManyError.
    """
    text = cleaned(text)
    refuse_restricted(user.address, Scope.WRITING)
    comment = _own(user, public_id)
    topic = find_topic(comment.discussion.subject, comment.discussion.key)
    if topic.is_hidden:
        raise SubjectHiddenError
    if not comment.is_shown:
        raise CommentGoneError
    if comment.discussion.locked_at and not topic.is_led_by(user):
        raise DiscussionLockedError
    if comment.text == text:
        return comment
    if comment.editions.count() >= MOST_EDITIONS:
        raise TooManyEditionsError
    refuse_hurry(user)
    said_at = comment.edited_at or comment.written_at
    CommentEdition.objects.create(comment=comment, text=comment.text, at=said_at)
    comment.text, comment.edited_at = text, timezone.now()
    comment.save(update_fields=["text", "edited_at"])
    telling.tell_of_mentions(topic, comment, user)
    hint(comment.discussion)
    return comment


@transaction.atomic
def delete_comment(*, user: User, public_id: str) -> Comment:
    """Delete what one has said. Its place stays, and for ten minutes it can be taken back; again changes nothing.

    It is possible in a locked discussion too, and for those who may not write: what is one's own can always go. Raises
    CommentNotFoundError, NotYourCommentError.
    """
    comment = _own(user, public_id)
    if comment.deleted_at:
        return comment
    if comment.is_shown:
        # A hidden comment is not counted already: to take it off twice would make the number wrong for ever.
        count(comment.discussion, comment, -1)
        unpin(comment)
    comment.deleted_at = timezone.now()
    comment.save(update_fields=["deleted_at"])
    hint(comment.discussion)
    return comment


@transaction.atomic
def bring_back_comment(*, user: User, public_id: str) -> Comment:
    """Take a deletion back, within ten minutes; again changes nothing.

    Raises UndoOverError, CommentNotFoundError, NotYourCommentError, RestrictedError.
    """
    refuse_restricted(user.address, Scope.WRITING)
    comment = _own(user, public_id)
    if comment.deleted_at is None:
        return comment
    if not may_bring_back(comment, timezone.now()):
        raise UndoOverError
    comment.deleted_at = None
    comment.save(update_fields=["deleted_at"])
    if comment.is_shown:
        count(comment.discussion, comment, 1)
    hint(comment.discussion)
    return comment


def may_bring_back(comment: Comment, now: datetime) -> bool:
    """Say whether a deleted comment can still be brought back."""
    return comment.deleted_at is not None and bool(comment.text) and now < comment.deleted_at + UNDO


@transaction.atomic
def forget_deleted() -> int:
    """Remove the words of what was deleted ten minutes ago, and of its editions; return how many comments that were."""
    over = Comment.objects.filter(deleted_at__lt=timezone.now() - UNDO).exclude(text="")
    # Whoever is bringing one back holds its lock: it is left alone, and found again in the next minute if need be.
    gone = list(over.select_for_update(skip_locked=True).values_list("pk", flat=True)[:1_000])
    CommentEdition.objects.filter(comment__in=gone).delete()
    return Comment.objects.filter(pk__in=gone).update(text="")


def lock_of(topic: Topic) -> Discussion:
    """Return a topic's discussion, begun where there is none, locked until the transaction ends."""
    # Two steps, because what was just created is not locked against the one who found it.
    begun, _ = Discussion.objects.get_or_create(subject=topic.subject, key=topic.key)
    return Discussion.objects.select_for_update().get(pk=begun.pk)


def _own(user: User, public_id: str) -> Comment:
    """Return the user's comment, locked with its discussion."""
    comment = locked_comment(public_id)
    if comment.author != user.address:
        raise NotYourCommentError
    return comment


def locked_comment(public_id: str) -> Comment:
    """Return a comment, locked: its discussion first, as whoever writes does. Raises CommentNotFoundError."""
    about = Comment.objects.filter(public_id=public_id).values("discussion")
    # The discussion before the comment, always: two who lock in different orders would wait for each other.
    discussion = Discussion.objects.select_for_update().filter(pk__in=about).first()
    if discussion is None:
        raise CommentNotFoundError
    comment = Comment.objects.select_for_update().get(public_id=public_id)
    comment.discussion = discussion
    return comment


def count(discussion: Discussion, comment: Comment, by: int) -> None:
    """Count one more comment that is shown, or one less. The discussion is locked."""
    discussion.comments += by
    Discussion.objects.filter(pk=discussion.pk).update(comments=discussion.comments)
    if comment.root_id:
        Comment.objects.filter(pk=comment.root_id).update(replies=F("replies") + by)
    kind_of(discussion.subject).counted(discussion.key, discussion.comments)


def unpin(comment: Comment) -> None:
    """Take a comment off the top of its discussion, if it stands there."""
    Discussion.objects.filter(pk=comment.discussion_id, pinned=comment).update(pinned=None, pinned_by="")


def hint(discussion: Discussion) -> None:
    """Let open pages look again after the commit."""
    message = {f"discussion.{group_of(discussion.name)}": {"type": "discussion.changed"}}
    transaction.on_commit(lambda: send_hints(message))
