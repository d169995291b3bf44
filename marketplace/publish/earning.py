"""What a buyer would pay by a draft's prices, and what each gets of it: to the last unit, as the contract shares it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.addresses import is_address
from contracts.currencies import Currency, short_address
from contracts.models import Chain, Parameter
from contracts.money import BPS, fee_of, shares
from marketplace.onchain.models.listings import Plan
from marketplace.selling.terms_forms import MOST_PRICE, to_bps, to_units
from marketplace.selling.terms_previews import USUAL_READ, USUAL_WRITTEN, percent

KINDS = {"pass": Plan.LASTING, "subscription": Plan.SUBSCRIPTION}


@dataclass(frozen=True)
class Priced:
    """A plan that a draft offers: its price in smallest units of the currency."""

    kind: Plan
    price: int
    currency: Currency


@dataclass(frozen=True)
class Sale:
    """One sale of a plan: what the buyer pays, and the parts that it goes to, each with its label."""

    title: str
    paid: str
    parts: list[tuple[str, str]]


def currency_named(name: str, currencies: Sequence[Currency]) -> Currency | None:
    """Return the currency of that symbol or address; the coin for no name, None for an unknown one."""
    wanted = name.strip().lower()
    return next(
        (each for each in currencies if wanted in (each.symbol.lower(), each.token) or (not wanted and each.is_coin)),
        None,
    )


def priced_of(manifest: Mapping[str, Any], currencies: Sequence[Currency]) -> list[Priced]:
    """Return the plans of a draft whose prices can be read."""
    found = []
    for plan in manifest.get("plans") or []:
        currency = currency_named(str(plan.get("currency", "")), currencies)
        kind = KINDS.get(plan.get("kind", ""))
        if currency is None or kind is None:
            continue
        try:
            price = to_units(str(plan.get("price", "")), currency)
        except ValidationError:
            continue
        if price <= MOST_PRICE:
            found.append(Priced(kind, price, currency))
    return sorted(found, key=lambda each: each.kind)


def parts_of_split(manifest: Mapping[str, Any], seller: str) -> list[tuple[str, int]] | None:
    """Return who shares, the rest for the seller first; None where the parts are not complete."""
    given: list[tuple[str, int]] = []
    for share in manifest.get("splits") or []:
        address = str(share.get("address", "")).lower()
        try:
            bps = to_bps(str(share.get("percent", "")))
        except ValidationError:
            return None
        if not is_address(address) or not bps:
            return None
        given.append((address, bps))
    rest = BPS - sum(bps for _address, bps in given)
    if rest < 0 or len({address for address, _bps in given}) < len(given):
        return None
    own = sum(bps for address, bps in given if address == seller)
    others = [(address, bps) for address, bps in given if address != seller]
    return [*([(seller, own + rest)] if own + rest else []), *others]


def sales_of(manifest: Mapping[str, Any], plans: Sequence[Priced], seller: str, fee_bps: int) -> list[Sale]:
    """Return what one sale of each plan comes to; none while the parts are not complete."""
    split = parts_of_split(manifest, seller)
    if split is None:
        return []
    adapted = manifest.get("adapted_from") or {}
    try:
        royalty = to_bps(str(adapted.get("royalty", "") or "0")) if adapted.get("parent") else 0
    except ValidationError:
        royalty = 0
    return [_sale(each, split, seller, fee_bps, royalty) for each in plans]


def _sale(plan: Priced, split: list[tuple[str, int]], seller: str, fee_bps: int, royalty_bps: int) -> Sale:
    text = plan.currency.text
    fee, royalty, amounts = shares(plan.price, fee_of(plan.price, fee_bps), royalty_bps, [bps for _a, bps in split])
    said = [(_("The protocol’s fee, %(part)s %%") % {"part": percent(fee_bps)}, text(fee))]
    if royalty_bps:
        said.append((_("The model that it was made from, %(part)s %%") % {"part": percent(royalty_bps)}, text(royalty)))
    for (address, bps), amount in zip(split, amounts, strict=True):
        who = _("You") if address == seller else short_address(address)
        said.append((f"{who}, {percent(bps)} %", text(amount)))
    title = _("A pass") if plan.kind == Plan.LASTING else _("30 days")
    return Sale(title, text(plan.price), said)


def answer_of(manifest: Mapping[str, Any], currencies: Sequence[Currency]) -> str:
    """Return what an answer of usual length would cost by the draft's rates, in a sentence; empty without rates."""
    rates: Mapping[str, Any] = next(iter(manifest.get("rates") or []), {})
    currency = currency_named(str(rates.get("currency", "")), currencies)
    if currency is None or not rates.get("in_per_m") or not rates.get("out_per_m"):
        return ""
    try:
        read, written = (to_units(str(rates[name]), currency) for name in ("in_per_m", "out_per_m"))
    except ValidationError:
        return ""
    cost = -(-(USUAL_READ * read + USUAL_WRITTEN * written) // 1_000_000)
    words = {"read": USUAL_READ, "written": USUAL_WRITTEN, "cost": currency.text(cost)}
    return _("An answer of usual length (%(read)s tokens read, %(written)s written) costs %(cost)s.") % words


def with_fee(chains: QuerySet[Chain]) -> QuerySet[Chain]:
    """Read with chains what ``fee_bps_of`` asks of each."""
    fee: Any = Subquery(Parameter.objects.filter(chain=OuterRef("pk"), key="feeBps").values("value")[:1])
    return chains.annotate(fee_bps=fee)


def fee_bps_of(chain: Chain) -> int:
    """Return the protocol's part of each sale on a chain, in 1/10,000. No query where it was read ``with_fee``."""
    if "fee_bps" in vars(chain):
        return int(vars(chain)["fee_bps"] or 0)
    return Parameter.objects.filter(chain=chain, key="feeBps").values_list("value", flat=True).first() or 0
