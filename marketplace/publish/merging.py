"""One draft on two devices: each changed field is put in where nobody else changed it, and told where somebody did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from accounts.models import User

from .actions import save_draft
from .errors import ChangedElsewhereError
from .fields import BY_NAME, value_of, with_values
from .finding import own_draft
from .models import Draft

ATTEMPTS = 4  # at getting in between two saves of others


@dataclass(frozen=True)
class Change:
    """What somebody typed in a field, and what stood there when they began; None where that is not known."""

    now: str
    was: str | None = None


@dataclass(frozen=True)
class Merged:
    """A draft after a save, with the fields that were left as another device has them."""

    draft: Draft
    conflicts: dict[str, str] = field(default_factory=dict)  # by field: what stands there


def save_fields(*, user: User, draft_id: UUID, changes: Mapping[str, Change], coin: str = "", tab: str = "") -> Merged:
    """Put changes of fields into a draft. What another device changed since stays, and is returned as a conflict.

    ``coin`` is the currency of a price that names none. Raises as ``save_draft``.
    """
    for attempt in range(ATTEMPTS):
        draft = own_draft(user, draft_id)
        wanted, conflicts = _sorted_out(draft.manifest, changes)
        made = with_values(draft.manifest, wanted, coin=coin)
        parts = {BY_NAME[name].part for name in wanted}
        changed: dict[str, Any] = {part: made.get(part) for part in parts if made.get(part) != draft.manifest.get(part)}
        if not changed:
            return Merged(draft, conflicts)
        try:
            kept = save_draft(user=user, draft_id=draft_id, revision=draft.revision, manifest=changed, tab=tab)
        except ChangedElsewhereError:
            if attempt == ATTEMPTS - 1:
                raise
        else:
            return Merged(kept, conflicts)
    raise AssertionError  # the last attempt returns or raises


def _sorted_out(manifest: Mapping[str, Any], changes: Mapping[str, Change]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what can be put in, and the conflicts."""
    wanted, conflicts = {}, {}
    for name, change in changes.items():
        stands = value_of(manifest, BY_NAME[name])
        same = _as_kept(name, change.now) == stands
        # A currency that nobody has chosen yet is shown as the first of them.
        unchosen = name.endswith("_currency") and not stands
        if same or unchosen or change.was is None or _as_kept(name, change.was) == stands:
            wanted[name] = change.now
        else:
            conflicts[name] = stands
    return wanted, conflicts


def _as_kept(name: str, text: str) -> str:
    """Return a text as it stands once it is kept: blanks and the like are no change."""
    return value_of(with_values({}, {name: text}), BY_NAME[name])
