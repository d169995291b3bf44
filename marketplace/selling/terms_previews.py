"""What a form would change of a listing, before anything is sent: lines of "now" and "then", and what they mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.money import format_units
from contracts.currencies import Currency
from contracts.money import BPS, Terms, Tier, fee_of, quote, shares
from marketplace.listings.access_lists import root_of
from marketplace.onchain.models.listings import Plan

from .demand_plot import DemandPlot, demand_plot
from .terms_forms import AccessForm, PlanForm, PricingForm, RatesForm, SplitForm
from .terms_now import CurrentTerms

SEGMENTS = 20  # of the slice: one for each five per cent
RATES_DELAY = timedelta(minutes=10)  # the contract's own


@dataclass(frozen=True)
class Line:
    """One thing that changes; ``now`` is empty where there is nothing to compare with."""

    label: str
    now: str
    then: str


@dataclass(frozen=True)
class Preview:
    """Everything that a preview shows. ``filled`` of ``SEGMENTS`` is how much of a split is given."""

    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    plot: DemandPlot | None = None
    currency: Currency | None = None
    filled: int | None = None
    total: str = ""
    segments: int = SEGMENTS


def preview_plan(form: PlanForm, current: CurrentTerms) -> Preview:
    """Show the price, the fee in it and what is left."""
    cleaned = form.cleaned_data
    now = next(plan for plan in current.plans if plan.kind == cleaned["plan"])
    before = now.currency.text(now.offer.price) if now.offer else _("not offered")
    if cleaned["off"]:
        return Preview([Line(_("Price"), before, _("not offered"))], [_("What was bought stays as it is.")])
    currency, price = form.currencies[cleaned["token"]], cleaned["price"]
    fee = fee_of(price, current.parameters["feeBps"])
    label = _("A month of 30 days") if cleaned["plan"] == Plan.SUBSCRIPTION else _("A pass")
    return Preview(
        [
            Line(label, before, currency.text(price)),
            Line(_("of which the protocol’s fee"), "", currency.text(fee)),
            Line(_("of which for you and who shares"), "", currency.text(price - fee)),
        ]
    )


def preview_rates(form: RatesForm, current: CurrentTerms) -> Preview:
    """Show the rates, and from when they hold."""
    currency, then = form.currencies[form.cleaned_data["token"]], form.rates
    # The last rates, in force or not yet: they are what this would replace.
    before = next((each.last for each in current.rates if each.currency == currency), None)
    lines = [
        Line(label, *(currency.text(rates[place]) if rates else _("not offered") for rates in (before, then)))
        for place, label in enumerate((_("1,000,000 tokens read"), _("1,000,000 tokens written")))
    ]
    # Only about: the ten minutes run from a block that is not made yet.
    start = date_format(timezone.now() + RATES_DELAY, "j F, H:i")
    return Preview(
        lines, [_("They hold ten minutes after the block, so from about %(time)s UTC on.") % {"time": start}]
    )


def preview_pricing(form: PricingForm, current: CurrentTerms) -> Preview:
    """Show what so many units would cost, and what demand may make of the price."""
    return preview_terms(terms_of(form), current)


def preview_terms(terms: Terms, current: CurrentTerms) -> Preview:
    """Show the same of terms as they are."""
    base = current.base
    if base is None or base.offer is None:
        return Preview(notes=[_("Offer a plan first, to see what this means for its price.")])
    before = current.pricing.terms
    currency, price = base.currency, base.offer.price
    lines = [
        Line(
            ngettext("%(n)s unit", "%(n)s units", count) % {"n": count},
            *(currency.text(quote(each, price, count).total) for each in (before, terms)),
        )
        # One row for each place where the price of a unit changes, before or after.
        for count in sorted({1, *(tier.start for tier in (*before.tiers, *terms.tiers))})
    ]
    plot = demand_plot(terms, price, current.parameters["demandWindow"], current.parameters["demandStepBps"])
    return Preview(lines, _premium_notes(terms, current), plot, currency)


def preview_split(form: SplitForm, current: CurrentTerms) -> Preview:
    """Show how much of the split is given, and what each gets of a sale at the present price."""
    given = form.cleaned_data.get("shares", [])
    total = sum(bps for _address, bps in given)
    filled = min(SEGMENTS, total * SEGMENTS // BPS)
    # Half a split has no amounts yet, but its bar shows how much is still to give.
    lines = [] if form.errors else _split_lines(given, current)
    notes = [] if form.errors else _split_notes(given, current.listing.royalty_bps)
    return Preview(lines, notes, filled=filled, total=percent(total))


def preview_access(form: AccessForm, current: CurrentTerms) -> Preview:
    """Show how many may buy."""
    members = form.cleaned_data["members"]
    root = root_of(members) if members else ""
    return Preview([Line(_("May buy"), buyers(current), _count(len(members)) if members else _("everybody"))], [root])


def buyers(current: CurrentTerms) -> str:
    """Return who may buy now, in words."""
    if not current.listing.access_list:
        return _("everybody")
    return _("a list that is not kept here") if current.members is None else _count(len(current.members))


def terms_of(form: PricingForm) -> Terms:
    """Return what a form says for ``contracts.money``."""
    said: dict[str, Any] = form.terms
    tiers = tuple(Tier(tier["from"], tier["discountBps"]) for tier in said["tiers"])
    return Terms(said["target"], said["floorBps"], said["capBps"], said["premiumBps"], tiers)


def percent(bps: int) -> str:
    """Return parts in 1/10,000 as people write them."""
    return number_format(format_units(bps, 2))


def _count(members: int) -> str:
    return ngettext("%(n)s address", "%(n)s addresses", members) % {"n": members}


def _premium_notes(terms: Terms, current: CurrentTerms) -> list[str]:
    if not terms.premium_bps:
        return []
    # The protocol's cap holds even where the seller asks for more.
    most = min(terms.premium_bps, current.parameters["premiumCapBps"])
    return [
        _("Full marks add %(most)s per cent. It begins with ten paying raters and a mean above three.")
        % {"most": percent(most)}
    ]


def _split_lines(given: list[tuple[str, int]], current: CurrentTerms) -> list[Line]:
    base = current.base
    if base is None or base.offer is None:
        return [Line(address, "", f"{percent(bps)} %") for address, bps in given]
    price = base.offer.price
    royalty = current.listing.royalty_bps
    _fee, _royalty, each = shares(
        price, fee_of(price, current.parameters["feeBps"]), royalty, [bps for _a, bps in given]
    )
    return [
        Line(address, f"{percent(bps)} %", base.currency.text(amount))
        for (address, bps), amount in zip(given, each, strict=True)
    ]


def _split_notes(given: list[tuple[str, int]], royalty_bps: int) -> list[str]:
    said = _("After the fee, and the %(part)s per cent for the model that it derives from.")
    notes = [said % {"part": percent(royalty_bps)}] if royalty_bps else []
    # One who gets everything has nothing to round.
    if len(given) < 2:
        return notes
    first = given[0][0]
    words = {"first": f"{first[:6]}…{first[-4:]}"}
    return [
        *notes,
        _("What rounding leaves, less than one smallest unit for each, goes to the first, %(first)s.") % words,
    ]
