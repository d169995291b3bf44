"""Atom feeds in pages."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.xmlutils import SimplerXMLGenerator


class PagedFeed(Atom1Feed):
    """An Atom feed in pages (RFC 5005): ``feed["next"]`` is the address of what is older."""

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        if self.feed["next"]:
            handler.addQuickElement("link", "", {"rel": "next", "href": self.feed["next"]})


def answer_feed(feed: Atom1Feed) -> HttpResponse:
    """Answer with a feed."""
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
