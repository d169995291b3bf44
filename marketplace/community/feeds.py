"""The Atom feed of a discussion: its newest comments, replies among them, a page at a time."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.addresses import checksum
from common.access import public
from common.feeds import PagedFeed, answer_feed
from common.pages import page_of
from common.text import clean_line

from .finding import SORTS, find_discussion
from .listing_subject import SUBJECT
from .models import Comment, Discussion
from .naming import Names, comment_path, names_for
from .subjects import Topic, find_topic
from .texts import gist_of, rendered

ENTRIES = 30
KEEP = 60  # seconds


class TalkFeed(PagedFeed):
    """The feed of a discussion that was ``begun`` at a time."""

    def latest_post_date(self) -> datetime:
        """Return when something was said last; without anything, when it was begun."""
        begun: datetime = self.feed["begun"]
        return super().latest_post_date() if self.items else begun


@public(cache_seconds=KEEP)
def discussion_feed(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """The newest comments about a model."""
    return feed_of(request, find_topic(SUBJECT, f"{owner}/{name}"))


def feed_of(request: HttpRequest, topic: Topic) -> HttpResponse:
    """Answer with the newest comments about a topic. Raises CursorError."""
    discussion = find_discussion(topic, None)
    shown = Comment.objects.shown().filter(discussion=discussion) if discussion.pk else Comment.objects.none()
    page = page_of(shown, SORTS["newest"], limit=ENTRIES, cursor=request.GET.get("cursor", ""))
    older = f"{topic.feed}?{urlencode({'cursor': page.next})}" if page.next else ""
    feed = _open(request, topic, discussion, older)
    names = names_for([each.author for each in page.items], [each.text for each in page.items])
    for each in page.items:
        _add(feed, request, each, names)
    return answer_feed(feed)


def _open(request: HttpRequest, topic: Topic, discussion: Discussion, older: str) -> TalkFeed:
    address = request.build_absolute_uri(topic.feed)
    return TalkFeed(
        title=clean_line(_("Discussion of %(title)s · Citrate Marketplace") % {"title": topic.title}),
        link=request.build_absolute_uri(topic.discussion),
        description="",
        feed_url=address,
        feed_guid=address,
        begun=discussion.begun_at,
        next=request.build_absolute_uri(older) if older else "",
    )


def _add(feed: TalkFeed, request: HttpRequest, comment: Comment, names: Names) -> None:
    link = request.build_absolute_uri(comment_path(comment))
    who = names.accounts.get(comment.author) or checksum(comment.author)
    paths = {name: request.build_absolute_uri(path) for name, path in names.paths_in(comment.text).items()}
    feed.add_item(
        title=clean_line(_("%(who)s: %(gist)s") % {"who": who, "gist": gist_of(comment.text)}),
        link=link,
        description=rendered(comment.text, paths),
        unique_id=link,
        pubdate=comment.written_at,
        updateddate=comment.edited_at or comment.written_at,
        author_name=who,
    )
