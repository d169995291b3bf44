"""Where a file stands in a model's folder: a path that means the same on every machine, and leads nowhere else."""

from __future__ import annotations

import re
from unicodedata import category, normalize

from django.utils.translation import gettext as _

from marketplace.files.blobs import MOST_PATH

MOST_PARTS = 12
_FORBIDDEN = re.compile(r'[\\:*?"<>|]')  # what one of the usual systems cannot have in a name
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean_path(text: str) -> str:
    """Return a path as it is kept: NFC, parts divided by “/”. Raises ValueError with a sentence."""
    path = normalize("NFC", text)
    if not path or len(path) > MOST_PATH:
        raise ValueError(_("A path of a file has 1 to 255 characters."))
    if any(category(letter) in _UNSEEN for letter in path) or _FORBIDDEN.search(path):
        raise ValueError(_("The path of a file holds a character that some system cannot have in a name."))
    parts = path.split("/")
    if len(parts) > MOST_PARTS:
        raise ValueError(_("A file stands at most twelve folders deep."))
    if any(not part or part in (".", "..") or part != part.strip() or part.endswith(".") for part in parts):
        raise ValueError(_("The path of a file is relative to the model's folder, without “..” and empty parts."))
    if any(_RESERVED.fullmatch(part) for part in parts):
        raise ValueError(_("The path of a file has a part that Windows keeps for a device."))
    return path
