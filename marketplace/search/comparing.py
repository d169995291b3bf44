"""Up to five models side by side, a fact a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from common.templatetags.look import UNKNOWN, compact, mib
from marketplace.listings.cards import Card, some_of
from marketplace.listings.models import Listing, with_offers
from marketplace.listings.taxonomy import language_name, licence_of, modality_label, task_label

from .search import everything

MOST = 5


@dataclass(frozen=True)
class Row:
    """One fact of each model; ``differs`` where they are not all the same."""

    title: str
    values: list[str]

    @property
    def differs(self) -> bool:
        """Whether the models differ in it."""
        return len(set(self.values)) > 1


def compared(names: Iterable[str]) -> list[Listing]:
    """Return the listings of these names, at most five, in their order; unknown names are left out."""
    wanted = list(dict.fromkeys(name.lower() for name in names if name))[:MOST]
    found = {
        listing.name.lower(): listing for listing in everything().named(*wanted).select_related("owner", "runtime")
    }
    # In the order asked for, which the database does not keep.
    return with_offers([found[name] for name in wanted if name in found])


def rows_of(listings: list[Listing]) -> list[Row]:
    """Return what is recorded of the listings, a row for each fact that one of them has."""
    rows = [Row(title, [read(listing) or UNKNOWN for listing in listings]) for title, read in _facts()]
    return [row for row in rows if any(value != UNKNOWN for value in row.values)]


def _facts() -> list[tuple[str, Callable[[Listing], str]]]:
    return [
        (_("Task"), lambda each: task_label(each.task)),
        (_("Licence"), lambda each: str(licence_of(each.license).title)),
        (_("Parameters"), lambda each: compact(each.parameters)),
        (_("Memory at 32 bits"), lambda each: mib(each.memory_mb)),
        (_("Context in tokens"), lambda each: f"{each.max_tokens:,}" if each.max_tokens else ""),
        (_("Dimensions"), lambda each: f"{each.embedding_dim:,}" if each.embedding_dim else ""),
        (_("Released"), lambda each: each.released.isoformat() if each.released else ""),
        (_("Kind of data"), lambda each: ", ".join(map(modality_label, each.modalities))),
        (_("Languages"), lambda each: some_of([language_name(code) for code in each.languages])),
        (_("Loads with"), lambda each: get_text_list(each.libraries, _("or"))),
        (_("Adapted from"), lambda each: each.adapted_from),
        (_("Runs here now"), lambda each: _("yes") if each.runs_now else _("no")),
        (_("Uses here"), lambda each: f"{each.uses:,}"),
        (_("Facts recorded"), lambda each: _("%(n)s of 8") % {"n": Card(each).known}),
    ]
