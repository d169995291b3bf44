"""The kinds of notices about reviews."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.addresses import checksum
from accounts.notifications.kinds import Data, Kind
from common.templatetags.look import hash_short

TOPIC = gettext_lazy("Reviews")
MOST_QUOTED = 300  # characters


def _path(data: Data) -> str:
    return reverse("review", args=[data["key"]])


def _reviewed(data: Data) -> str:
    words = _("%(author)s gave %(name)s %(rating)d of 5 stars")
    return words % {**data, "author": hash_short(checksum(data["author"]))}


def _text(data: Data) -> str:
    return str(data["text"])[:MOST_QUOTED]


REVIEWED = Kind(
    name="reviewed",
    topic=TOPIC,
    label=gettext_lazy("A review of your model"),
    hint=gettext_lazy("When somebody has reviewed a model of yours. You can answer once."),
    icon="star",
    title=_reviewed,
    text=_text,
    path=_path,
)
ANSWERED = Kind(
    name="review-answered",
    topic=TOPIC,
    label=gettext_lazy("An answer to your review"),
    hint=gettext_lazy("When the seller has answered a review of yours."),
    icon="reply",
    title=lambda data: _("The seller has answered your review of %(name)s") % data,
    text=_text,
    path=_path,
)
KINDS = (REVIEWED, ANSWERED)
