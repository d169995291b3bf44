"""The kind of notice by which somebody hears that they are going to be erased: whoever asked may not be they."""

from __future__ import annotations

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.notifications.kinds import Data, Kind


def _title(data: Data) -> str:
    due = parse_datetime(str(data["due"]))
    return _("Your data will be erased on %(time)s UTC") % {"time": date_format(due, "j M Y, H:i") if due else ""}


ERASURE = Kind(
    name="erasure",
    topic=gettext_lazy("Your data"),
    label=gettext_lazy("Your data is going to be erased"),
    hint=gettext_lazy("When somebody has signed in with your address and asked for it. You can undo it for 24 hours."),
    icon="clock",
    title=_title,
    text=lambda _data: _("If that was not you, undo it, and move what you own to another wallet."),
    path=lambda _data: reverse("erase"),
)
