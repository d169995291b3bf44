"""Ballots, majorities and times of proposals, as pages show them."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common.templatetags.look import compact
from governance.ground.lattice import ONE, whole
from governance.onchain.models.proposals import Support
from governance.proposals.standing import Standing

register = template.Library()


@register.filter
def lattice_short(units: int) -> str:
    """Write an amount of LATTICE in its short form: "24.7 M"."""
    return compact(units // ONE) if units >= ONE or not units else whole(units)


@register.filter
def side(support: int) -> str:
    """Write what a ballot says."""
    return str(Support(support).label)


@register.simple_tag
def majority(standing: Standing, height: int = 8) -> SafeString:
    """Draw how much of the votes for and against is for, with a mark at one half; ``height`` is in CSS pixels."""
    of = {"for": whole(standing.proposal.in_favour), "against": whole(standing.proposal.against)}
    label = _("For: %(for)s. Against: %(against)s. It needs more than half.") % of
    return format_html(
        '<svg class="majority{}" width="100%" height="{}" role="img" aria-label="{}">'
        '<g><rect class="rest" width="100%" y="4" height="{}"/><rect class="for" width="{}%" y="4" height="{}"/></g>'
        '<rect class="half-mark" x="50%" width="2" height="{}"/></svg>',
        "" if standing.decisive else " none",
        str(height + 8),
        label,
        str(height),
        f"{standing.majority_width:g}",
        str(height),
        str(height + 8),
    )


@register.simple_tag
def left(at: datetime, said: str) -> SafeString:
    """Write the time that is left until a moment, which counts down in the browser; the moment itself is on hover."""
    absolute = _("%s UTC") % date_format(at, "j M Y, H:i")
    return format_html('<time datetime="{}" title="{}" data-left>{}</time>', date_format(at, "c"), absolute, said)
