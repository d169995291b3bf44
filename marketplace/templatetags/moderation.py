"""Words and addresses of the moderators' console."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from django import template
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from accounts.addresses import checksum
from marketplace.ground.cases import Case
from marketplace.ground.decisions import Action, Content
from marketplace.moderation.background import outcome_of
from marketplace.moderation.forms import HINTS, title_of

register = template.Library()
MINUTE, HOUR, DAY = 60, 3_600, 86_400
MOST = 60  # characters of a title
PERSONAL = (Content.PROFILE, Content.ACCOUNT)


@register.simple_tag
def queue_query(chosen: Mapping[str, str], **changed: str) -> str:
    """Return the query of an address that keeps what was chosen of the queue, with something changed."""
    kept = {**chosen, **changed}
    return f"?{urlencode(kept)}" if any(kept.values()) else ""


@register.simple_tag
def case_title(case: Case, title: str = "") -> str:
    """Return what a case is about, in a few words."""
    if case.content in PERSONAL:
        address = checksum(case.key)
        return f"{case.get_content_display()} {address[:6]}…{address[-4:]}"
    if case.content == Content.LISTING:
        return case.key
    said = title or case.title
    return f"{case.get_content_display()}: {Truncator(said).chars(MOST)}" if said else str(case.get_content_display())


@register.simple_tag
def age(since: datetime) -> str:
    """Return how long ago something was, in its largest unit."""
    seconds = max(int((timezone.now() - since).total_seconds()), 0)
    if seconds < HOUR:
        return _("%(n)d min") % {"n": seconds // MINUTE}
    if seconds < DAY:
        return _("%(n)d h") % {"n": seconds // HOUR}
    return _("%(n)d d") % {"n": seconds // DAY}


@register.simple_tag
def action_title(action: str, content: str) -> StrOrPromise:
    """Return an action as one does it to a kind of content."""
    return title_of(Action(action), content)


@register.simple_tag
def action_hint(action: str) -> StrOrPromise:
    """Return what an action means, in a few words."""
    return HINTS[Action(action)]


@register.simple_tag
def case_outcome(case: Case) -> str:
    """Return in words how a similar case was decided."""
    return outcome_of(case)


@register.filter
def duration(seconds: float) -> str:
    """Return a time in its largest unit, with one digit behind the point where it is short."""
    for unit, text in ((DAY, _("%(n)s d")), (HOUR, _("%(n)s h")), (MINUTE, _("%(n)s min"))):
        if seconds >= unit:
            return text % {"n": round(seconds / unit, 1)}
    return _("%(n)s s") % {"n": round(seconds)}
