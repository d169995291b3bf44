"""What each of several models says of one fact: the rows of a comparison, as they are read from a listing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from common.templatetags.look import compact, mib
from contracts.currencies import Currency, currency_of
from marketplace.listings.cards import some_of
from marketplace.listings.figures import duration, speed
from marketplace.listings.languages import best_known_first
from marketplace.listings.models import Listing
from marketplace.listings.offers import PERIODS, FairUse, SaleTerms, fair_uses, sale_terms, year_of
from marketplace.listings.recorded import RECORDED_FACTS
from marketplace.listings.runtime import ENOUGH, ListingRuntime
from marketplace.listings.taxonomy import language_name, licence_of, modality_label, task_label
from marketplace.onchain.models.listings import OnchainPlan, Plan
from marketplace.scores.showing import said_of, score_of

LESS, MORE = -1, 1  # which of two figures is plainly better


@dataclass(frozen=True)
class Figure:
    """What a model says of one fact. ``number`` orders it among figures of the same ``unit``."""

    text: str
    number: Decimal | int | float | None = None
    unit: str = ""


@dataclass(frozen=True)
class Fact:
    """How a fact is called and read; ``better`` says which figure is best, 0 that none is; ``heads`` as in a row."""

    title: str
    read: Callable[[Listing], Figure | str | None]
    better: int = 0
    heads: bool = False


@dataclass
class Sales:
    """What the listings cost, read once for all of them."""

    listings: Sequence[Listing]
    terms: dict[int, SaleTerms] = field(default_factory=dict)
    uses: dict[str, FairUse] = field(default_factory=dict)

    def __post_init__(self) -> None:
        offers = [listing.offer for listing in self.listings if listing.offer]
        self.uses = fair_uses(offer.onchain.metadata for offer in offers)
        self.terms = {chain.pk: sale_terms(chain) for chain in {offer.chain for offer in offers}}

    def facts(self) -> list[Fact]:
        """Return the rows about money."""
        # A head has room for one plan, so who sells by two of them says both below it.
        one = all(len(listing.offer.plans) < 2 for listing in self.listings if listing.offer)
        return [
            Fact(_("Price for a year"), _year, LESS),
            Fact(_("Lasting access"), lambda each: _price(each, Plan.LASTING), heads=one),
            Fact(_("Per 30 days"), lambda each: _price(each, Plan.SUBSCRIPTION), heads=one),
            Fact(_("Refund"), self._refund),
            Fact(_("Fair use in 30 days"), self._fair_use, MORE),
        ]

    def _refund(self, listing: Listing) -> str:
        offer = listing.offer
        return _("within %(n)s days") % {"n": self.terms[offer.chain.pk].refund_days} if offer and offer.plans else ""

    def _fair_use(self, listing: Listing) -> Figure | None:
        use = self.uses.get(listing.offer.onchain.metadata) if listing.offer else None
        if use is None:
            return None
        monthly = use.tokens * 30 // use.days
        return Figure(_("%(n)s tokens") % {"n": _whole(monthly)}, monthly)


def _plan_of(listing: Listing, kind: Plan) -> tuple[OnchainPlan, Currency] | None:
    plan = listing.offer.plan(kind) if listing.offer else None
    return (plan, currency_of(listing.offer.chain, plan.token)) if plan and listing.offer else None


def _price(listing: Listing, kind: Plan) -> str:
    found = _plan_of(listing, kind)
    return found[1].text(found[0].price) if found else ""


def _year(listing: Listing) -> Figure | None:
    """Return what a year costs by the cheapest plan: once, or twelve periods at the present price."""
    ways = []
    if found := _plan_of(listing, Plan.LASTING):
        plan, currency = found
        said = _("%(price)s, once") % {"price": currency.text(plan.price)}
        ways.append(Figure(said, plan.price, f"{listing.offer and listing.offer.chain.pk}:{plan.token}"))
    if found := _plan_of(listing, Plan.SUBSCRIPTION):
        plan, currency = found
        total = year_of(plan)
        words = {"total": currency.text(total), "n": PERIODS, "price": currency.number(plan.price)}
        said = _("%(total)s, %(n)s\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}%(price)s") % words
        ways.append(Figure(said, total, f"{listing.offer and listing.offer.chain.pk}:{plan.token}"))
    if len({way.unit for way in ways}) > 1:
        return Figure(get_text_list([way.text for way in ways], _("or")))
    return min(ways, key=lambda way: way.number or 0, default=None)


def _runtime(listing: Listing) -> ListingRuntime | None:
    # A reverse one-to-one without a row raises a kind of AttributeError.
    return getattr(listing, "runtime", None)


def _measured(name: str, text: Callable[[Any], str]) -> Callable[[Listing], Figure | None]:
    """Return how to read a figure of what answers for a listing; of few answers it is not put in order."""

    def read(listing: Listing) -> Figure | None:
        runtime = _runtime(listing)
        value = getattr(runtime, name, None)
        if runtime is None or value is None:
            return None
        return Figure(text(value), value if runtime.measured >= ENOUGH else None)

    return read


def _uptime(listing: Listing) -> Figure | None:
    runtime = _runtime(listing)
    if runtime is None or runtime.uptime is None:
        return None
    if runtime.asked < ENOUGH:
        return Figure(_("%(n)s of %(all)s checks") % {"n": runtime.answered, "all": runtime.asked})
    return Figure(_share(runtime.uptime), runtime.uptime)


def _performance(listing: Listing) -> Figure | None:
    """Return the rating of what answers now, from 0 to 100, where enough was measured for one."""
    rating: int | None = getattr(listing, "performance_rating", None)
    if rating is None:
        return None
    return Figure(_("%(n)s of 100") % {"n": number_format(rating / 10, 1)}, rating)


def speed_facts() -> list[Fact]:
    """Return the rows about how fast and how reliably it answers."""
    return [
        Fact(_("First token, median"), _measured("first_token_p50_ms", duration), LESS, heads=True),
        Fact(_("First token, p95"), _measured("slow_ms", duration), LESS),
        Fact(_("Tokens per second"), _measured("tokens_per_second", speed), MORE, heads=True),
        Fact(_("Answers measured"), _measured("measured", _whole), heads=True),
        Fact(_("Uptime"), _uptime, MORE),
        Fact(_("Performance, over 30 days"), _performance, MORE),
    ]


def _share(value: float) -> str:
    return _("%(n)s %%") % {"n": number_format(round(value * 100, 1), decimal_pos=1)}


def model_facts() -> list[Fact]:
    """Return the rows about the model itself."""
    return [
        Fact(_("Task"), lambda each: task_label(each.task)),
        Fact(_("Licence"), lambda each: str(licence_of(each.license).title)),
        Fact(_("Parameters"), lambda each: compact(each.parameters)),
        Fact(_("Memory at 32 bits"), lambda each: mib(each.memory_mb)),
        Fact(_("Context in tokens"), lambda each: _count(each.max_tokens), MORE),
        Fact(_("Dimensions"), lambda each: _count(each.embedding_dim)),
        Fact(_("Kind of data"), lambda each: ", ".join(map(modality_label, each.modalities))),
        Fact(_("Languages"), lambda each: _languages(each)),
        Fact(_("Loads with"), lambda each: get_text_list(each.libraries, _("or"))),
        Fact(_("Released"), lambda each: date_format(each.released, "j M Y") if each.released else ""),
        Fact(_("Adapted from"), lambda each: each.adapted_from),
        Fact(_("Not recorded"), _missing),
    ]


def _languages(listing: Listing) -> str:
    return some_of([language_name(code) for code in best_known_first(listing.languages)], 3)


def here_facts() -> list[Fact]:
    """Return the rows about its place in this market."""
    return [
        Fact(_("Runs now"), lambda each: _("yes") if each.runs_now else _("no")),
        Fact(_("Uses"), lambda each: _whole(each.uses)),
        Fact(_("Site’s score"), _rating, MORE),
    ]


def _rating(listing: Listing) -> Figure | None:
    score = score_of(listing)
    return Figure(said_of(score), score.score) if score else None


def _missing(listing: Listing) -> str:
    return ", ".join(str(fact.name) for fact in RECORDED_FACTS if not fact.is_said(listing)) or _("nothing")


def _count(value: int | None) -> Figure | None:
    return Figure(_whole(value), value) if value else None


def _whole(value: int) -> str:
    return number_format(value, decimal_pos=0, force_grouping=True)
