"""The pages of a draft's steps: what each shows besides the fields that are typed, and what its script is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from common.prose import render_written
from marketplace.files.quotas import Quota
from marketplace.listings.models import SQUASHED, Listing
from marketplace.listings.taxonomy import LICENCES, TASKS, licence_of, task_label
from marketplace.search.sections import Section
from marketplace.selling.terms_previews import percent

from .earning import answer_of, fee_bps_of, parts_of_split, sales_of
from .fields import values_of
from .wizard import STEPS, Wizard

SPARE_ROWS = 2  # of the split, for browsers without JavaScript


def shown(wizard: Wizard, step: str) -> dict[str, Any]:
    """Return the context of a step's page."""
    names = list(STEPS)
    place = names.index(step)
    before, after = names[place - 1] if place else "", names[place + 1] if place + 1 < len(names) else ""
    return {
        "wizard": wizard,
        "draft": wizard.draft,
        "step": step,
        "step_template": f"marketplace/publish/step_{step}.html",
        "title": STEPS[step],
        "before": wizard.address(before) if before else "",
        "after_name": after,
        "after": wizard.address(after) if after else "",
        "after_title": STEPS[after] if after else "",
        "inputs": wizard.inputs(step),
        "ago": max(0, int((timezone.now() - wizard.draft.updated_at).total_seconds())),
        **_SAID[step](wizard),
    }


def answer(wizard: Wizard, request: HttpRequest, step: str, conflicts: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page's script is told after a save: what is kept, and what of the page is new."""
    context = shown(wizard, step)
    parts = {"rail": "_rail", "seen": "_seen", "said": f"_said_{step}"}
    return {
        "revision": wizard.draft.revision,
        "values": values_of(wizard.manifest, step),
        "conflicts": [{"name": name, "theirs": theirs} for name, theirs in conflicts.items()],
        "faults": {name: fault for name, fault in wizard.faults.items() if name in context["inputs"]},
        "parts": {
            name: render_to_string(f"marketplace/publish/{template}.html", context, request=request)
            for name, template in parts.items()
        },
    }


def _names(wizard: Wizard) -> dict[str, Any]:
    return {"named": name_said(wizard, wizard.name), "is_version": bool(wizard.draft.listing)}


def name_said(wizard: Wizard, name: str) -> dict[str, Any]:
    """Return whether a name is free under the user's own, and which listings it could be taken for. One query."""
    whole = f"{wizard.owner}/{name}" if wizard.owner else name
    squashed = "".join(each for each in name.lower() if each.isalnum())
    if not squashed or wizard.draft.listing:
        return {"whole": whole, "taken": False, "alike": []}
    found = list(Listing.objects.alias(squashed=SQUASHED).filter(squashed=squashed).values_list("name", flat=True)[:4])
    taken = any(each.lower() == whole.lower() for each in found)
    return {"whole": whole, "taken": taken, "alike": [each for each in found if each.lower() != whole.lower()]}


def _files(wizard: Wizard) -> dict[str, Any]:
    return {"files": wizard.files, "quota": Quota.of(wizard.user), "servers": wizard.found.servers}


def _checks(wizard: Wizard) -> dict[str, Any]:
    return {"checks": wizard.checked}


def _card(wizard: Wizard) -> dict[str, Any]:
    text = wizard.found.card
    return {
        "preview": render_written(text) if text else "",
        "tasks": sorted(((key, task_label(key)) for key in TASKS), key=lambda each: each[1]),
        "licences": sorted(((key, licence_of(key).title) for key in LICENCES), key=lambda each: str(each[1]).lower()),
    }


def _price(wizard: Wizard) -> dict[str, Any]:
    seller, chain = wizard.user.address, wizard.chain
    fee = fee_bps_of(chain) if chain else 0
    return {
        "sales": sales_of(wizard.manifest, wizard.plans, seller, fee),
        "answer_costs": answer_of(wizard.manifest, wizard.currencies),
        "split_is_whole": parts_of_split(wizard.manifest, seller) is not None,
        "spare_rows": range(SPARE_ROWS),
        "fee": percent(fee),
    }


def _preview(wizard: Wizard) -> dict[str, Any]:
    text = wizard.found.card
    listing = wizard.listing
    return {
        "listing": listing,
        "card": wizard.card,
        "card_html": render_written(text) if text else "",
        "licence": licence_of(listing.license),
        "sections": [Section("", [listing])],
        "files": wizard.files,
    }


def _list(wizard: Wizard) -> dict[str, Any]:
    return {"listing": wizard.listing, "checks": wizard.checked}


_SAID = {
    "name": _names,
    "files": _files,
    "checks": _checks,
    "card": _card,
    "price": _price,
    "preview": _preview,
    "list": _list,
}
