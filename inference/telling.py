"""Tells a seller that one of their servers no longer answers, or does again."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.notifications.kinds import Data, Kind
from accounts.notifications.making import notify

from .models import Upstream, UpstreamState
from .probe_words import sentence_of

TOPIC = gettext_lazy("Models that you sell")


def _page(data: Data) -> str:
    owner, _slash, name = str(data["listing"]).partition("/")
    return reverse("listing-upstreams", args=[owner, name])


DOWN = Kind(
    name="upstream-down",
    topic=TOPIC,
    label=gettext_lazy("A server of yours does not answer"),
    hint=gettext_lazy("When a server that answers for a model of yours has failed several times, and gets no calls."),
    icon="circle-alert",
    title=lambda data: _("A server of %(listing)s does not answer") % {"listing": data["listing"]},
    text=lambda data: (
        _("%(why)s It gets no calls until it answers again; we keep trying.")
        % {"why": sentence_of(data.get("says", ""))}
    ),
    path=_page,
)
BACK = Kind(
    name="upstream-back",
    topic=TOPIC,
    label=gettext_lazy("A server of yours answers again"),
    hint=gettext_lazy("When a server that had failed answers again, and gets calls."),
    icon="check",
    title=lambda data: _("A server of %(listing)s answers again") % {"listing": data["listing"]},
    path=_page,
)
KINDS = (DOWN, BACK)
SILENT = (UpstreamState.DRAINED, UpstreamState.FAILING)


def tell_seller(upstream: Upstream, before: UpstreamState) -> None:
    """Tell of a change that matters for what is sold; of a draft's servers its page says enough."""
    if not upstream.listing or upstream.user is None:
        return
    kind = DOWN if upstream.state in SILENT else BACK
    if upstream.state == UpstreamState.HEALTHY and before not in SILENT:
        return
    data: dict[str, Any] = {"listing": upstream.listing, "says": upstream.says}
    moment = upstream.state_since
    notify(user=upstream.user, kind=kind.name, key=f"{upstream.pk} {moment.isoformat()}", data=data, happened_at=moment)
