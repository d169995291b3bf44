"""What the owner of a subject, and moderators, do with its discussion: locking it, and pinning an answer."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User

from .actions import hint, lock_of, locked_comment
from .errors import CommentGoneError, NotYourDiscussionError
from .models import Comment, Discussion
from .subjects import find_topic


@transaction.atomic
def lock_discussion(*, user: User, subject: str, key: str, is_locked: bool) -> Discussion:
    """Lock a discussion, or open it again; said again it changes nothing.

    Raises NotYourDiscussionError, SubjectNotFoundError.
    """
    topic = find_topic(subject, key)
    if not topic.is_led_by(user):
        raise NotYourDiscussionError
    discussion = lock_of(topic)
    if bool(discussion.locked_at) != is_locked:
        discussion.locked_at = timezone.now() if is_locked else None
        discussion.locked_by = user.address if is_locked else ""
        discussion.save(update_fields=["locked_at", "locked_by"])
        hint(discussion)
    return discussion


@transaction.atomic
def pin_comment(*, user: User, public_id: str, is_pinned: bool) -> Comment:
    """Put a comment on top of its discussion as the answer, in place of another, or take it off again.

    Said again it changes nothing. Raises NotYourDiscussionError, CommentNotFoundError, CommentGoneError.
    """
    comment = locked_comment(public_id)
    discussion = comment.discussion
    if not find_topic(discussion.subject, discussion.key).is_led_by(user):
        raise NotYourDiscussionError
    if is_pinned and not comment.is_shown:
        raise CommentGoneError
    if (discussion.pinned_id == comment.pk) == is_pinned:
        return comment
    discussion.pinned, discussion.pinned_by = (comment, user.address) if is_pinned else (None, "")
    discussion.save(update_fields=["pinned", "pinned_by"])
    hint(discussion)
    return comment
