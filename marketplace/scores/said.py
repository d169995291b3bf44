"""What a review says, before it is signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from common.text import clean_text
from marketplace.listings.models import Listing

from .errors import ReviewRefusedError
from .models import LEAST, MOST, MOST_TEXT, PARTS


@dataclass(frozen=True)
class Said:
    """Stars from one to five, all in all and for each part, None for a part left out; a text; and of which version.

    A version of "" is the newest.
    """

    rating: int
    text: str = ""
    version: str = ""
    delivers: int | None = None
    speed: int | None = None
    worth: int | None = None
    support: int | None = None

    def values(self) -> dict[str, object]:
        """Return it by the names of the models' columns."""
        return dict(vars(self))


def newest_version(listing: Listing) -> str:
    """Return the number of a listing's newest version, "" where it has none."""
    return listing.versions.order_by("-created_at", "-pk").values_list("number", flat=True).first() or ""


def checked(said: Said) -> Said:
    """Return what is said as it is signed and kept, but for its version. Raises ReviewRefusedError."""
    given = [said.rating, *(getattr(said, part) for part in PARTS)]
    if any(each is not None and not LEAST <= each <= MOST for each in given):
        raise ReviewRefusedError(_("Give from one to five stars."))
    return replace(said, text=checked_text(said.text, least=0))


def checked_text(text: str, *, least: int = 1) -> str:
    """Return a text as it is kept. Raises ReviewRefusedError where it is too long, or shorter than ``least``."""
    text = clean_text(text)
    if len(text) < least:
        raise ReviewRefusedError(_("Write a few words."))
    if len(text) > MOST_TEXT:
        raise ReviewRefusedError(_("At most %(most)s characters, please.") % {"most": f"{MOST_TEXT:,}"})
    return text


def version_of(number: str, listing: Listing, newest: Sequence[str]) -> str:
    """Return the version that a review speaks of, "" for the newest. ``newest`` are those that a form offers.

    Raises ReviewRefusedError where there is no such version.
    """
    if not number:
        return newest[0] if newest else newest_version(listing)
    if number in newest:
        return number
    # No column of text holds a NUL, nor can it be asked for one.
    if "\x00" in number or not listing.versions.filter(number=number).exists():
        raise ReviewRefusedError(_("This model has no such version."))
    return number
