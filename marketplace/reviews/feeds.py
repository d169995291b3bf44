"""The newest reviews of a model as an Atom feed."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.addresses import checksum
from common.access import public
from common.feeds import PagedFeed, answer_feed
from common.templatetags.look import hash_short
from common.text import clean_line, clean_text
from marketplace.listings.finding import find_listing
from marketplace.listings.models import Listing
from marketplace.scores.bands import used_band
from marketplace.scores.models import Review

from .asked import Asked
from .finding import listed

ENTRIES = 30
KEEP = 300  # seconds


class ReviewsFeed(PagedFeed):
    """A feed that last changed when its model came, where it has no entries."""

    def latest_post_date(self) -> datetime:
        """Return when it last changed."""
        if self.items:
            return super().latest_post_date()
        changed: datetime = self.feed["since"]
        return changed.astimezone(UTC)


@public(cache_seconds=KEEP)
def reviews_feed(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """The newest reviews of a model, whether they count or not."""
    listing = find_listing(owner, name)
    chain = listed(listing.pk, Asked(sort="newest"), request.GET.get("after", ""), limit=ENTRIES)
    page = chain.page(chain.read())
    path, names = reverse("reviews-feed", args=[listing.owner_name, listing.model_name]), listing.name.split("/")
    address = request.build_absolute_uri(path)
    feed = ReviewsFeed(
        title=clean_line(_("Reviews of %(name)s · Citrate Marketplace") % {"name": listing.name}),
        link=request.build_absolute_uri(reverse("reviews", args=names)),
        description="",
        feed_url=address,
        feed_guid=address,
        next=f"{address}?{urlencode({'after': page.next})}" if page.next else "",
        since=listing.created_at,
    )
    for review in page.items:
        _add(feed, request, listing, review)
    return answer_feed(feed)


def _add(feed: ReviewsFeed, request: HttpRequest, listing: Listing, review: Review) -> None:
    words = {"n": review.rating, "who": hash_short(checksum(review.author)), "number": review.version}
    said = [_("Version %(number)s. %(band)s.") % {**words, "band": used_band(review).label}]
    said += [] if review.is_counted else [_("It does not count in the score.")]
    link = request.build_absolute_uri(reverse("review", args=[review.pk]))
    feed.add_item(
        title=clean_line(_("%(n)s of 5 by %(who)s") % words),
        link=link,
        description=clean_text("\n".join(part for part in (review.text, *said) if part)),
        unique_id=link,
        pubdate=review.written_at,
        updateddate=review.edited_at or review.written_at,
        author_name=checksum(review.author),
    )
