"""Discussions for programs: what the pages show, by the same queries, and writing for members."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from accounts.visitors import user_of
from common.access import member_api, public_api

from .actions import post_comment
from .finding import find_discussion, threads_of
from .listing_subject import SUBJECT
from .models import MOST_ONCE, MOST_TEXT, Comment
from .presenting import Look, Said
from .subjects import Topic, find_topic

router = Router(tags=["Discussions"])
MOST_ITEMS = 50


class CommentOut(Schema):
    """A comment. What was deleted or taken out has a null text; ``replies`` are the first of ``reply_count``."""

    id: str
    author: str
    author_name: str | None = Field(description="Name of the author's account, null without one.")
    badges: list[str] = Field(description="What the author is to the subject.")
    text: str | None = Field(description="Markdown, as it was written; not to be trusted.")
    state: Literal["shown", "deleted", "taken-out"]
    in_reply_to: str | None = Field(description="Id of the comment that it answers.")
    pinned: bool
    written: datetime
    edited: datetime | None
    url: str = Field(description="Path of its page.")


class ThreadOut(CommentOut):
    """A comment that answers none, with its first replies."""

    reply_count: int
    replies: list[CommentOut]


class DiscussionOut(Schema):
    """A page of a discussion."""

    items: list[ThreadOut]
    next: str | None = Field(description="`cursor` of the next page; null at the end.")
    comments: int = Field(description="Comments and replies that are shown, on all pages.")
    locked: bool
    pinned: str | None = Field(description="Id of the pinned answer.")
    url: str = Field(description="Path of its page.")


class DiscussionQuery(Schema):
    """Which page of a discussion."""

    sort: Literal["newest", "oldest", "replies"] = Field("newest", description="`newest`, `oldest` or `replies`.")
    limit: int = Field(20, ge=1, le=MOST_ITEMS, description="Items in one answer.")
    cursor: str = Field("", max_length=1000, description="`next` of the answer before.")


class CommentIn(Schema):
    """What is to be said."""

    text: str = Field(max_length=4 * MOST_TEXT, description="Markdown, at most 10,000 characters.")
    in_reply_to: str = Field("", max_length=24, description="Id of the comment that it answers.")
    once: str = Field("", max_length=MOST_ONCE, description="The same value again says it once.")


@router.get("/listings/{owner}/{name}/discussion", response=DiscussionOut, summary="Read a model's discussion")
@public_api
def read_listing_discussion(
    request: HttpRequest, owner: str, name: str, query: Query[DiscussionQuery]
) -> dict[str, Any]:
    """What is said about a model, with the first replies to each comment."""
    return told(find_topic(SUBJECT, f"{owner}/{name}"), query)


@router.post("/listings/{owner}/{name}/discussion", response={201: CommentOut}, summary="Comment on a model")
@member_api
def write_in_listing_discussion(request: HttpRequest, owner: str, name: str, said: CommentIn) -> Status[dict[str, Any]]:
    """Say something about a model, or answer a comment. Send the page's token as `X-CSRFToken`."""
    return Status(201, write(request, find_topic(SUBJECT, f"{owner}/{name}"), said))


def told(topic: Topic, query: DiscussionQuery) -> dict[str, Any]:
    """Return a page of a topic's discussion as JSON. Raises CursorError."""
    discussion = find_discussion(topic, None)
    threads = threads_of(discussion, query.sort, query.cursor, query.limit)
    look = Look.at(topic, discussion, None)
    _pinned, shown = look.threads(threads)
    return {
        "items": [
            {
                **_said(each.said),
                "reply_count": each.said.comment.replies,
                "replies": [_said(one) for one in each.replies],
            }
            for each in shown
        ],
        "next": threads.next or None,
        "comments": discussion.comments,
        "locked": discussion.locked_at is not None,
        "pinned": discussion.pinned.public_id if discussion.pinned else None,
        "url": topic.discussion,
    }


def write(request: HttpRequest, topic: Topic, said: CommentIn) -> dict[str, Any]:
    """Say something about a topic for a member's program; return it as JSON."""
    user = user_of(request)
    comment = post_comment(
        user=user, subject=topic.subject, key=topic.key, text=said.text, answers=said.in_reply_to, once=said.once
    )
    return _said(Look.at(topic, comment.discussion, user).shown([comment])[0])


def _said(said: Said) -> dict[str, Any]:
    comment = said.comment
    return {
        "id": comment.public_id,
        "author": comment.author,
        "author_name": said.name or None,
        "badges": [str(badge.label) for badge in said.badges],
        "text": comment.text if comment.is_shown else None,
        "state": _state(comment),
        "in_reply_to": comment.answers.public_id if comment.answers else None,
        "pinned": said.is_pinned,
        "written": comment.written_at,
        "edited": comment.edited_at,
        "url": said.path,
    }


def _state(comment: Comment) -> str:
    if comment.decision_id is not None:
        return "taken-out"
    return "deleted" if comment.deleted_at else "shown"
