"""Comments as moderators decide about them: how they are found, and taken out."""

from __future__ import annotations

from marketplace.ground.contents import Edition, Kind, Subject
from marketplace.ground.decisions import Content, ModerationDecision

from .actions import count, hint, locked_comment, unpin
from .errors import SubjectNotFoundError
from .listing_subject import SUBJECT
from .models import Comment
from .naming import comment_path
from .subjects import find_topic
from .texts import gist_of


def find(key: str) -> Subject | None:
    """Return a comment by its public id."""
    comment = Comment.objects.select_related("discussion", "decision").filter(public_id=key).first()
    if comment is None:
        return None
    about = comment.discussion
    try:
        topic = find_topic(about.subject, about.key)
    except SubjectNotFoundError:  # a chain may have taken the proposal back
        topic = None
    return Subject(
        content=Content.COMMENT,
        key=key,
        # What its author has deleted is for moderators alone.
        title=("" if comment.deleted_at else gist_of(comment.text)) or (topic.title if topic else about.key),
        path=comment_path(comment),
        author=comment.author,
        text=comment.text,
        at=comment.written_at,
        parties=frozenset({comment.author, *(topic.owners if topic else ())}),
        decision=comment.decision,
        facts={"of_listing": about.key} if about.subject == SUBJECT else {},
        editions=[Edition(each.at, each.text) for each in comment.editions.order_by("at", "pk")],
    )


def lock(key: str) -> Comment:
    """Lock a comment and its discussion; raises CommentNotFoundError."""
    return locked_comment(key)


def mark(key: str, decision: ModerationDecision | None) -> None:
    """Take a comment out by a decision, or show it again without one. Raises CommentNotFoundError."""
    comment = locked_comment(key)
    was_shown = comment.is_shown
    comment.decision = decision
    comment.save(update_fields=["decision"])
    if comment.is_shown != was_shown:
        count(comment.discussion, comment, 1 if comment.is_shown else -1)
    if decision:
        unpin(comment)
    hint(comment.discussion)


KIND = Kind(Content.COMMENT, find, lock, mark)
