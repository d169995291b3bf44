"""What a user's own programs read at secret addresses: notices as Atom, dates as a calendar."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from common.access import public
from common.calendars import answer_calendar

from . import links
from .dates import dates_of
from .kinds import shown
from .models import Notice

ENTRIES = 50


@public()
def notice_feed(request: HttpRequest) -> HttpResponse:
    """The newest notices of who has the address."""
    user = links.fed(request.GET.get("token", ""))
    newest = list(Notice.objects.shown_to(user.pk)[:ENTRIES])
    feed = Atom1Feed(
        title=_("Your notifications · Citrate Marketplace"),
        link=request.build_absolute_uri(reverse("notifications")),
        description="",
        # Not its address, which is a secret that changes.
        feed_guid=request.build_absolute_uri(f"/u/{user.checksum}#notifications"),
    )
    for each in shown(newest):
        address = request.build_absolute_uri(each.path)
        feed.add_item(
            title=each.title,
            link=address,
            description=each.text,
            unique_id=request.build_absolute_uri(f"{reverse('notifications')}#{each.notice.pk}"),
            pubdate=each.notice.happened_at,
            updateddate=each.notice.happened_at,
            author_name="Citrate",
        )
    answer = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    return _own(answer)


@public()
def own_calendar(request: HttpRequest) -> HttpResponse:
    """The dates of who has the address."""
    user = links.fed(request.GET.get("token", ""))
    return _own(answer_calendar(_("Citrate: my dates"), dates_of(user)))


def _own(answer: HttpResponse) -> HttpResponse:
    # Theirs alone, and looked at again each time: by its tag it is sent only where it changed.
    patch_cache_control(answer, private=True, no_cache=True)
    answer["X-Robots-Tag"] = "noindex"
    return answer
