"""What holders of a model are told about its releases."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.notifications.kinds import Data, Kind

HELD = gettext_lazy("What you hold")


def _path(data: Data) -> str:
    return reverse("version", args=[*data["listing"].split("/", 1), data["number"]])


RELEASED = Kind(
    name="release-new",
    topic=HELD,
    label=gettext_lazy("A new version of a model you hold"),
    hint=gettext_lazy("When it is final on chain. Your pass or subscription covers it."),
    icon="package",
    title=lambda data: _("%(listing)s has version %(number)s, which is yours too") % data,
    text=lambda data: str(data.get("text", "")),
    path=_path,
)
DEPRECATED = Kind(
    name="release-deprecated",
    topic=HELD,
    label=gettext_lazy("A version you hold should not be used any more"),
    hint=gettext_lazy("When its seller says so. It goes on working."),
    icon="archive",
    title=lambda data: _("%(listing)s %(number)s should not be used any more") % data,
    text=lambda data: _("Its seller says: “%(text)s”") % data,
    path=_path,
)
YANKED = Kind(
    name="release-yanked",
    topic=HELD,
    label=gettext_lazy("A version you hold was withdrawn"),
    hint=gettext_lazy("When its seller offers it to nobody new. You keep its files."),
    icon="undo-2",
    title=lambda data: _("%(listing)s %(number)s was withdrawn by its seller") % data,
    text=lambda data: _("The reason: “%(text)s” You keep its files.") % data,
    path=_path,
)
KINDS = (RELEASED, DEPRECATED, YANKED)
