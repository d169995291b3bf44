"""Tells the owner of a key that much of what it may spend is spent, that it ends, or that their balance runs low."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.notifications.kinds import Data, Kind
from inference.keys.windows import Cap

TOPIC = gettext_lazy("API keys and your balance")


def _key_page(data: Data) -> str:
    return reverse("api-key", args=[data["key"]])


def _cap_title(data: Data) -> str:
    words = {"name": data["name"], "level": data["level"], "span": Cap(data["cap"]).label}
    if data["level"] == 100:
        return _("%(name)s has spent all that it may spend %(span)s") % words
    return _("%(name)s has spent %(level)s %% of what it may spend %(span)s") % words


def _cap_text(data: Data) -> str:
    said = _("%(spent)s of %(limit)s.") % {"spent": data["spent"], "limit": data["limit"]}
    if data["level"] == 100:
        return f"{said} {_('Calls that cost something are refused until then, or until you raise it.')}"
    return said


CAP = Kind(
    name="key-cap",
    topic=TOPIC,
    label=gettext_lazy("A key comes close to a cap"),
    hint=gettext_lazy("When a key has spent 50, 80, 95 and 100 % of what you let it spend."),
    icon="gauge",
    title=_cap_title,
    text=_cap_text,
    path=_key_page,
)
LOW = Kind(
    name="balance-low",
    topic=TOPIC,
    label=gettext_lazy("Your balance for calls runs low"),
    hint=gettext_lazy("When less than a tenth of your last deposit is left."),
    icon="wallet",
    title=lambda data: _("%(left)s left for calls") % {"left": data["left"]},
    text=lambda data: _("Less than a tenth of your last deposit is left. Top it up in one click."),
    path=lambda data: reverse("api-keys"),
)
ENDS = Kind(
    name="key-ends",
    topic=TOPIC,
    label=gettext_lazy("A key ends soon"),
    hint=gettext_lazy("A week before a key that was used lately stops working."),
    icon="clock",
    title=lambda data: _("%(name)s works until %(day)s") % {"name": data["name"], "day": data["day"]},
    path=_key_page,
)
KINDS = (CAP, LOW, ENDS)
