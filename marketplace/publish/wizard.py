"""One draft as its pages need it: its steps with what is left of each, and the listing that it would become."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.core.cache import cache
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from accounts.models import User
from common.money import format_units
from contracts.currencies import Currency
from contracts.models import Chain
from marketplace.checks.finding import Checked, Records
from marketplace.listings.cards import Card
from marketplace.listings.models import Listing
from marketplace.listings.recorded import RECORDED_FACTS
from marketplace.selling.terms_now import currencies_of

from .completing import Completeness
from .earning import Priced, priced_of
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

    def __init__(self, draft: Draft, user: User, records: Records | None = None) -> None:
        self.draft, self.user = draft, user
        self.manifest: dict[str, Any] = draft.manifest
        self._records = records  # of its checks, where they were read already

    @cached_property
    def standing(self) -> Standing:
        """What is left of each step."""
        return standing_of(self.draft, self._records)

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
            cost = cost_of(self.draft, self.chain, self.found)
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
    def passes_say(self) -> list[str]:
        """What is wished of passes that the listing's own transaction cannot set, as another contract keeps it."""
        wished: dict[str, Any] = self.manifest.get("passes") or {}
        words = {"transfers": _("holders may give passes away"), "resale": _("holders may sell passes on")}
        return [str(word) for name, word in words.items() if wished.get(name) is True]

    @property
    def address_of_terms(self) -> str:
        """Where its seller sets what the listing's transaction did not, once it is on chain."""
        if not self.chain or not self.draft.model_id:
            return ""
        return reverse("listing-terms", args=[self.chain.short_name, self.draft.model_id])

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


def rounded(wei: int) -> int:
    """Return an amount with two significant digits, rounded up: what is said of gas is about."""
    least = int(10 ** max(0, len(str(wei)) - 2))
    return -(-wei // least) * least
