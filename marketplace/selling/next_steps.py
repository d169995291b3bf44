"""What a seller should do next: at most four things, those with the nearest date first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.currencies import currency_of
from contracts.models import Chain
from marketplace.money.ledger import day_of
from marketplace.money.takings import Stand, Takings
from marketplace.onchain.models.listings import ListingState
from marketplace.onchain.models.returns import PurchaseReturn

from .own_models import OwnModel
from .periods import ONE_DAY

MOST = 4
NAMED_DAYS = 3  # of those that have matured; more are counted
LAST = datetime.max.replace(tzinfo=UTC)

Answered = Callable[[Collection[PurchaseReturn]], Collection[int]]
_answered: list[Answered] = []


def knows_answers(source: Answered) -> Answered:
    """Register what tells which open disputes their seller has answered, by primary key: a package above knows."""
    _answered.append(source)
    return source


@dataclass(frozen=True)
class Step:
    """One thing to do. ``when`` is the moment that presses, or since when it waits; None where nothing presses."""

    title: str
    note: str
    href: str
    when: datetime | None = None
    is_pressing: bool = False


@dataclass(frozen=True)
class Known:
    """What the steps are made from."""

    takings: Takings
    models: list[OwnModel]
    disputes: list[PurchaseReturn]
    chains: Mapping[int, Chain]
    now: datetime

    def name_of(self, chain_id: int, model_id: str) -> str:
        """Return a model's name, or the beginning of its id."""
        for model in self.models:
            if (model.onchain.chain_id, model.onchain.model_id) == (chain_id, model_id):
                return name_of(model)
        return f"{model_id[:6]}…{model_id[-4:]}"


def next_steps(known: Known) -> list[Step]:
    """Return at most four things to do: disputes, then money that can be freed, then models that do not sell."""
    steps = [*_disputes(known), *_matured(known), *_unsold(known.models)]
    return steps[:MOST]


def name_of(model: OwnModel) -> str:
    """Return a model's own name, or the beginning of its id where it has none."""
    model_id = model.onchain.model_id
    return model.listing.model_name if model.listing else f"{model_id[:6]}…{model_id[-4:]}"


def _disputes(known: Known) -> Iterator[Step]:
    answered = {pk for source in _answered for pk in source(known.disputes)} if known.disputes else set()
    for each in sorted(known.disputes, key=lambda each: each.rule_by or LAST):
        chain = known.chains.get(each.chain_id)
        # What is answered waits for a moderator; what nobody has ruled upon in time its seller may close.
        if chain is None or each.rule_by is None or (each.pk in answered and not each.is_late(known.now)):
            continue
        words = {
            "paid": currency_of(chain, each.token).text(each.paid),
            "name": known.name_of(each.chain_id, each.model_id),
        }
        note = _("%(paid)s paid for %(name)s is held until a moderator rules.") % words
        href = reverse("dispute", args=[each.receipt])
        yield Step(_dispute_title(each, known.now), note, href, each.rule_by, is_pressing=True)


def _dispute_title(dispute: PurchaseReturn, now: datetime) -> str:
    if dispute.rule_by is None or dispute.is_late(now):
        return _("Close a dispute: nobody ruled in time")
    left = (dispute.rule_by - now).days
    if not left:
        return _("Answer a dispute, less than a day left")
    return ngettext("Answer a dispute, %(n)s day left", "Answer a dispute, %(n)s days left", left) % {"n": left}


def _matured(known: Known) -> Iterator[Step]:
    ready = [each for each in known.takings.kept if each.stand == Stand.MATURED and each.net > 0]
    days = sorted({each.made for each in ready})
    if not days:
        return
    title = ngettext("Distribute %(n)s day of sales", "Distribute %(n)s days of sales", len(days)) % {"n": len(days)}
    if len(days) <= NAMED_DAYS:
        named = get_text_list([date_format(day, "j M") for day in days], _("and"))
        note = ngettext("%(days)s has matured.", "%(days)s have matured.", len(days)) % {"days": named}
    else:
        words = {"first": date_format(days[0], "j M"), "last": date_format(days[-1], "j M")}
        note = _("Sales from %(first)s to %(last)s have matured.") % words
    since = day_of(min(each.day for each in ready)) + ONE_DAY
    yield Step(title, note, reverse("payouts"), datetime.combine(since, time(), UTC))


def _unsold(models: Iterable[OwnModel]) -> Iterator[Step]:
    for model in models:
        if why := why_unsold(model):
            href = reverse("listing-terms", args=[model.onchain.chain.short_name, model.onchain.model_id])
            yield Step(_("%(name)s cannot be bought") % {"name": name_of(model)}, why, href)


def why_unsold(model: OwnModel) -> str:
    """Return why nobody can buy a model now, in a sentence for its seller; empty where somebody can, or never again."""
    state, onchain = model.onchain.state_now, model.onchain
    if state == ListingState.RETIRED:
        return ""
    if state == ListingState.SUSPENDED and onchain.suspended_until:
        until = date_format(onchain.suspended_until, "j M, H:i")
        return _("A moderator has suspended its sale until %(until)s UTC.") % {"until": until}
    if state == ListingState.PAUSED:
        return _("You paused its sale.")
    if model.listing is None:
        return _("It is on chain, and in no catalogue yet.")
    if model.listing.suspension:
        return _("A moderator has hidden it.")
    return _why_terms(model)


def _why_terms(model: OwnModel) -> str:
    if not model.plans:
        return _("It offers no plan.")
    if model.is_unpayable:
        return _("One of its plans is priced in a currency the market no longer accepts.")
    if model.is_list_lost:
        return _("Only a list of buyers can buy it, and that list is not kept here, so nobody can prove to be on it.")
    if model.listing and not model.listing.delivers:
        return _("It is not answering, and it has no files to download. Only what delivers can be bought.")
    return ""
