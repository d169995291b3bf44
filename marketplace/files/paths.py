"""What a file may be called inside a model's folder: what every buyer's system can write, and people can read."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from common.text import shows

from .blobs import MOST_PATH
from .errors import BadPathError

MOST_PART = 200  # bytes of UTF-8 in one name: file systems take 255
MOST_DEPTH = 16
FORBIDDEN = frozenset('<>:"|?*\\')  # Windows writes none of them
NUMBERS = "123456789¹²³"  # Windows counts with both
DEVICES = frozenset(
    {
        *("con", "prn", "aux", "nul", "clock$", "conin$", "conout$"),
        *(f"{kind}{n}" for kind in ("com", "lpt") for n in NUMBERS),
    }
)
# Folders whose programs run what stands in them, as soon as somebody works beside; the second is git's by its old name.
PROGRAMS = frozenset({".git", "git~1", ".hg", ".svn", ".bzr", "_darcs", ".jj"})

EMPTY = _("A file needs a name.")
TOO_LONG = _("A file’s path may have at most 255 characters, 16 folders, and 200 bytes in each name.")
OUTSIDE = _("A file’s path stays inside the model’s folder: no empty parts, and none that is “.” or “..”.")
SIGNS = _('A file’s name may not hold invisible signs, signs that turn text around, or any of < > : " | ? * \\.')
EDGES = _("No part of a file’s path may begin or end with a space, or end with a dot.")
DEVICE = _("Windows keeps names like con, nul and com1 for devices: give the file another name.")
PROGRAM = _("A folder like .git may run commands for whoever downloads the model: leave it out.")


def clean_path(text: str) -> str:
    """Return a path in its one form (NFC, relative, with slashes). Raises BadPathError, which says what is wrong."""
    path = unicodedata.normalize("NFC", text)
    if why := _fault(path):
        raise BadPathError(why)
    return path


def _fault(path: str) -> StrOrPromise | None:
    if not path:
        return EMPTY
    if any(sign in FORBIDDEN or not _is_seen(sign) for sign in path):
        return SIGNS
    parts = path.split("/")
    if len(path) > MOST_PATH or len(parts) > MOST_DEPTH or any(len(part.encode()) > MOST_PART for part in parts):
        return TOO_LONG
    return next((why for part in parts if (why := _fault_of_part(part))), None)


def _fault_of_part(part: str) -> StrOrPromise | None:
    if part in ("", ".", ".."):
        return OUTSIDE
    if part != part.strip() or part.endswith("."):
        return EDGES
    if part.lower() in PROGRAMS:
        return PROGRAM
    return DEVICE if part.split(".")[0].rstrip().lower() in DEVICES else None


def _is_seen(sign: str) -> bool:
    """Say whether a sign takes up its place and no more: no control, mark of direction, surrogate or line's end, and
    none that is drawn as nothing."""
    return sign == " " or (unicodedata.category(sign)[0] not in "CZ" and shows(sign))
