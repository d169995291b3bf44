"""Figures of the DAO, for templates: ``{% lattice proposal.quorum %}``."""

from __future__ import annotations

import re
from datetime import datetime

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.templatetags.look import UNKNOWN
from contracts.models import Chain
from governance.calls.units import span
from governance.ground import lattice as amounts
from governance.ground.home import paused_until

register = template.Library()
ADDRESS = re.compile(r"(0x[0-9a-fA-F]{40})")
register.filter("whole_lattice", amounts.whole)
register.filter("exact_lattice", amounts.exactly)
register.filter("per_cent_of", amounts.per_cent)
register.filter("span", span)


@register.simple_tag
def lattice(amount: int | None, *, unit: bool = False) -> SafeString:
    """Write an amount in whole LATTICE; the exact one is on hover. With ``unit`` its name stands behind it."""
    if amount is None:
        return format_html('<span class="muted">{}</span>', UNKNOWN)
    behind = format_html(' <span class="unit">{}</span>', amounts.SYMBOL) if unit else ""
    given = (str(amount), amounts.exactly(amount), amounts.whole(amount), behind)
    return format_html('<data value="{}" title="{}">{}{}</data>', *given)


@register.simple_tag
def market_pause(chain: Chain | str) -> datetime | None:
    """Return until when the market is paused; None where it is not, or where a page has no chain."""
    return paused_until(chain) if isinstance(chain, Chain) else None


@register.filter
def whole_addresses(text: str) -> SafeString:
    """Set the whole addresses in a sentence apart, so that each stays in one piece where there is room for it."""
    parts = ADDRESS.split(str(text))
    # Every second part is an address.
    return format_html_join("", "{}", ((_set_apart(part) if place % 2 else part,) for place, part in enumerate(parts)))


@register.filter
def short_addresses(text: str) -> SafeString:
    """Shorten the whole addresses in a sentence, where what it is about is said whole elsewhere."""
    parts = ADDRESS.split(str(text))
    short = ((_shortened(part) if place % 2 else part,) for place, part in enumerate(parts))
    return format_html_join("", "{}", short)


def _shortened(address: str) -> SafeString:
    return format_html('<span class="mono" title="{0}">{1}…{2}</span>', address, address[:6], address[-4:])


def _set_apart(address: str) -> SafeString:
    return format_html('<span class="mono whole-address">{}</span>', address)
