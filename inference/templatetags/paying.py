"""Tags of the pages of keys and statements."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django import template
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from inference.paying.balances import Fund
from inference.paying.statement import Line, Month

register = template.Library()


@register.simple_tag
def statement_query(of: Month | Fund, month: date) -> str:
    """Return the query of the statement of a currency in a month."""
    return urlencode({"chain": of.chain.short_name, "token": of.token, "month": f"{month:%Y-%m}"})


@register.simple_tag
def calls_query(of: Month, line: Line) -> str:
    """Return the query of the calls of a line of a statement."""
    words = {"chain": of.chain.short_name, "token": of.token, "day": f"{line.at:%Y-%m-%d}"}
    return urlencode({**words, "model": line.listing, "key": line.key})


@register.filter
def key_name(names: Mapping[UUID, str], key: str) -> str:
    """Return what a key is called; one that was erased has no name any more."""
    return names.get(UUID(key)) or _("a key that is gone")
