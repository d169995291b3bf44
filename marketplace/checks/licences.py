"""The check of a model's licence: that there is one, that files agree, and that its parent's allows it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from marketplace.listings.models import Listing
from marketplace.listings.taxonomy import CUSTOM_LICENCE, LICENCES, licence_of

from .compatibility import FAMILY, LIMITED, fit_of
from .verdicts import Given, Verdict, failed, of_problems

OTHER = ("other", "custom", "proprietary")


def licence_name(key: str) -> str:
    """Return a licence by the name that people know it by."""
    return str(licence_of(key).title)


def judge_licence(given: Given) -> Verdict:
    """Return whether the licence is known, is what the files say, and fits the parent's. One query where it has one."""
    said = str(given.inspection.said("model", "license") or given.inspection.said("model", "licence")).lower()
    in_files = str(given.facts.get("licence", ""))
    licence = said or in_files
    if not licence:
        return failed(_("No licence is stated. Without one nobody but you may use the model: choose one."))
    name = licence_name(licence)
    bad, odd = [], []
    is_own = licence in OTHER or licence == CUSTOM_LICENCE
    if is_own and not given.inspection.said("model", "license_url"):
        bad.append(_("Terms of your own need an address where buyers can read them."))
    elif licence not in LICENCES and licence not in FAMILY and not is_own:
        odd.append(_("“%(name)s” is a licence that is not known here. Buyers are told to read it.") % {"name": name})
    if said and in_files and said != in_files:
        words = {"name": name, "files": licence_name(in_files), "path": given.facts.sources["licence"]}
        odd.append(_("The listing says %(name)s, %(path)s says %(files)s.") % words)
    if FAMILY.get(licence) == LIMITED:
        odd.append(_("It allows no commercial use: buyers may try and study the model, and not earn with it."))
    _judge_parent(given, licence, bad, odd)
    return of_problems(bad, odd, _("%(name)s: known, and allowed here.") % {"name": name}, licence=licence)


def _judge_parent(given: Given, licence: str, bad: list[str], odd: list[str]) -> None:
    """Add what the parent's licence asks."""
    parent = given.parent or str(given.facts.get("base_model", ""))
    if not parent or "/" not in parent:
        return
    listing = Listing.objects.named(parent).only("name", "license").first()
    if listing is None or not listing.license:
        odd.append(_("The licence of %(parent)s, which it is made from, is not known here.") % {"parent": parent})
        return
    fit = fit_of(licence, listing.license, name=given.name, is_sold=_is_sold(given))
    if fit.why:
        words = {"parent": listing.name, "licence": licence_name(listing.license), "why": fit.why}
        text = _("It is made from %(parent)s (%(licence)s). %(why)s") % words
        (bad if fit.is_refused else odd).append(text)


def _is_sold(given: Given) -> bool:
    """Say whether a plan or a rate asks for money; what has none yet is thought to."""
    listed = [*(given.inspection.said("plans", default=[]) or []), *(given.inspection.said("rates", default=[]) or [])]
    if not listed:
        return True
    amounts = [each.get(key) for each in listed if isinstance(each, dict) for key in ("price", "in_per_m", "out_per_m")]
    return any(_is_money(amount) for amount in amounts if amount not in (None, ""))


def _is_money(amount: object) -> bool:
    try:
        return Decimal(str(amount)) != 0
    except InvalidOperation:
        return True
