"""Which licence something may have that was made from a model under another one. Not legal advice: the texts decide."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

OPEN, SHARED, LIMITED, PASSED_ON, OWN = "open", "shared", "limited", "passed-on", "own"

_FAMILIES = {
    OPEN: """
        apache-2.0 mit bsd bsd-2-clause bsd-3-clause isc zlib unlicense cc0-1.0 cc-by-4.0 cc-by-3.0 cc-by-2.0
        openmdw-1.1 wtfpl bsl-1.0 artistic-2.0 ms-pl pddl odc-by cdla-permissive-2.0 postgresql afl-3.0 ecl-2.0
    """,
    SHARED: """
        gpl gpl-2.0 gpl-3.0 agpl-3.0 lgpl lgpl-2.1 lgpl-3.0 cc-by-sa-4.0 cc-by-sa-3.0 eupl-1.1 eupl-1.2 osl-3.0 mpl-2.0
    """,
    LIMITED: """
        cc-by-nc-4.0 cc-by-nc-sa-4.0 cc-by-nc-nd-4.0 cc-by-nc-3.0 cc-by-nc-2.0 cc-by-nd-4.0 apple-amlr
        fair-noncommercial-research-license c-uda
    """,
    PASSED_ON: """
        llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 gemma openrail bigscience-openrail-m creativeml-openrail-m
        openrail++ bigscience-bloom-rail-1.0 bigcode-openrail-m deepseek qwen-community-1.0 apple-ascl
    """,
}
FAMILY = {licence: family for family, names in _FAMILIES.items() for licence in names.split()}
LLAMA = "llama"


@dataclass(frozen=True)
class Fit:
    """Whether a licence fits its parent's: ``is_refused`` where it cannot, ``why`` a text ("" where it does)."""

    is_refused: bool = False
    why: StrOrPromise = ""


FITS = Fit()
NOT_SOLD = Fit(True, _("Its terms forbid commercial use, and what is made from it too, so it cannot be sold."))
SAME = Fit(True, _("What is made from it has to carry the same licence."))
GOES_ON = Fit(True, _("Its terms go on to what is made from it: state the same licence."))
NAMED = Fit(False, _("Its terms ask that the name of what is made from it begins with “Llama”."))
UNKNOWN = Fit(False, _("Nobody here knows its terms: make sure that they allow it."))


def fit_of(licence: str, parent: str, *, name: str = "", is_sold: bool = True) -> Fit:
    """Return whether what is made from a model under ``parent`` may be sold under ``licence`` by this name."""
    family = FAMILY.get(parent, OWN)
    if family == OPEN:
        return FITS
    if family == LIMITED:
        if is_sold:
            return NOT_SOLD
        return FITS if licence == parent else SAME
    if family == SHARED:
        return FITS if _kin(licence) == _kin(parent) else SAME
    if family == PASSED_ON:
        if licence != parent:
            return GOES_ON
        # The second of that name did not ask for it.
        asks_name = parent.startswith(LLAMA) and parent != "llama2"
        return NAMED if asks_name and not name.rpartition("/")[2].lower().startswith(LLAMA) else FITS
    return FITS if licence == parent and parent else UNKNOWN


def _kin(licence: str) -> str:
    """Return a licence without its number: versions of the same may follow one another."""
    return licence.rstrip("0123456789.").rstrip("-")
