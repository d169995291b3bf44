"""What may be kept of a draft while it is written: anything half-typed, within bounds, under keys that are known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from pydantic import BaseModel

from common.text import well_formed
from marketplace.manifest.schema import Manifest

from .errors import DraftRefusedError

MOST_JSON = 300_000  # characters of a whole draft
MOST_TEXT, MOST_LIST, MOST_KEY = 100_000, 1_000, 40
DEEPEST = 4
BIGINT_MAX = 2**63 - 1
# Files and servers have rows of their own, and the format's version is ours.
NOT_KEPT = {"files", "schema", "endpoints"}
TABLES = {"plans", "rates", "splits"}  # lists whose entries are tables
PARTS = Manifest().model_dump(by_alias=True)  # each with what it is where nothing is said


def shaped(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a manifest as a draft keeps them. Raises DraftRefusedError."""
    if unknown := sorted(set(manifest) - set(PARTS)):
        raise DraftRefusedError(_("A draft has no part “%(part)s”.") % {"part": unknown[0][:MOST_KEY]})
    kept = {part: _shaped(value, 0) for part, value in manifest.items() if part not in NOT_KEPT}
    for part, value in kept.items():
        if type(value) is not type(PARTS[part]) or not _fits(part, value):
            raise DraftRefusedError(_("The part “%(part)s” of a draft has another form.") % {"part": part})
    return kept


def _fits(part: str, value: Any) -> bool:
    """Whether what stands in a part is of the kind that is read there: a half-typed text is, a table for it is not."""
    if part in TABLES:
        return all(isinstance(each, dict) and all(map(_is_plain, each.values())) for each in value)
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if not isinstance(value, dict):
        return True
    lists = {key for key, usual in PARTS[part].items() if isinstance(usual, list)}
    return all(
        isinstance(each, list) and all(map(_is_plain, each)) if key in lists else _is_plain(each)
        for key, each in value.items()
    )


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int)


def check_size(manifest: Mapping[str, Any]) -> None:
    """Raise DraftRefusedError where a draft has become longer than is kept."""
    if len(json.dumps(manifest, ensure_ascii=False)) > MOST_JSON:
        raise DraftRefusedError(_("The draft is longer than can be kept. Shorten its card or its terms."))


def as_parts(manifest: BaseModel) -> dict[str, Any]:
    """Return every part of a manifest that was read, also those that it leaves empty: they replace what was there."""
    said = manifest.model_dump(by_alias=True)
    return {part: value for part, value in said.items() if part not in NOT_KEPT}


def _shaped(value: Any, depth: int) -> Any:
    if depth > DEEPEST:
        raise DraftRefusedError(_("The draft is nested too deeply."))
    if isinstance(value, str):
        if len(value) > MOST_TEXT:
            raise DraftRefusedError(_("A text of the draft is longer than 100,000 characters."))
        return well_formed(value)
    if isinstance(value, Mapping):
        if len(value) > MOST_KEY or any(not isinstance(key, str) or len(key) > MOST_KEY for key in value):
            raise DraftRefusedError(_("The draft has keys that nobody knows."))
        return {key: _shaped(each, depth + 1) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        if len(value) > MOST_LIST:
            raise DraftRefusedError(_("A list of the draft has more than 1,000 entries."))
        return [_shaped(each, depth + 1) for each in value]
    return _plain(value)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) <= BIGINT_MAX:
        return value
    if isinstance(value, float):
        return str(value)  # a price of it is told to be exact by ``manifest.problems``
    raise DraftRefusedError(_("The draft has a value that cannot be kept."))
