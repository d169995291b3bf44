"""The page of a discussion, whatever its subject: the packages that own a subject's addresses answer with it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.visitors import user_or_none
from common.errors import DomainError
from common.htmx import render_page

from .finding import NEWEST, SORTS, find_comment, find_discussion, replies_from, threads_of
from .models import MOST_TEXT, Comment, new_id
from .presenting import Look
from .subjects import Topic, find_topic

SORT_WORDS = {"newest": _("Newest"), "oldest": _("Oldest"), "replies": _("Most replies")}
KEEP = 5  # seconds that a visitor's page may be old


@dataclass(frozen=True)
class Unsent:
    """What somebody wrote that was refused, and why; ``answers`` is the public id of what it replies to."""

    text: str = ""
    answers: str = ""
    error: DomainError | None = None


def discussion_page(request: HttpRequest, topic: Topic, unsent: Unsent | None = None) -> HttpResponse:
    """Answer with a discussion: its pinned answer, a page of comments with their first replies, and the form."""
    user, sort = user_or_none(request), request.GET.get("sort", NEWEST)
    sort, cursor = sort if sort in SORTS else NEWEST, request.GET.get("after", "")
    discussion = find_discussion(topic, user)
    look = Look.at(topic, discussion, user)
    threads = threads_of(discussion, sort, cursor)
    pinned, shown = look.threads(threads)
    context = {
        **_about(look, unsent),
        "pinned": pinned,
        "threads": shown,
        "sorts": [(name, label, name == sort) for name, label in SORT_WORDS.items()],
        "first": f"?{urlencode({'sort': sort})}" if cursor else "",
        "next": f"?{urlencode({'sort': sort, 'after': threads.next})}" if threads.next else "",
    }
    return _answer(request, "marketplace/community/discussion.html", context, unsent)


def comment_page(request: HttpRequest, public_id: str, unsent: Unsent | None = None) -> HttpResponse:
    """Answer with one comment at its permalink: the one above it, what was said below, and the form to reply."""
    target = find_comment(public_id)
    topic = find_topic(target.discussion.subject, target.discussion.key)
    user, cursor = user_or_none(request), request.GET.get("after", "")
    look = Look.at(topic, find_discussion(topic, user), user)
    root = target.root or target
    replies, is_later = replies_from(root, target, cursor)
    said, *below = look.shown([root, *replies.items])
    context = {
        **_about(look, unsent),
        "said": said,
        "replies": below,
        "target": target,
        "reply_to": next((each for each in (said, *below) if each.comment.pk == target.pk), said),
        "first": "?after=" if is_later else "",
        "next": f"?{urlencode({'after': replies.next})}" if replies.next else "",
    }
    return _answer(request, "marketplace/community/comment.html", context, unsent)


def _about(look: Look, unsent: Unsent | None) -> dict[str, Any]:
    return {
        "topic": look.topic,
        "discussion": look.discussion,
        "look": look,
        "unsent": unsent,
        "once": new_id(),
        "most_text": MOST_TEXT,
    }


def _answer(request: HttpRequest, template: str, context: dict[str, Any], unsent: Unsent | None) -> HttpResponse:
    response = render_page(request, template, context, fragments=("discussion",))
    if unsent and unsent.error:
        response.status_code = unsent.error.status if unsent.error.status >= HTTPStatus.BAD_REQUEST else 422
    return response


def place_of(comment: Comment, topic: Topic) -> str:
    """Return where a new comment is seen: on top of the discussion, or below what it answers."""
    mark = f"#c-{comment.public_id}"
    if comment.root_id is None:
        return f"{topic.discussion}{mark}"
    return f"/comments/{comment.public_id}{mark}"
