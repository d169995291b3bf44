"""Comments as pages and the API read them: so many at a time, each list by an index of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, Exists, F, Q, QuerySet, Value

from accounts.models import User
from common.pages import Page, SortOrder, bounded_int, instant, page_of

from .errors import CommentNotFoundError
from .models import Comment, Discussion, Followed, Following
from .subjects import Topic

A_PAGE = 20  # comments that answer none
FIRST_REPLIES = 5  # shown below each; the others stand on its own page
A_PAGE_OF_REPLIES = 50
SORTS = {
    "newest": SortOrder("newest", F("written_at"), True, instant),
    "oldest": SortOrder("oldest", F("written_at"), False, instant),
    "replies": SortOrder("replies", F("replies"), True, bounded_int),
}
NEWEST = "newest"


@dataclass(frozen=True)
class Thread:
    """A comment and its first replies, of ``comment.replies`` that are shown."""

    comment: Comment
    replies: list[Comment] = field(default_factory=list)

    @property
    def more(self) -> int:
        """How many replies are not here."""
        return max(0, self.comment.replies - sum(each.is_shown for each in self.replies))


@dataclass(frozen=True)
class Threads:
    """A page of a discussion, and the cursor of the next; "" at the end."""

    items: list[Thread]
    next: str = ""

    def comments(self) -> list[Comment]:
        """Return all that is on it."""
        return [each for thread in self.items for each in (thread.comment, *thread.replies)]


def find_discussion(topic: Topic, user: User | None) -> Discussion:
    """Return a topic's discussion with its pinned answer, and whether a user follows it (``is_followed``).

    Where nobody has said anything it is one that is not kept yet. At most two queries.
    """
    followed = Following.objects.filter(user=user, what=Followed.DISCUSSION, key=topic.name)
    found = Discussion.objects.about(topic.subject, topic.key).select_related("pinned__discussion", "pinned__answers")
    annotated: dict[str, Any] = {"is_followed": _exists(followed, user)}
    discussion = found.annotate(**annotated).first()
    if discussion is None:
        discussion = Discussion(subject=topic.subject, key=topic.key)
        discussion.is_followed = user is not None and followed.exists()
    return discussion


def _exists(followed: QuerySet[Following], user: User | None) -> Exists | Value:
    return Exists(followed) if user else Value(False, output_field=BooleanField())


def threads_of(discussion: Discussion, sort: str = NEWEST, cursor: str = "", limit: int = A_PAGE) -> Threads:
    """Return a page of a discussion with the first replies to each comment. Two queries. Raises CursorError."""
    if discussion.pk is None:
        return Threads([])
    roots = discussion.all_comments.roots().select_related("decision")
    page: Page[Comment] = page_of(roots, SORTS.get(sort, SORTS[NEWEST]), limit=limit, cursor=cursor)
    replies = first_replies(page.items)
    return Threads([Thread(each, replies.get(each.pk, [])) for each in page.items], page.next)


def first_replies(roots: Iterable[Comment]) -> dict[int | None, list[Comment]]:
    """Return the first replies to some comments by the comments' ids. One query, whatever each has."""
    asked = [_replies(root)[:FIRST_REPLIES] for root in roots if root.replies]
    found: dict[int | None, list[Comment]] = {}
    if not asked:
        return found
    pks = asked[0].values("pk").union(*(each.values("pk") for each in asked[1:]), all=True)
    # Whole rows with what belongs to them, by the ids that the union finds by an index each.
    for reply in Comment.objects.filter(pk__in=pks).select_related("answers", "decision").order_by("written_at", "pk"):
        found.setdefault(reply.root_id, []).append(reply)
    return found


def _replies(root: Comment) -> QuerySet[Comment]:
    return Comment.objects.filter(root=root).order_by("written_at", "pk")


def find_comment(public_id: str) -> Comment:
    """Return a comment with its root and discussion. One query. Raises CommentNotFoundError."""
    found = Comment.objects.select_related("discussion", "root__decision", "answers", "decision")
    comment = found.filter(public_id=public_id).first()
    if comment is None:
        raise CommentNotFoundError
    return comment


def replies_from(root: Comment, target: Comment, cursor: str) -> tuple[Page[Comment], bool]:
    """Return a page of the replies to a comment, and whether some stand before it: without a cursor, the page begins
    at ``target`` where the first page does not reach it. At most two queries. Raises CursorError."""
    replies = Comment.objects.filter(root=root).select_related("answers", "decision")
    order = SORTS["oldest"]
    page: Page[Comment] = page_of(replies, order, limit=A_PAGE_OF_REPLIES, cursor=cursor)
    if cursor or target.pk == root.pk or target.pk in {each.pk for each in page.items}:
        return page, bool(cursor)
    later = Q(written_at__gt=target.written_at) | Q(written_at=target.written_at, pk__gte=target.pk)
    return page_of(replies.filter(later), order, limit=A_PAGE_OF_REPLIES), True
