"""What a draft still lacks, by the step of the wizard that asks for it: each a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account
from common.errors import DomainError
from contracts.models import Chain
from marketplace.checks.finding import Checked, Records
from marketplace.listings.models import Listing
from marketplace.listings.releases import number_of
from marketplace.listings.versions import Adoption, Version
from marketplace.manifest.problems import Problem, check
from marketplace.manifest.schema import Manifest

from .card_texts import MOST_BYTES, card_of
from .checking import records_of
from .finding import around, category_of
from .models import Draft, DraftFile
from .naming import refuse_taken
from .offering import Offering, chain_for, offering_of

NAME, FILES, CHECKS, CARD, PRICE, PREVIEW, LIST = "name", "files", "checks", "card", "price", "preview", "list"
STEPS = (NAME, FILES, CHECKS, CARD, PRICE, PREVIEW, LIST)
# Which step shows a part of the manifest; of ``model`` the keys are told apart.
STEP_OF = {"card": CARD, "adapted_from": CARD, "files": FILES, "endpoints": FILES}
IN_NAME = {"name", "version", "changelog"}  # all else is asked at the card
LEAST_CARD = 80  # characters: what it does, and what it does not


@dataclass
class Completeness:
    """A draft with everything that a listing is made of, and what is left: sentences by step."""

    draft: Draft
    left: dict[str, list[str]] = field(default_factory=lambda: {step: [] for step in STEPS})
    manifest: Manifest | None = None
    owner: Account | None = None
    name: str = ""
    card: str = ""
    chain: Chain | None = None
    adoption: Adoption | None = None
    offering: Offering | None = None
    files: list[DraftFile] = field(default_factory=list)  # with their blobs and uploads
    servers: int = 0
    checked: Checked | None = None
    category: int | None = None  # under which it is on chain, once it is

    @property
    def members(self) -> list[str]:
        """Who alone may buy it, where only a list of addresses may: in their order."""
        access = self.manifest.access if self.manifest else None
        if access is None or access.mode != "listed":
            return []
        return sorted(set(access.allow) - set(access.deny))

    @property
    def problems(self) -> list[str]:
        """All that is left."""
        return [sentence for step in STEPS for sentence in self.left[step]]


def look_at(draft: Draft, records: Records | None = None) -> Completeness:
    """Return what a draft has and lacks; ``records`` are of its checks, where they were read already.

    Asks no chain, unless a token's decimals are not known yet. Four queries, and one for a draft that was not read
    with what stands ``around`` it.
    """
    if "inspected" not in vars(draft):
        draft = around(Draft.objects.filter(pk=draft.pk)).get()
    found = Completeness(draft, owner=getattr(draft.user, "account", None), servers=len(draft.servers))
    found.manifest, problems = check(draft.manifest)
    for problem in problems:
        found.left[step_of(problem)].append(problem.sentence)
    model: dict[str, Any] = draft.manifest.get("model") or {}
    found.adoption = _adoption_of(draft)
    found.left[NAME] += _name(found, model)
    found.files = list(draft.files.select_related("blob", "upload"))
    found.left[FILES] += _files(found.files, sum(draft.servers), found.servers)
    found.card = card_of(draft, found.files)
    found.left[CARD] += _card(found, model)
    found.checked = (records or records_of(draft)).checked
    found.left[CHECKS] += found.checked.blocking
    found.chain = chain_for(draft.manifest, found.adoption)
    found.category = _category(found)
    found.left[PRICE] += _price(found)
    return found


def step_of(problem: Problem) -> str:
    """Return the step that shows what a problem is about."""
    part = str(problem.place[0]) if problem.place else ""
    if part == "model":
        key = str(problem.place[1]) if len(problem.place) > 1 else ""
        return NAME if key in IN_NAME or not key else CARD
    return STEP_OF.get(part, PRICE)


def name_in(draft: Draft, owner: Account | None) -> str:
    """Return the name that a draft is listed under: owner/model; "" while a half of it is missing."""
    if draft.listing:
        return draft.listing
    said = str((draft.manifest.get("model") or {}).get("name") or "")
    slug = said.rpartition("/")[2]
    return f"{owner.name}/{slug}" if owner and slug else ""


def _adoption_of(draft: Draft) -> Adoption | None:
    if not draft.listing:
        return None
    listing = Listing.objects.named(draft.listing).values("pk")
    found = Adoption.objects.filter(listing__in=listing).select_related("chain", "listing__suspension")
    numbers: Any = ArraySubquery(Version.objects.filter(listing=OuterRef("listing")).values("number"))
    return found.annotate(numbers=numbers, category=category_of("chain", "model_id")).order_by("pk").first()


def _category(found: Completeness) -> int | None:
    if found.adoption:
        return vars(found.adoption)["category"]  # type: ignore[no-any-return]  # what the query adds
    is_there = found.chain is not None and found.draft.chain_id == found.chain.pk
    return found.draft.category if is_there else None


def _name(found: Completeness, model: dict[str, Any]) -> Iterator[str]:
    draft = found.draft
    if found.owner is None:
        yield _("Choose the name that you publish under, once and for all.")
    if not model.get("name") and not draft.listing:
        yield _("Give the model a name.")
    found.name = name_in(draft, found.owner)
    said_owner = str(model.get("name") or "").rpartition("/")[0]
    if found.owner and said_owner and said_owner.lower() != found.owner.name.lower():
        yield _("You publish as “%(owner)s”, so the model cannot be named “%(name)s”.") % {
            "owner": found.owner.name,
            "name": model["name"],
        }
    yield from _version(found, str(model.get("version") or ""))
    if found.draft.listing and not model.get("changelog"):
        yield _("Say what is new in this version: its holders are told.")
    if draft.listing and found.adoption is None:
        yield _("“%(name)s” is on no chain here, so no new version of it can be published.") % {"name": draft.listing}
    if found.name and not draft.listing:
        try:
            refuse_taken(found.name, draft)
        except DomainError as error:
            yield str(error.detail)


def _version(found: Completeness, number: str) -> Iterator[str]:
    if not number:
        yield _("Give this version a number, like 1.0.0.")
        return
    if found.adoption is None:
        return
    last = max(vars(found.adoption)["numbers"], key=number_of, default="")
    if last and number_of(number) <= number_of(last):
        yield _("A new version has a higher number than %(last)s, which is published.") % {"last": last}


def _files(files: Sequence[DraftFile], answering: int, servers: int) -> Iterator[str]:
    if not files and not servers:
        yield _("Add the model's files, or the address of a server that runs it.")
    if waiting := sum(each.blob_id is None for each in files):
        text = ngettext("%(n)s file is still on its way.", "%(n)s files are still on their way.", waiting)
        yield text % {"n": waiting}
    if servers and not answering and not files:
        yield _("None of your servers answers yet. Only what delivers can be sold.")


def _card(found: Completeness, model: dict[str, Any]) -> Iterator[str]:
    if not model.get("task"):
        yield _("Choose the task: what the model does.")
    if not model.get("summary"):
        yield _("Say in a sentence or two what the model is good for: lists show it.")
    if not model.get("license") and not model.get("license_url"):
        yield _("Name the licence: without one nobody may use the model.")
    if len(found.card) < LEAST_CARD:
        yield _("Write the card, in at least 80 letters: what the model does, and where it fails.")
    if len(found.card.encode()) > MOST_BYTES:
        yield _("The card has more than 256 KiB. Shorten it.")


def _price(found: Completeness) -> Iterator[str]:
    if found.chain is None:
        yield _("No chain of that name takes listings here.")
        return
    # Of a listing that stands, prices are changed on its own page, each by a transaction.
    if found.adoption is None and found.manifest is not None:
        found.offering = offering_of(found.manifest, found.chain, found.draft.user.address, found.draft.parents)
        yield from found.offering.problems
        if found.manifest.access.mode == "listed" and not found.members:
            yield _("Only addresses on a list may buy it, and the list is empty. Name at least one.")
