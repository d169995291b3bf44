"""What everybody's programs can follow: proposals as Atom, votes as a calendar."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from accounts.addresses import checksum
from common.access import public
from common.calendars import answer_calendar
from common.text import clean_line, clean_text
from governance.ground.errors import NoDaoError
from governance.ground.home import home_chain
from governance.onchain.models.proposals import OnchainProposal

from .dates import all_dates
from .finality import final_of

ENTRIES = 50
MOST_SUMMARY = 1_000  # characters
KEEP = 60  # seconds


@public(cache_seconds=KEEP)
def dao_feed(request: HttpRequest) -> HttpResponse:
    """The newest proposals that are final. Raises NoDaoError."""
    chain = home_chain()
    final = final_of(chain)
    if final is None:
        raise NoDaoError
    address = request.build_absolute_uri(reverse("dao-feed"))
    feed = Atom1Feed(
        title=_("Proposals · Citrate Marketplace"),
        link=request.build_absolute_uri(reverse("dao")),
        description="",
        feed_url=address,
        feed_guid=address,
    )
    known = OnchainProposal.objects.filter(chain=chain, proposed_block__lte=final.number)
    for each in known.order_by("-number")[:ENTRIES]:
        _add(feed, request, each)
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


def _add(feed: Atom1Feed, request: HttpRequest, each: OnchainProposal) -> None:
    address = request.build_absolute_uri(reverse("proposal", args=[each.number]))
    words = {"number": each.number, "title": each.title}
    feed.add_item(
        title=clean_line(_("Proposal %(number)d: %(title)s") % words),
        link=address,
        description=clean_text(each.description[: 2 * MOST_SUMMARY])[:MOST_SUMMARY],
        # With its transaction: a chain that is begun anew has proposals of the same numbers.
        unique_id=f"{address}#{each.proposed_tx}",
        pubdate=each.proposed_at,
        updateddate=each.proposed_at,
        author_name=checksum(each.proposer),
    )


@public(cache_seconds=KEEP)
def dao_calendar(request: HttpRequest) -> HttpResponse:
    """When votes open and close, and when what has passed can be executed. Raises NoDaoError."""
    origin = f"{request.scheme}://{request.get_host()}"
    return answer_calendar(_("Citrate: votes of the DAO"), all_dates(origin))
