"""What may be asked of the treasury's pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django import forms

from contracts.names import COIN
from marketplace.selling.periods import Period

MOST_CURSOR = 1_000  # characters


class AskedForm(forms.Form):
    """A stretch of time, a currency and a page of what left; what cannot be read counts as not asked."""

    period = forms.ChoiceField(choices=[(each.value, each.value) for each in Period], required=False)
    token = forms.RegexField(r"^0x[0-9a-f]{40}\Z", required=False)
    after = forms.CharField(max_length=MOST_CURSOR, required=False)


class TokenForm(forms.Form):
    """The token to release."""

    token = forms.RegexField(r"^0x[0-9a-f]{40}\Z")


class BonusForm(forms.Form):
    """The bonus to claim."""

    epoch = forms.RegexField(r"^[0-9]{1,78}\Z")
    model_id = forms.RegexField(r"^0x[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class Asked:
    """What the page is to show."""

    period: Period
    token: str
    after: str


def asked_in(query: Mapping[str, str]) -> Asked:
    """Return what a query asks for: the coin's last thirty days by default."""
    form = AskedForm(query)
    form.is_valid()
    said = form.cleaned_data
    return Asked(Period(said.get("period") or Period.MONTH), said.get("token") or COIN, said.get("after") or "")
