"""What the pages of a draft show: its steps beside it, one of them in the middle, and what buyers will see of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from accounts.models import User
from common.money import format_units
from common.prose import render_written
from contracts.currencies import Currency
from contracts.models import Chain
from marketplace.checks.finding import Checked
from marketplace.files.quotas import Quota
from marketplace.listings.cards import Card
from marketplace.listings.models import SQUASHED, Listing
from marketplace.listings.recorded import RECORDED_FACTS
from marketplace.listings.taxonomy import LICENCES, TASKS, licence_of, task_label
from marketplace.search.sections import Section
from marketplace.selling.terms_now import currencies_of
from marketplace.selling.terms_previews import percent

from .completing import Completeness
from .earning import Priced, answer_of, fee_bps_of, parts_of_split, priced_of, sales_of
from .fields import values_of
from .inputs import Input, faults_of, inputs_of
from .models import Draft, DraftFile
from .preview import listing_of
from .standing import Stage, Standing, Step, cost_of, standing_of

STEPS: dict[str, StrOrPromise] = {
    "name": gettext_lazy("Name"),
    "files": gettext_lazy("Files or server"),
    "checks": gettext_lazy("Checks"),
    "card": gettext_lazy("Card"),
    "price": gettext_lazy("Price and access"),
    "preview": gettext_lazy("Preview"),
    "list": gettext_lazy("List on chain"),
}
SPARE_ROWS = 2  # of the split, for browsers without JavaScript
LAST = ("preview", "list")
COST_KEPT = 60  # seconds
LATELY = timedelta(minutes=2)


@dataclass(frozen=True)
class RailStep:
    """A step beside the page: ``done`` of its ``of`` parts, and a note of what is left."""

    name: str
    title: StrOrPromise
    done: int
    of: int
    note: str
    address: str


class Wizard:
    """One draft as its pages need it. Everything is read once, and only what a page shows."""

    def __init__(self, draft: Draft, user: User) -> None:
        draft.user = user  # read already
        self.draft, self.user = draft, user
        self.manifest: dict[str, Any] = draft.manifest

    @cached_property
    def standing(self) -> Standing:
        """What is left of each step."""
        return standing_of(self.draft)

    @property
    def found(self) -> Completeness:
        """The draft with all that a listing is made of."""
        return self.standing.found

    @property
    def owner(self) -> str:
        """The name of the account that it is listed under; empty before there is one."""
        return self.found.owner.name if self.found.owner else ""

    @cached_property
    def chain(self) -> Chain | None:
        """The chain that it is listed on."""
        return self.found.chain

    @cached_property
    def currencies(self) -> list[Currency]:
        """What can be asked for there."""
        return currencies_of(self.chain) if self.chain else []

    @cached_property
    def plans(self) -> list[Priced]:
        """The plans whose prices can be read."""
        return priced_of(self.manifest, self.currencies)

    @property
    def files(self) -> list[DraftFile]:
        """Its files in the order of their paths."""
        return self.found.files

    @cached_property
    def checked(self) -> Checked:
        """What was checked, and what was found."""
        return self.found.checked or Checked(self.draft.subject, asked=False)

    @cached_property
    def faults(self) -> dict[str, str]:
        """What is wrong with what is typed, by field."""
        return faults_of(self.manifest)

    @cached_property
    def listing(self) -> Listing:
        """The listing that it would become."""
        return listing_of(
            self.draft,
            user=self.user,
            owner=self.owner or _("you"),
            chain=self.chain,
            plans=self.plans,
            files=self.files,
        )

    @cached_property
    def card(self) -> Card:
        """Its facts in prose."""
        return Card(self.listing)

    @property
    def name(self) -> str:
        """The second part of its name; empty while it has none."""
        return str((self.manifest.get("model") or {}).get("name", "")).rpartition("/")[2]

    @property
    def parent(self) -> str:
        """The model that it was made from, as owner/model; empty for none."""
        return str((self.manifest.get("adapted_from") or {}).get("parent", ""))

    @cached_property
    def cost(self) -> str:
        """What listing it costs in gas, in the chain's coin, as of a minute ago at most; empty where nobody can say."""
        key = f"listing-cost-said:{self.draft.pk}"
        known: str | None = cache.get(key)
        if known is None:
            cost = cost_of(self.draft, self.chain)
            known = f"{format_units(rounded(cost.wei))} {cost.chain.coin}" if cost else ""
            cache.set(key, known, COST_KEPT)
        return known

    @property
    def is_listed(self) -> bool:
        """Whether nothing is left at all: what it says of its name now is true of itself."""
        return self.standing.stage == Stage.LISTED

    @property
    def minutes(self) -> int:
        """How long what is left takes."""
        return 0 if self.is_listed else self.standing.minutes

    @property
    def about_cost(self) -> str:
        """The same as people say it."""
        return _("about %(cost)s") % {"cost": self.cost} if self.cost else _("one transaction")

    @property
    def address_of_listing(self) -> str:
        """Where it stands in the catalogue, once it is listed."""
        owner, _slash, name = self.standing.listing.partition("/")
        return reverse("model", args=[owner, name]) if name else ""

    @property
    def steps_on_chain(self) -> list[dict[str, Any]]:
        """The steps between the wallet and the catalogue, for the stepper; none before the wallet was asked."""
        stage, standing = self.standing.stage, self.standing
        if stage in (Stage.DRAFT, Stage.LISTED):
            return []
        at = {Stage.PREPARED: 0, Stage.SENT: 1, Stage.CONFIRMING: 2, Stage.FAILED: 1}[stage]
        titles = [_("Sign in your wallet"), _("Sent, waiting for a block"), _("Confirming"), _("In the catalogue")]
        notes = (
            {2: _("%(n)s of %(of)s blocks") % {"n": standing.confirmations, "of": standing.needed}} if at == 2 else {}
        )
        steps: list[dict[str, Any]] = []
        for place, title in enumerate(titles):
            state = "done" if place < at else "now" if place == at else "to-come"
            total = standing.needed or 3 if place == 2 else 1
            filled = total if place < at else standing.confirmations if place == at == 2 else 0
            steps.append(
                {"title": title, "note": notes.get(place, ""), "state": state, "filled": filled, "total": total}
            )
        return steps

    @property
    def is_moving(self) -> bool:
        """Whether a file is on its way: its upload was touched a moment ago."""
        recent = timezone.now() - LATELY
        return any(file.blob is None and file.upload and file.upload.touched_at > recent for file in self.files)

    @property
    def missing(self) -> list[str]:
        """Those of the eight facts that nothing says yet."""
        return [str(fact.name) for fact in RECORDED_FACTS if not fact.is_said(self.listing)]

    def address(self, step: str) -> str:
        """Return where a step is."""
        return reverse("draft-step", args=[self.draft.pk, step])

    @property
    def rail(self) -> list[RailStep]:
        """The steps with what is left of each."""
        return [
            RailStep(step.name, STEPS[step.name], self._done(step), step.of, self._note(step), self.address(step.name))
            for step in self.standing.steps
        ]

    def _done(self, step: Step) -> int:
        """Return what counts as done of a step: the last two follow from the others, so they wait for them."""
        if self.is_listed:
            return step.of
        return step.done if self.standing.is_ready or step.name not in LAST else 0

    def _note(self, step: Step) -> str:
        """Return what stands below a step: what is there, else how much is left."""
        if step.name == "files" and self.files:
            size = sum(each.blob.size for each in self.files if each.blob)
            held = ngettext("%(n)s file", "%(n)s files", len(self.files)) % {"n": len(self.files)}
            return f"{held}, {filesizeformat(size)}"
        if step.name == "checks" and not self.files and not self.found.servers:
            return _("once there are files")
        if step.name == "checks" and self.checked:
            return self.checked.summary
        if step.name == "card":
            return _("%(known)s of 8 facts") % {"known": self.card.known}
        if step.name == "price" and self.plans:
            return self.plans[0].currency.text(self.plans[0].price)
        if step.name == "list":
            return self.cost
        left = 0 if self.is_listed else len(step.left)
        return ngettext("%(n)s thing left", "%(n)s things left", left) % {"n": left} if left else ""

    def inputs(self, step: str) -> dict[str, Input]:
        """Return what a step asks."""
        return inputs_of(self.manifest, step, self.draft.filled, self.faults)

    def shown(self, step: str) -> dict[str, Any]:
        """Return the context of a step's page."""
        names = list(STEPS)
        place = names.index(step)
        return {
            "wizard": self,
            "draft": self.draft,
            "step": step,
            "step_template": f"marketplace/publish/step_{step}.html",
            "title": STEPS[step],
            "before": self.address(names[place - 1]) if place else "",
            "after_name": names[place + 1] if place + 1 < len(names) else "",
            "after": self.address(names[place + 1]) if place + 1 < len(names) else "",
            "after_title": STEPS[names[place + 1]] if place + 1 < len(names) else "",
            "inputs": self.inputs(step),
            "ago": max(0, int((timezone.now() - self.draft.updated_at).total_seconds())),
            **self.said(step),
        }

    def said(self, step: str) -> dict[str, Any]:
        """Return what a step shows besides what is typed."""
        return _SAID[step](self) if step in _SAID else {}


def answer(wizard: Wizard, request: HttpRequest, step: str, conflicts: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page's script is told after a save: what is kept, and what of the page is new."""
    context = wizard.shown(step)
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


def rounded(wei: int) -> int:
    """Return an amount with two significant digits, rounded up: what is said of gas is about."""
    least = int(10 ** max(0, len(str(wei)) - 2))
    return -(-wei // least) * least


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
    fee = fee_bps_of(chain.pk) if chain else 0
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
