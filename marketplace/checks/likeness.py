"""Checks against pretending: names that are taken for known ones, and weights that somebody else lists."""

from __future__ import annotations

from django.db.models import F, Func, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower, Replace
from django.utils.translation import gettext as _

from accounts.models import Account
from common.skeletons import PAIRS, is_a_slip_away, skeleton
from marketplace.formats import folder
from marketplace.listings.models import Listing
from marketplace.listings.versions import VersionFile

from .verdicts import Given, Verdict, failed, of_problems, passed, warned

LEAST = 6  # letters of an owner's name from which a slip is no other name
MOST_NAMES = 50
LEAST_WEIGHTS = 2**20  # bytes: what is smaller may well be alike


def judge_likeness(given: Given) -> Verdict:
    """Return whether the owner or the model can be taken for another one. Two queries."""
    owner, _slash, model = given.name.rpartition("/")
    bad = [like] if owner and (like := _like_owner(owner, given.inspection.author)) else []
    odd = _like_models(given, owner, model) if model else []
    return of_problems(bad, odd, _("Its name is like no other owner's or model's here."))


def _like_owner(owner: str, author: str) -> str:
    """Return that an owner's name looks like another one's; "" where it does not."""
    seen = skeleton(owner)
    for name, address, is_reserved in Account.objects.values_list("name", "user__address", "is_reserved"):
        if name.lower() == owner.lower() or (author and address == author):
            continue
        # Names that nobody knows differ by a letter all the time.
        slips = is_reserved and len(owner) >= LEAST and is_a_slip_away(name.lower(), owner.lower())
        if slips or skeleton(name) == seen:
            return _("“%(owner)s” can be taken for %(name)s, who is known here. Choose another name.") % {
                "owner": owner,
                "name": name,
            }
    return ""


def _like_models(given: Given, owner: str, model: str) -> list[str]:
    """Return that a model of the same name is another owner's, and is not said to be its parent."""
    # Looked for by a scan: it takes a part of a second, in a task.
    near = Listing.objects.visible().annotate(seen=seen_model()).filter(seen=skeleton(model)).order_by("pk")
    if given.inspection.author:
        # A draft may be a new version of what is the author's own.
        own = Listing.objects.filter(owner__user__address=given.inspection.author)
        near = near.exclude(pk__in=own)
    parents = {given.parent.lower(), str(given.facts.get("base_model", "")).lower()}
    alike = [
        name
        for name in near.values_list("name", flat=True)[:MOST_NAMES]
        if name.partition("/")[0].lower() != owner.lower() and name.lower() not in parents
    ]
    if not alike:
        return []
    return [_("%(name)s has the same name and another owner. Buyers are told so.") % {"name": alike[0]}]


def seen_model() -> Combinable:
    """Return the skeleton of a listing's own part of its name, in SQL: such names are ASCII."""
    text = TextField()
    part = Lower(Func(F("name"), Value("/"), Value(2), function="split_part", output_field=text))
    signs = (Value("[^a-z0-9]"), Value(""), Value("g"))
    bare = Func(part, *signs, function="regexp_replace", output_field=text)
    seen: Combinable = Func(bare, Value("013578i"), Value("olestbl"), function="translate", output_field=text)
    for pair, one in PAIRS:
        seen = Replace(seen, Value(pair), Value(one), output_field=text)
    return seen


def judge_copies(given: Given) -> Verdict:
    """Return whether its weights are, byte for byte, those of a model that is listed. One query."""
    sizes = {sha256: size for _path, sha256, size in given.inspection.files}
    weights = {
        given.inspection.paths[path]
        for path, facts in given.files.items()
        if facts.kind in folder.WEIGHTS and sizes[given.inspection.paths[path]] >= LEAST_WEIGHTS
    }
    if not weights:
        return passed(_("There are no weights that could be another model's."))
    same = (
        VersionFile.objects.filter(blob__in=weights)
        .exclude(version__listing__name__iexact=given.name)
        .select_related("version__listing__owner__user")
        .order_by("version__created_at", "pk")
        .first()
    )
    if same is None:
        return passed(_("No model that is listed here has the same weights."))
    listing = same.version.listing
    words = {"name": listing.name, "path": same.path}
    found = {"same_as": listing.name, "version": same.version.number}
    owner = listing.owner.user.address if listing.owner.user else ""
    if given.inspection.author and owner == given.inspection.author:
        return passed(_("The same weights are yours already, as %(name)s.") % words, **found)
    if given.parent.lower() == listing.name.lower():
        return warned(
            _("The weights are those of %(name)s, byte for byte; it says that it is made from it.") % words, **found
        )
    text = _("The weights are those of %(name)s, byte for byte. State that it is made from it, or upload your own.")
    return failed(text % words, **found)
