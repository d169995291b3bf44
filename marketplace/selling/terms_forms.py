"""The forms that sellers fill in. Amounts are typed in a currency, parts in per cent; both clean to integers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.addresses import is_address, parse_address
from contracts.currencies import Currency
from contracts.money import BPS
from contracts.names import COIN
from marketplace.onchain.models.listings import ListingState, Plan
from marketplace.onchain.models.pricing import NO_RATE

MOST_PRICE = 2**88 - 1  # of a plan, in smallest units
MOST_RECIPIENTS = 20
MOST_TIERS = 5
MOST_MEMBERS = 5_000
MOST_RESALE_ROYALTY = 1_000  # in 1/10,000, as the contract has it
PERCENT = 100


def to_units(text: str, currency: Currency) -> int:
    """Return a typed amount in smallest units.

    Raises ValidationError for what is no number, is too fine, or is of a currency whose decimals are not known.
    """
    # No default: 18 would be wrong for most dollars, and a price wrong by 10**12 is sold at once.
    if currency.decimals is None:
        words = {"symbol": currency.symbol}
        raise forms.ValidationError(
            _("The decimals of %(symbol)s cannot be read, so no amount can be set. Try again in a moment.") % words
        )
    # As a fraction: a float would round the last digits of 18 decimals.
    exact = to_number(text) * 10**currency.decimals
    if exact.denominator != 1:
        words = {"symbol": currency.symbol, "places": str(currency.decimals)}
        raise forms.ValidationError(_("%(symbol)s has at most %(places)s digits after the point.") % words)
    return int(exact)


def to_bps(text: str) -> int:
    """Return typed per cent in 1/10,000. Raises ValidationError for what is no number, or is finer than that."""
    exact = to_number(text) * PERCENT
    if exact.denominator != 1 or exact > 10 * BPS:
        raise forms.ValidationError(_("Per cent can have two digits after the point."))
    return int(exact)


def to_address(text: str) -> str:
    """Return a typed address in lower case. Raises ValidationError, also where its checksum shows a slip."""
    plain = text.strip()
    # A share or a place on the list for the zero address would be nobody's.
    if not is_address(plain) or plain == COIN:
        raise forms.ValidationError(_("“%(text)s” is not an address.") % {"text": plain[:50]})
    return parse_address(plain)


class PercentField(forms.CharField):
    """Per cent, with at most two digits after the point; cleans to 1/10,000."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def clean(self, value: Any) -> int:
        text = super().clean(value)
        return to_bps(text) if text else 0


class CurrencyForm(forms.Form):
    """A form with amounts in one of the currencies that the chain's market accepts."""

    token = forms.ChoiceField(label=gettext_lazy("Currency"))

    def __init__(self, data: QueryDict | None = None, *, currencies: Sequence[Currency], **options: Any) -> None:
        super().__init__(data, **options)
        self.currencies = {currency.token: currency for currency in currencies}
        # The choices differ by chain, so they cannot stand in the class.
        choice = self.fields["token"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101  for the type checker
        choice.choices = [(token, currency.symbol) for token, currency in self.currencies.items()]

    def amount(self, name: str, most: int) -> int | None:
        """Return a field's amount in smallest units, or None with an error at the field."""
        currency = self.currencies.get(self.cleaned_data.get("token", ""))
        # The field at fault has its error already.
        if currency is None or name not in self.cleaned_data:
            return None
        try:
            units = to_units(self.cleaned_data[name], currency)
        except forms.ValidationError as error:
            self.add_error(name, error)
            return None
        if units > most:
            self.add_error(name, _("This is more than the contract can hold."))
        return units


def _amount_field(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class PlanForm(CurrencyForm):
    """The price of a plan; ``off`` takes it off the listing."""

    plan = forms.TypedChoiceField(
        choices=[(Plan.LASTING.value, ""), (Plan.SUBSCRIPTION.value, "")], coerce=int, widget=forms.HiddenInput
    )
    price = _amount_field(gettext_lazy("Price"))
    off = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.get("off"):
            self.cleaned_data["price"] = self.amount("price", MOST_PRICE)
        return self.cleaned_data


class RatesForm(CurrencyForm):
    """What 1,000,000 tokens cost; ``off`` takes metered use in this currency off the listing."""

    in_per_m = _amount_field(gettext_lazy("1,000,000 tokens read"))
    out_per_m = _amount_field(gettext_lazy("1,000,000 tokens written"))
    off = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.get("off"):
            for name in ("in_per_m", "out_per_m"):
                self.cleaned_data[name] = self.amount(name, NO_RATE - 1)
        return self.cleaned_data

    @property
    def rates(self) -> tuple[int, int] | None:
        """Both rates, or None to take METERED off."""
        cleaned = self.cleaned_data
        return None if cleaned["off"] else (cleaned["in_per_m"], cleaned["out_per_m"])


class PricingForm(forms.Form):
    """Bulk tiers, demand and premium. The tiers come as two lists, ``tier_from`` and ``tier_discount``."""

    demand = forms.BooleanField(label=gettext_lazy("Let demand move the price"), required=False)
    target = forms.IntegerField(
        label=gettext_lazy("Units you expect to sell in a window"), min_value=1, max_value=2**32 - 1, required=False
    )
    floor = PercentField(label=gettext_lazy("Never below, in per cent of the base price"), required=False)
    cap = PercentField(label=gettext_lazy("Never above, in per cent of the base price"), required=False)
    premium = PercentField(label=gettext_lazy("What full marks add, in per cent"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        # A target that was typed wrongly has its own error; a second one would confuse.
        if cleaned.get("demand") and not cleaned.get("target") and "target" in cleaned:
            self.add_error("target", _("Say how many units a window is expected to sell."))
        cleaned["tiers"] = self._tiers()
        return cleaned

    def _tiers(self) -> list[tuple[int, int]]:
        # Empty rows are the spare ones of the form.
        typed = _pairs(self.data, "tier_from", "tier_discount")
        rows = [(start.strip(), discount.strip()) for start, discount in typed if start.strip() or discount.strip()]
        if len(rows) > MOST_TIERS:
            self.add_error(None, _("There can be at most five tiers."))
            return []
        tiers = []
        for start, discount in rows:
            try:
                tiers.append((_whole(start), to_bps(discount)))
            except forms.ValidationError as error:
                self.add_error(None, error)
        if any(later[0] <= earlier[0] or later[1] <= earlier[1] for earlier, later in pairwise(tiers)):
            self.add_error(None, _("The quantities and discounts of the tiers have to rise."))
        return tiers

    @property
    def terms(self) -> dict[str, Any]:
        """The same as the contract takes it."""
        cleaned = self.cleaned_data
        on = cleaned["demand"]
        return {
            # The contract refuses bounds without a target, so they go with it.
            "target": cleaned["target"] if on else 0,
            "floorBps": cleaned["floor"] if on else 0,
            "capBps": cleaned["cap"] if on else 0,
            "premiumBps": cleaned["premium"],
            "tiers": [{"from": start, "discountBps": discount} for start, discount in cleaned["tiers"]],
        }


class SplitForm(forms.Form):
    """Who shares later sales: two lists, ``recipient`` and ``percent``; with ``rest`` the seller gets what is left.

    The first recipient also gets what rounding leaves. ``seller`` is the address that the rest goes to.
    """

    rest = forms.BooleanField(label=gettext_lazy("The rest to me"), required=False)

    def __init__(self, data: QueryDict | None = None, *, seller: str, **options: Any) -> None:
        super().__init__(data, **options)
        self.seller = seller

    def clean(self) -> dict[str, Any]:
        shares = self._shares()
        total = sum(bps for _address, bps in shares)
        if self.errors:
            return self.cleaned_data
        # First, because the first in a split also gets what rounding leaves.
        if self.cleaned_data["rest"] and total < BPS:
            shares = [(self.seller, BPS - total), *shares]
            total = BPS
        if total != BPS:
            self.add_error(
                None, _("The parts come to %(sum)s per cent, and they have to come to 100.") % {"sum": _percent(total)}
            )
        if len(shares) > MOST_RECIPIENTS:
            self.add_error(None, _("At most 20 can share."))
        if len({address for address, _bps in shares}) < len(shares):
            self.add_error(None, _("An address stands there twice; give it one part."))
        self.cleaned_data["shares"] = shares
        return self.cleaned_data

    def _shares(self) -> list[tuple[str, int]]:
        typed = _pairs(self.data, "recipient", "percent")
        shares = []
        for recipient, percent in typed:
            if not recipient.strip() and not percent.strip():
                continue
            try:
                shares.append((to_address(recipient), to_bps(percent)))
            except forms.ValidationError as error:
                self.add_error(None, error)
                continue
            if not shares[-1][1]:
                self.add_error(None, _("Everyone in the list has to get something; leave out who gets nothing."))
        return shares


class AccessForm(forms.Form):
    """Who may buy: addresses, one a line or separated by commas; ``everybody`` opens the sale."""

    addresses = forms.CharField(
        label=gettext_lazy("Addresses"),
        required=False,
        # An address has 42 characters: room for commas, blanks and line ends between them.
        max_length=60 * MOST_MEMBERS,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "mono"}),
    )
    everybody = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data.get("addresses", "").replace(",", " ").replace(";", " ").split()
        if self.cleaned_data.get("everybody"):
            typed = []
        # An empty list would have the root that stands for everybody.
        elif not typed and "addresses" in self.cleaned_data:
            self.add_error("addresses", _("Name at least one address; an empty list would let nobody buy."))
        # Before the addresses are parsed, each of which costs a checksum.
        if len(typed) > MOST_MEMBERS:
            self.add_error("addresses", _("A list can have at most 5,000 addresses."))
            return self.cleaned_data
        self.cleaned_data["members"] = sorted(self._members(typed))
        return self.cleaned_data

    def _members(self, typed: Iterable[str]) -> set[str]:
        members = set()
        for text in typed:
            try:
                members.add(to_address(text))
            except forms.ValidationError as error:
                self.add_error("addresses", error)
                # One slip is enough to say; a text in the wrong place would be thousands.
                break
        return members


class TransfersForm(forms.Form):
    """Whether passes may move."""

    allowed = forms.TypedChoiceField(choices=[("yes", ""), ("no", "")], coerce=lambda value: value == "yes")


class ResaleForm(forms.Form):
    """Whether holders may resell their passes, and the seller's part of the price in per cent."""

    allowed = forms.TypedChoiceField(choices=[("yes", ""), ("no", "")], coerce=lambda value: value == "yes")
    royalty = PercentField(label=gettext_lazy("Your part of each resale, in per cent"), required=False)

    def clean_royalty(self) -> int:
        royalty: int = self.cleaned_data["royalty"]
        if royalty > MOST_RESALE_ROYALTY:
            raise forms.ValidationError(_("The seller's part of a resale can be at most 10 per cent."))
        return royalty


class StateForm(forms.Form):
    """Whether it is sold. ``sure`` is asked for before it is retired, which cannot be taken back."""

    state = forms.TypedChoiceField(
        choices=[(state.value, "") for state in (ListingState.LISTED, ListingState.PAUSED, ListingState.RETIRED)],
        coerce=int,
    )
    sure = forms.BooleanField(label=gettext_lazy("I know that this is for ever"), required=False)

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("state") == ListingState.RETIRED and not self.cleaned_data.get("sure"):
            self.add_error("sure", _("Tick this first: a model that is retired can never be sold again."))
        return self.cleaned_data


def sentence_of(form: forms.Form) -> str:
    """Return what is wrong with a form in one text, for a notice beside it."""
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


def _pairs(data: Any, first: str, second: str) -> Iterable[tuple[str, str]]:
    """Return the rows of a form that has two columns of inputs."""
    # Not strict: a row that was tampered with must be an error of the form, not of the server.
    return zip(data.getlist(first), data.getlist(second), strict=False)


def to_number(text: str) -> Fraction:
    """Return a typed number, exactly. A comma is refused: it means a thousand to some and a point to others."""
    if not re.fullmatch(r"[0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30}", text.strip()):
        words = {"text": text.strip()[:40]}
        raise forms.ValidationError(_("“%(text)s” is not a number such as 0.25.") % words)
    return Fraction(text.strip())


def _whole(text: str) -> int:
    number = to_number(text)
    if number.denominator != 1 or not 2 <= number < 2**32:
        raise forms.ValidationError(_("A tier begins at a whole number of at least two."))
    return int(number)


def _percent(bps: int) -> str:
    return f"{Decimal(bps) / PERCENT:f}"
