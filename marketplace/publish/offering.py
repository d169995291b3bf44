"""From prices as people type them to what the contract takes: exact integers, or sentences about what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from contracts.currencies import Currency
from contracts.models import Chain
from contracts.names import MARKET
from marketplace.listings.versions import Adoption
from marketplace.manifest.fields import ALL, bps_of
from marketplace.manifest.schema import Manifest, Plan
from marketplace.onchain.models.listings import Plan as Kind
from marketplace.selling.terms_now import currencies_of, with_currencies

from .earning import with_fee

PERIOD = 30 * 86_400
MOST_PRICE, MOST_RATE = 2**88 - 1, 2**96 - 2
MOST_TERMS, MOST_TERM = 8, 32  # words by which contracts find it; bytes of one
NONE = "0x" + "0" * 64
KINDS = {"pass": Kind.LASTING, "subscription": Kind.SUBSCRIPTION, "call": Kind.METERED}


@dataclass
class Offering:
    """What a listing offers, as the contract takes it; ``problems`` are sentences about what it would not."""

    terms: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def chain_for(manifest: dict[str, Any], adoption: Adoption | None = None) -> Chain | None:
    """Return the chain that a draft is to be listed on: where its listing is, what it names, else the home chain, else
    the first; with its clock, its currencies and its fee. One query."""
    markets = Chain.objects.with_clock().filter(deployment__has_key=MARKET).order_by("pk")
    there = {chain.short_name: chain for chain in with_fee(with_currencies(markets))}
    if adoption:
        return next((chain for chain in there.values() if chain.pk == adoption.chain_id), None) or adoption.chain
    if named := manifest.get("chain"):
        return there.get(str(named))
    return there.get(settings.HOME_CHAIN) or next(iter(there.values()), None)


def offering_of(manifest: Manifest, chain: Chain, seller: str, parents: Sequence[Mapping[str, Any]] = ()) -> Offering:
    """Return the terms of ``IModelMarketplace.ListingTerms`` but for id and metadata.

    ``parents`` are the places on chains of the model that it was made from, each a chain and a model's id.
    """
    made, currencies = Offering(), _named(currencies_of(chain, again=True))
    plans = [plan for each in manifest.plans if (plan := _plan(each, currencies, made))]
    rates = [rate for each in manifest.rates if (rate := _rates(each, currencies, made))]
    if not manifest.plans and not manifest.rates:
        made.problems.append(_("Set at least one price: for a pass, for 30 days, for a call, or for tokens."))
    recipients, bps = _shares(manifest, seller)
    parent, royalty = _parent(manifest, chain, parents, made)
    made.terms = {
        "category": 0,
        "free": _is_free(plans, rates, made),
        "plans": plans,
        "recipients": recipients,
        "bps": bps,
        "parent": parent,
        "royaltyBps": royalty,
        "searchTerms": search_terms(manifest),
        "rates": rates,
    }
    return made


def _named(currencies: Iterable[Currency]) -> dict[str, Currency]:
    found = list(currencies)
    # The first of a symbol wins: the coin stands before tokens, and tokens can call themselves anything.
    by_symbol = {each.symbol.casefold(): each for each in reversed(found)}
    return by_symbol | {each.token: each for each in found}


def _units(
    amount: str, named: str, currencies: dict[str, Currency], most: int, made: Offering
) -> tuple[str, int] | None:
    """Return the token and its smallest units, or None with a problem said."""
    currency = currencies.get(named.casefold())
    if not amount or not named:
        said = _("The price of %(amount)s has no currency. Choose one.") if amount else _("A price has no amount.")
        made.problems.append(said % {"amount": amount} if amount else said)
    elif currency is None:
        made.problems.append(_("Nobody can pay in “%(name)s” on this chain.") % {"name": named})
    elif currency.decimals is None:
        made.problems.append(
            _("The decimals of “%(name)s” cannot be read now. Try again in a moment.") % {"name": named}
        )
    else:
        whole, _point, part = amount.partition(".")
        if len(part) > currency.decimals:
            words = {"symbol": currency.symbol, "places": currency.decimals}
            made.problems.append(_("%(symbol)s has at most %(places)s digits after the point.") % words)
            return None
        units = int(whole) * 10**currency.decimals + int(part.ljust(currency.decimals, "0") or 0)
        if units <= most:
            return currency.token, units
        made.problems.append(_("A price is more than the contract can hold."))
    return None


def _plan(plan: Plan, currencies: dict[str, Currency], made: Offering) -> dict[str, Any] | None:
    if plan.kind not in KINDS:
        made.problems.append(_("A price does not say what it is for: a pass, 30 days, or a call."))
        return None
    if (found := _units(plan.price, plan.currency, currencies, MOST_PRICE, made)) is None:
        return None
    kind = KINDS[plan.kind]
    return {
        "plan": int(kind),
        "token": found[0],
        "price": found[1],
        "period": PERIOD if kind == Kind.SUBSCRIPTION else 0,
    }


def _rates(rates: Any, currencies: dict[str, Currency], made: Offering) -> dict[str, Any] | None:
    read = _units(rates.in_per_m, rates.currency, currencies, MOST_RATE, made)
    written = _units(rates.out_per_m, rates.currency, currencies, MOST_RATE, made) if read else None
    if read is None or written is None:
        return None
    return {"token": read[0], "inPerM": read[1], "outPerM": written[1]}


def _is_free(plans: list[dict[str, Any]], rates: list[dict[str, Any]], made: Offering) -> bool:
    prices = [plan["price"] for plan in plans] + [rate["inPerM"] + rate["outPerM"] for rate in rates]
    is_free = bool(prices) and not any(prices)
    if not is_free and not all(prices):
        made.problems.append(_("Either everything is free, or nothing is: one of the prices is zero."))
    return is_free


def _shares(manifest: Manifest, seller: str) -> tuple[list[str], list[int]]:
    """Return who shares, the seller first with what is left: it gets what rounding leaves as well."""
    parts = {each.address: bps_of(each.percent) for each in manifest.splits if each.address and bps_of(each.percent)}
    left = ALL - sum(parts.values())
    if not parts or parts == {seller: ALL}:
        return [], []
    if left:
        parts = {seller: left + parts.pop(seller, 0), **parts}
    return list(parts), list(parts.values())


def _parent(manifest: Manifest, chain: Chain, parents: Sequence[Mapping[str, Any]], made: Offering) -> tuple[str, int]:
    royalty = bps_of(manifest.adapted_from.royalty)
    if not manifest.adapted_from.parent:
        if royalty:
            made.problems.append(
                _("A royalty goes to the seller of the model that yours was made from: name that model.")
            )
        return NONE, 0
    if known := next((each["model_id"] for each in parents if each["chain"] == chain.pk), ""):
        return known, royalty
    if royalty:
        words = {"name": manifest.adapted_from.parent, "chain": chain.name}
        made.problems.append(_("“%(name)s” is not sold on %(chain)s, so nobody could get a royalty for it.") % words)
    return NONE, 0


def search_terms(manifest: Manifest) -> list[str]:
    """Return the words by which contracts find it, as they take them: those that are said, else those of its name."""
    model = manifest.model
    said = manifest.search_terms or re.findall(r"[a-z0-9]+", " ".join([model.name, model.task, *model.tags]).lower())
    words = [word for word in dict.fromkeys(said) if len(word.encode()) <= MOST_TERM][:MOST_TERMS]
    return sorted(f"0x{word.encode().hex():0<64}" for word in words)
