"""The forms of keys and of money. Amounts are typed in a currency and clean to smallest units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.text import clean_line
from contracts.currencies import Currency
from inference.keys.actions import Caps
from inference.keys.finding import network_read
from inference.keys.models import MOST_NAME, ApiKey
from marketplace.listings.models import Listing
from marketplace.selling.terms_forms import to_units

from .depositing import MOST

MOST_SCOPES = 50
MOST_NETWORKS = 20
MOST_LINES = 10_000  # characters
LAST_DAY = date(2099, 12, 31)
NOTHING = "none"


def _amount(label: Any) -> forms.CharField:
    attrs = {"inputmode": "decimal", "autocomplete": "off"}
    return forms.CharField(label=label, max_length=40, required=False, widget=forms.TextInput(attrs=attrs))


def _lines(label: Any, hint: Any) -> forms.CharField:
    attrs = {"rows": 3, "autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
    widget = forms.Textarea(attrs=attrs)
    return forms.CharField(label=label, help_text=hint, max_length=MOST_LINES, required=False, widget=widget)


class KeyForm(forms.Form):
    """What a key is called, what it may spend and where it works. Blank fields are no limit."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("So that you know it again: where it is used, or what for."),
        max_length=MOST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    token = forms.ChoiceField(
        label=gettext_lazy("What it pays with"),
        help_text=gettext_lazy("Passes, subscriptions and free use are always used first, and cost nothing."),
    )
    cap_total = _amount(gettext_lazy("At most in all"))
    cap_day = _amount(gettext_lazy("A day"))
    cap_week = _amount(gettext_lazy("A week"))
    cap_month = _amount(gettext_lazy("A month"))
    expires = forms.DateField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("It works until that day ends, in UTC. Blank: until you revoke it."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    scopes = _lines(gettext_lazy("Only these models"), gettext_lazy("One a line, as owner/name. Blank: all of them."))
    networks = _lines(
        gettext_lazy("Only from these addresses"),
        gettext_lazy("IP addresses or networks, one a line, such as 203.0.113.0/24. Blank: from everywhere."),
    )
    # What a new key will be: a form that is sent twice makes one.
    once = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, currencies: Sequence[Currency], key: ApiKey | None = None) -> None:
        super().__init__(data, initial=_initial(key, currencies) if key else _blank(currencies))
        self.currencies = {currency.token: currency for currency in currencies}
        self.key = key
        choice = self.fields["token"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101  for the type checker
        choice.choices = [*((each.token, each.symbol) for each in currencies), (NOTHING, _("Nothing: no paid calls"))]
        if key:
            del self.fields["token"]

    @property
    def token_chosen(self) -> str:
        """What it pays with, "" for nothing."""
        if self.key:
            return self.key.token
        chosen = str(self.cleaned_data.get("token", NOTHING))
        return "" if chosen == NOTHING else chosen

    @property
    def caps(self) -> Caps:
        """What was typed, once it is valid."""
        said = self.cleaned_data
        return Caps(said["cap_day"], said["cap_week"], said["cap_month"], said["cap_total"])

    @property
    def limits(self) -> dict[str, Any]:
        """The same with all other limits, as the actions take them."""
        said = self.cleaned_data
        return {
            "caps": self.caps,
            "scopes": said["scopes"],
            "networks": said["networks"],
            "expires_at": said["expires"],
        }

    def clean_name(self) -> str:
        name = clean_line(str(self.cleaned_data["name"]))
        if not name:
            raise ValidationError(_("Give it a name that can be seen."))
        return name[:MOST_NAME]

    def clean_expires(self) -> datetime | None:
        day: date | None = self.cleaned_data["expires"]
        if day is None:
            return None
        if not timezone.now().date() <= day <= LAST_DAY:
            raise ValidationError(_("Choose today or a later day."))
        return datetime.combine(day + timedelta(days=1), time(), UTC)

    def clean_networks(self) -> list[str]:
        found = []
        for line in _said(self.cleaned_data["networks"]):
            try:
                found.append(str(network_read(line)))
            except ValueError as error:
                words = {"line": line[:60]}
                raise ValidationError(_("“%(line)s” is no IP address and no network.") % words) from error
        if len(found) > MOST_NETWORKS:
            raise ValidationError(_("Twenty networks at most."))
        return list(dict.fromkeys(found))

    def clean_scopes(self) -> list[str]:
        wanted = {line.lower(): line for line in _said(self.cleaned_data["scopes"])}
        if len(wanted) > MOST_SCOPES:
            raise ValidationError(_("Fifty models at most."))
        named = Listing.objects.alias(lower=Lower("name")).filter(lower__in=wanted).values_list("name", flat=True)
        found = {name.lower(): name for name in named}
        for lower, line in wanted.items():
            if lower not in found:
                raise ValidationError(_("There is no model named “%(name)s”.") % {"name": line[:100]})
        return [found[lower] for lower in wanted]

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        currency = self.currencies.get(self.token_chosen)
        for name in ("cap_day", "cap_week", "cap_month", "cap_total"):
            said[name] = self._units(name, str(said.get(name, "")), currency)
        if currency and said["cap_total"] is None and "cap_total" not in self.errors:
            self.add_error("cap_total", _("Say what it may spend in all: that is what your wallet authorises."))
        return said

    def _units(self, name: str, text: str, currency: Currency | None) -> int | None:
        if not text.strip() or currency is None:
            return None
        try:
            return amount_in(text, currency)
        except ValidationError as error:
            self.add_error(name, error)
            return None


def amount_in(text: str, currency: Currency) -> int:
    """Return a typed amount in smallest units, more than nothing. Raises ValidationError."""
    units = to_units(text.strip(), currency)
    if units <= 0:
        raise ValidationError(_("Say how much: more than nothing."))
    if units > MOST:
        raise ValidationError(_("This is more than the contract can hold."))
    return units


def _said(text: str) -> list[str]:
    return [line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()]


def _first(currencies: Sequence[Currency]) -> str:
    return currencies[0].token if currencies else NOTHING


def _blank(currencies: Sequence[Currency]) -> dict[str, Any]:
    return {"token": _first(currencies), "once": uuid4()}


def _initial(key: ApiKey, currencies: Sequence[Currency]) -> dict[str, Any]:
    """Return what a key has, as it would be typed."""
    currency = next((each for each in currencies if each.token == key.token), None)
    caps = {
        name: currency.number(cap).replace(",", "")
        for name in ("cap_day", "cap_week", "cap_month", "cap_total")
        if currency and (cap := getattr(key, name)) is not None
    }
    last = (key.expires_at - timedelta(seconds=1)).date() if key.expires_at else None
    lines = {"scopes": "\n".join(key.scopes), "networks": "\n".join(key.networks)}
    return {"name": key.name, "expires": last, **caps, **lines}
