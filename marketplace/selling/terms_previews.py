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
from contracts.currencies import Currency, short_address
from contracts.money import BPS, Terms, Tier, fee_of, quote, shares
from marketplace.listings.access_lists import root_of
from marketplace.onchain.models.listings import Plan
from marketplace.onchain.models.pricing import Rates

from .demand_plot import DemandPlot, demand_plot
from .terms_forms import AccessForm, PlanForm, PricingForm, RatesForm, ResaleForm, SplitForm, TransfersForm
from .terms_now import CurrentTerms, PlanNow

SEGMENTS = 20  # of the slice: one for each five per cent
RATES_DELAY = timedelta(minutes=10)  # the contract's own
USUAL_READ, USUAL_WRITTEN = 500, 200  # tokens of a question with its instructions, and of an answer

Parts = list[tuple[str, str]]  # what is said, and how much


@dataclass(frozen=True)
class Line:
    """One thing that changes; ``now`` is empty where there is nothing to compare with."""

    label: str
    now: str
    then: str


@dataclass(frozen=True)
class Preview:
    """Everything that a preview shows. ``filled`` of ``SEGMENTS`` is how much of a split is given.

    ``is_now``: it shows what stands, and there is nothing to compare with.
    """

    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    plot: DemandPlot | None = None
    currency: Currency | None = None
    filled: int | None = None
    total: str = ""
    segments: int = SEGMENTS
    is_now: bool = False


def preview_plan(form: PlanForm, current: CurrentTerms) -> Preview:
    """Show the price, and what of it each party gets."""
    cleaned = form.cleaned_data
    now = next(plan for plan in current.plans if plan.kind == cleaned["plan"])
    before = now.currency.text(now.offer.price) if now.offer else _("not offered")
    if cleaned["off"]:
        return Preview([Line(_("Price"), before, _("not offered"))], [_("What was bought stays as it is.")])
    then = sale_parts(cleaned["plan"], cleaned["price"], form.currencies[cleaned["token"]], current)
    return Preview(_beside(plan_parts(now, current), then))


def effect_of_plan(plan: PlanNow, current: CurrentTerms) -> Preview:
    """Show the same of a plan as it is offered."""
    parts = plan_parts(plan, current)
    return _as_it_is(parts) if parts else Preview(notes=[_("Not offered. Type a price to see what each party gets.")])


def plan_parts(plan: PlanNow, current: CurrentTerms) -> Parts:
    """Return who gets what of one sale of a plan; nothing where it is not offered."""
    return sale_parts(plan.kind, plan.offer.price, plan.currency, current) if plan.offer else []


def sale_parts(kind: int, price: int, currency: Currency, current: CurrentTerms) -> Parts:
    """Return what the buyer pays for one sale at a price, and where that goes, from what is said to how much."""
    label = _("A month of 30 days") if kind == Plan.SUBSCRIPTION else _("A pass")
    fee_bps, royalty_bps = current.parameters["feeBps"], current.listing.royalty_bps
    parts = [bps for _address, bps in current.shares]
    fee, royalty, amounts = shares(price, fee_of(price, fee_bps), royalty_bps, parts)
    said = [(label, price), (_("The protocol’s fee, %(part)s %%") % {"part": percent(fee_bps)}, fee)]
    if royalty_bps:
        said.append((_("The model it derives from, %(part)s %%") % {"part": percent(royalty_bps)}, royalty))
    for (address, bps), amount in zip(current.shares, amounts, strict=True):
        who = _("You") if address == current.listing.seller else short_address(address)
        said.append((f"{who}, {percent(bps)} %", amount))
    return [(label, currency.text(amount)) for label, amount in said]


def _beside(now: Parts, then: Parts) -> list[Line]:
    """Return lines of now and then, each party once."""
    before = dict(now)
    gone = [Line(label, amount, "") for label, amount in now if label not in dict(then)]
    return [*(Line(label, before.get(label, ""), amount) for label, amount in then), *gone]


def _as_it_is(parts: Parts, notes: list[str] | None = None) -> Preview:
    return Preview([Line(label, amount, "") for label, amount in parts], notes or [], is_now=True)


def preview_rates(form: RatesForm, current: CurrentTerms) -> Preview:
    """Show the rates, what a usual answer costs, and from when they hold."""
    currency, then = form.currencies[form.cleaned_data["token"]], form.rates
    # The last rates, in force or not yet: they are what this would replace.
    before = next((each.last for each in current.rates if each.currency == currency), None)
    lines = _beside(_rate_parts(before, currency), _rate_parts(Rates(*then) if then else None, currency))
    # Only about: the ten minutes run from a block that is not made yet.
    start = date_format(timezone.now() + RATES_DELAY, "j M, H:i")
    return Preview(
        lines, [_("They hold ten minutes after the block, so from about %(time)s UTC on.") % {"time": start}]
    )


def effect_of_rates(current: CurrentTerms) -> Preview:
    """Show the same of the rates that were set last, in every currency."""
    said = [part for each in current.rates for part in _rate_parts(each.last, each.currency)]
    return _as_it_is(said) if said else Preview(notes=[_("Not offered. Type rates to see what an answer costs.")])


def _rate_parts(rates: Rates | None, currency: Currency) -> Parts:
    whole = [_("1,000,000 tokens read"), _("1,000,000 tokens written")]
    words = {"read": USUAL_READ, "written": USUAL_WRITTEN}
    usual = _("An answer: %(read)s tokens read, %(written)s written") % words
    if rates is None:
        return [(label, _("not offered")) for label in (*whole, usual)]
    # Rounded up once for each call, as the escrow charges it.
    cost = -(-(USUAL_READ * rates.in_per_m + USUAL_WRITTEN * rates.out_per_m) // 1_000_000)
    return [(label, currency.text(amount)) for label, amount in zip((*whole, usual), (*rates, cost), strict=True)]


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
    same = terms == before
    return Preview(lines, _premium_notes(terms, current), plot, currency, is_now=same)


def preview_split(form: SplitForm, current: CurrentTerms) -> Preview:
    """Show how much of the split is given, and what each gets of a sale at the present price."""
    given = form.cleaned_data.get("shares", [])
    total = sum(bps for _address, bps in given)
    filled = min(SEGMENTS, total * SEGMENTS // BPS)
    # Half a split has no amounts yet, but its bar shows how much is still to give.
    lines = [] if form.errors else _split_lines(given, current)
    notes = [] if form.errors else _split_notes(given, current.listing.royalty_bps)
    return Preview(lines, notes, filled=filled, total=percent(total))


def effect_of_split(current: CurrentTerms) -> Preview:
    """Show the same of the split as it stands."""
    given = current.shares
    notes = _split_notes(given, current.listing.royalty_bps)
    return Preview(_split_lines(given, current), notes, filled=SEGMENTS, total=percent(BPS))


def preview_transfers(form: TransfersForm, current: CurrentTerms) -> Preview:
    """Show whether passes could be given away."""
    return Preview([Line(_("Passes may be given away"), *_yes_or_no(current.listing.transfers_allowed, form))])


def preview_resale(form: ResaleForm, current: CurrentTerms) -> Preview:
    """Show whether passes could be resold, and what the seller would get of one."""
    listing, then = current.listing, form.cleaned_data["royalty"]
    lines = [
        Line(_("Passes may be resold"), *_yes_or_no(listing.resale_allowed, form)),
        *_resale_lines(current, listing.resale_royalty_bps, then),
    ]
    return Preview(lines, [_("Offers that stand keep the part they were made with.")])


def effect_of_resale(current: CurrentTerms) -> Preview:
    """Show the same as it stands."""
    bps = current.listing.resale_royalty_bps
    said = [Line(line.label, line.now, "") for line in _resale_lines(current, bps, bps)]
    allowed = _("yes") if current.listing.resale_allowed else _("no")
    return Preview([Line(_("Passes may be resold"), allowed, ""), *said], is_now=True)


def _resale_lines(current: CurrentTerms, before: int, then: int) -> list[Line]:
    base = current.base
    if base is None or base.offer is None:
        return []
    price, currency = base.offer.price, base.currency
    parts = [[price * bps // BPS for bps in (before, then)]]
    parts.append([price - each for each in parts[0]])
    labels = (_("Of a resale at %(price)s, to you"), _("Of a resale at %(price)s, to its holder"))
    words = {"price": currency.text(price)}
    return [Line(label % words, *map(currency.text, part)) for label, part in zip(labels, parts, strict=True)]


def _yes_or_no(now: bool, form: TransfersForm | ResaleForm) -> tuple[str, str]:
    return _("yes") if now else _("no"), _("yes") if form.cleaned_data["allowed"] else _("no")


def effect_of_access(current: CurrentTerms) -> Preview:
    """Show how many may buy as it stands."""
    return _as_it_is([(_("May buy"), buyers(current))])


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
