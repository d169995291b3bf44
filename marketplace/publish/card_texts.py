"""A draft's card: what its owner wrote, or the Markdown file that they named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from common.text import clean_text

from .models import Draft, DraftFile

MOST_CARD = 100_000  # characters
MOST_BYTES = 262_144  # of a card as it is kept under its CID
USUAL = "README.md"


def card_of(draft: Draft, files: Sequence[DraftFile] | None = None) -> str:
    """Return the Markdown of a draft's card: its text, else the file that it names, else its README; "" without.

    ``files`` are the draft's, with their blobs, where they were read already.
    """
    said: dict[str, Any] = draft.manifest.get("card") or {}
    text = said.get("text")
    if isinstance(text, str) and text.strip():
        return clean_text(text[:MOST_CARD])
    there = draft.files.select_related("blob") if files is None else files
    return _in_file(there, str(said.get("path") or USUAL))


def _in_file(files: Iterable[DraftFile], path: str) -> str:
    found = next((each.blob for each in files if each.path.casefold() == path.casefold()), None)
    if found is None or found.size > MOST_BYTES:
        return ""
    with found.open() as source:
        text = source.read(MOST_BYTES).decode("utf-8", "replace")
    return clean_text(without_front_matter(text)[:MOST_CARD])


def without_front_matter(text: str) -> str:
    """Return a Markdown text without the YAML between dashes before it, which is for programs."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if not lines or lines[0].rstrip() != "---":
        return text
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
    return text if end is None else "\n".join(lines[end + 1 :]).lstrip("\n")
