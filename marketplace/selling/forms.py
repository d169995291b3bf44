"""What a seller chooses to see."""

from __future__ import annotations

import re

from django import forms
from django.http import QueryDict

from contracts.models import Chain
from marketplace.ground.patterns import HASH
from marketplace.money.takings import CurrencyKey

from .desk import Choice
from .periods import Period

CURRENCY = re.compile(r"([a-z0-9-]{1,32}):(0x[0-9a-f]{40})")  # a chain's short name, and the token there


class SalesForm(forms.Form):
    """Which sales are listed: of one model, or of all, and from where on."""

    model = forms.RegexField(HASH, required=False)
    after = forms.CharField(max_length=500, required=False)


def choice_in(data: QueryDict, chains: dict[int, Chain]) -> Choice:
    """Return the stretch of time and the currency that an address names; what it names wrongly is left to the page."""
    named = data.get("period", "")
    period = Period(named) if named in set(Period) else Period.MONTH
    return Choice(period, _currency(data.get("currency", ""), chains))


def _currency(named: str, chains: dict[int, Chain]) -> CurrencyKey | None:
    found = CURRENCY.fullmatch(named)
    if not found:
        return None
    return next(((pk, found[2]) for pk, chain in chains.items() if chain.short_name == found[1]), None)
