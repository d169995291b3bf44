"""A model's page, and buying from it."""

from __future__ import annotations

import csv
from functools import cache, partial
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.visitors import user_of, user_or_none
from common.access import member, public
from common.errors import DomainError
from common.htmx import render_kept, render_page
from common.prose import render_written
from common.redirects import redirect_whole
from common.statements import Found, together
from common.text import as_cell
from contracts.errors import RevertedError
from marketplace.buying import ordering
from marketplace.buying.checkout import QuoteView, checkout_of, held_of, is_sold, quote_for
from marketplace.buying.errors import InvalidOrderError, ReferrerRefusedError
from marketplace.buying.forms import BuyForm
from marketplace.community.followed import following_asked
from marketplace.community.models import Followed
from marketplace.ground.caching import KEEP
from marketplace.ground.decisions import STOPPING
from marketplace.listings.cards import Card
from marketplace.listings.errors import NotForSaleError
from marketplace.listings.figures import figures_of, measured_in_words
from marketplace.listings.finding import find_listing, found_listing
from marketplace.listings.gates import is_let_in
from marketplace.listings.lineage import (
    Kindred,
    chains_of,
    kindred_asked,
    kindred_of,
    lineage_of,
    priced,
    running_alike,
    siblings_of,
)
from marketplace.listings.models import Listing
from marketplace.listings.offers import offers_in, placed
from marketplace.listings.performance_plot import performance_shown
from marketplace.listings.reference_prices import price_plot, provider_label
from marketplace.listings.releases import default_release
from marketplace.listings.snippets import repository_of, snippets_of
from marketplace.listings.speed_plot import speed_plot
from marketplace.listings.taxonomy import licence_of
from marketplace.onchain.models.listings import OnchainListing
from marketplace.reputation.finding import ReputationShown, reputation_of
from marketplace.reputation.models import Role
from marketplace.reviews.finding import best_reviews
from marketplace.reviews.score_view import score_view
from marketplace.scores.showing import score_row
from marketplace.search.related import nearest, related_to

from .structured import of_model


@public(cache_seconds=KEEP)
def model(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """One model: its card, facts, lineage, what it costs here and elsewhere."""
    found = found_listing(owner, name)
    # One address for each page, or caches and search engines would see a page for each spelling.
    if found.value("name") != f"{owner}/{name}":
        return redirect_whole(request, found[0].get_absolute_url())
    return model_page(request, found)


def model_page(
    request: HttpRequest, found: Found[Listing], *, form: BuyForm | None = None, refused: DomainError | None = None
) -> HttpResponse:
    """Show a model that was found; with a form that was sent, and why it was refused.

    The rows of four queries, or five for what is on a chain, tell whether the page is kept already. Then nothing is
    made of them but a checkout, for the hole that it stands in.
    """
    pk = found.value("id")
    asked = (placed().asked(ids=[pk]), kindred_asked(found), nearest().asked(pk=pk))
    folds, around, near = together(*asked)
    # What is on no chain was bought by nobody, so nobody has reviewed it.
    best = best_reviews().find(pk=pk) if folds else None
    # Made of its row only where it is needed: a kept page of what nobody sells does without.
    whole = cache(partial(_offered, found, folds))
    kindred, related = kindred_of(found.value("name"), around), related_to(pk, found.value("adapted_from"), near)
    # Most models are on no chain, and asking what they cost would be queries for nothing.
    sells = bool(folds) and is_sold(whole())
    # From the row itself, since a kept page needs no model made of it.
    is_open = not found.value("suspension_id") and not found.value("is_gated") and not (sells and _release(whole()))
    may_try = is_open or _may_try(whole(), user_or_none(request))

    def seen() -> dict[str, Any]:
        listing = whole()
        return {"listing": listing, "may_try": may_try, "card": Card(listing), "licence": licence_of(listing.license)}

    def shown() -> dict[str, Any]:
        listing, beside = whole(), list(best or ())
        score = score_view(score_row(listing) if best is not None else None)
        return {
            **seen(),
            **_told(listing),
            **_around(listing, kindred, related, sells=sells),
            "structured": of_model(request, listing, score.of, beside),
            "score": score,
            "best_reviews": beside,
            "checkout": sells,
        }

    def own(user: User | None) -> dict[str, Any]:
        also = following_asked(user, Followed.MODEL, whole().name) if user else None
        checkout = checkout_of(whole(), user, form, also)
        return {**seen(), "checkout": checkout, "refused": refused, "is_followed": bool(checkout and checkout.is_also)}

    key = (found.key, folds.key, kindred.key, related.key, None if best is None else best.key, may_try, sells)
    return render_kept(request, "marketplace/catalogue/model.html", key, shown, own if sells else None)


def _told(listing: Listing) -> dict[str, Any]:
    """Return what a page tells of a model itself; what asks the database for it waits until it is shown."""
    return {
        "prices": price_plot(listing),
        "figures": figures_of(listing),
        "measured": measured_in_words(listing),
        "repository": repository_of(listing),
        "snippets": snippets_of(listing),
        "speed": SimpleLazyObject(partial(speed_plot, listing.pk, getattr(listing, "runtime", None))),
        "performance": SimpleLazyObject(partial(performance_shown, listing.pk)),
        "reputations": SimpleLazyObject(partial(_of_seller, listing)),
        "written": SimpleLazyObject(partial(_written, listing)),
    }


def _around(listing: Listing, kindred: Kindred, related: Found[Listing], *, sells: bool) -> dict[str, Any]:
    """Return the models that a page shows beside its own."""
    # Of all of them, in one query.
    chains = chains_of(kindred.found, related, known=[listing.offer.chain] if listing.offer else [])
    return {
        "lineage": lineage_of(listing, kindred),
        "related": priced(related, *chains),
        "siblings": siblings_of(kindred, *chains),
        "alike": [] if sells else running_alike(kindred, *chains),
    }


def _of_seller(listing: Listing) -> list[ReputationShown]:
    offer = listing.offer
    return reputation_of(offer.onchain.seller, role=Role.SELLER, chain_id=offer.chain.pk) if offer else []


def _written(listing: Listing) -> SafeString | str:
    """Return the card that its seller wrote, as HTML, of the release that stands for it; "" where there is none."""
    release = default_release(listing) if listing.offer else None
    # Sanitised there.
    return mark_safe(render_written(release.card)) if release and release.card else ""  # noqa: S308


def _offered(found: Found[Listing], folds: Found[OnchainListing]) -> Listing:
    listing = found[0]
    listing.offer = offers_in(folds).get(listing.pk)
    return listing


def _may_try(listing: Listing, user: User | None) -> bool:
    """Say whether to open the playground of what is hidden or gated: for holders and for who was let in, as
    ``inference`` will say too."""
    hidden, release = listing.suspension, _release(listing)
    stops = (hidden is not None and hidden.stops_use) or bool(release and release["category"] in STOPPING)
    if stops or user is None:
        return False
    return bool(held_of(listing, user)) or (not hidden and not release and is_let_in(listing.name, user.address))


def _release(listing: Listing) -> dict[str, str] | None:
    return listing.offer.hidden_release if listing.offer else None


@public(cache_seconds=KEEP)
def reference_prices(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """The table behind the price plot, as CSV (US dollars a million tokens)."""
    listing = find_listing(owner, name)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{listing.model_name}-reference-prices.csv"'
    writer = csv.writer(response)
    writer.writerow(["provider", "input_usd_per_mtok", "output_usd_per_mtok"])
    for price in listing.reference_prices:
        amounts = [price.get("input_usd_per_mtok", ""), price.get("output_usd_per_mtok", "")]
        writer.writerow([as_cell(provider_label(price["provider"])), *amounts])
    return response


QUOTE_KEEP = 5  # seconds that a quote may be kept for visitors


@member
@require_POST
def buy(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Prepare an order and lead to its page, which opens the wallet; what cannot be bought is said on the model's."""
    found, form = found_listing(owner, name), BuyForm(request.POST)
    try:
        if not form.is_valid():
            raise form.refusal
        order = ordering.prepare_order(
            user=user_of(request),
            listing=found[0],
            plan=form.cleaned_data["plan"],
            quantity=form.quantity,
            accept_licence=form.cleaned_data["accept"],
            referrer=form.cleaned_data["referrer"],
        )
    # On the model's page, where the form keeps what was filled in.
    except DomainError as error:
        response = model_page(request, found, form=form, refused=error)
        response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return response
    return redirect(order.wallet_url)


@public(cache_seconds=QUOTE_KEEP)
def quote(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """What a purchase would cost now, part by part; the model's page asks again whenever the choice changes."""
    listing, form = find_listing(owner, name), BuyForm(request.GET)
    context: dict[str, Any] = {"listing": listing}
    try:
        context["made"] = _quote(listing, user_or_none(request), form)
    # Only what another choice can mend; a chain that is away is an error of its own.
    except (InvalidOrderError, ReferrerRefusedError, NotForSaleError, RevertedError) as error:
        context["refused"] = error
    response = render_page(request, "marketplace/buying/quote.html", context, fragments=("quote",))
    response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY if "refused" in context else HTTPStatus.OK
    return response


def _quote(listing: Listing, user: User | None, form: BuyForm) -> QuoteView:
    if not form.is_valid():
        raise form.refusal
    return quote_for(listing, user, form.cleaned_data["plan"], form.quantity, form.cleaned_data["referrer"])
