"""The kinds of notices about access to gated models."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.addresses import checksum
from accounts.notifications.kinds import Data, Kind
from common.templatetags.look import hash_short

from .models import RequestState

ACCESS = gettext_lazy("Access to models")


def _answered(data: Data) -> str:
    approved = data["state"] == RequestState.APPROVED
    sentence = _("You have been let in to %(name)s") if approved else _("The seller of %(name)s has declined access")
    return sentence % {"name": data["listing"]}


ASKED = Kind(
    name="access-asked",
    topic=ACCESS,
    label=gettext_lazy("A request for access to a model of yours"),
    hint=gettext_lazy("When somebody asks for a gated model that you sell."),
    icon="door-open",
    title=lambda data: (
        _("%(who)s asks for access to %(name)s") % {"who": hash_short(checksum(data["asker"])), "name": data["listing"]}
    ),
    text=lambda data: data["text"],
    path=lambda data: reverse("access-requests"),
)
ANSWERED = Kind(
    name="access-answered",
    topic=ACCESS,
    label=gettext_lazy("An answer to a request for access"),
    hint=gettext_lazy("When a seller lets you in, or declines."),
    icon="door-open",
    title=_answered,
    text=lambda data: data["answer"],
    path=lambda data: reverse("access-request", args=data["listing"].split("/", 1)),
)
