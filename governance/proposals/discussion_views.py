"""The discussion of a proposal, and its feed; what is written goes to the addresses of all discussions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from common.access import public
from marketplace.community import feeds
from marketplace.community.pages import KEEP, discussion_page
from marketplace.community.subjects import find_topic

from .discussed import SUBJECT, key_of


@public(cache_seconds=KEEP)
def proposal_discussion(request: HttpRequest, number: int) -> HttpResponse:
    """What is said about a proposal."""
    return discussion_page(request, find_topic(SUBJECT, key_of(number)))


@public(cache_seconds=feeds.KEEP)
def proposal_discussion_feed(request: HttpRequest, number: int) -> HttpResponse:
    """The newest comments about a proposal."""
    return feeds.feed_of(request, find_topic(SUBJECT, key_of(number)))
