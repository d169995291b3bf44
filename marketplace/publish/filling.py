"""What the files say is filled in; what a person has typed stays."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from marketplace.formats.facts import Facts

from .checking import have_checked
from .models import Draft

# What files say of it, and the key under ``model`` that takes it.
FACTS = {
    "task": "task",
    "architecture": "architecture",
    "parameters": "parameters",
    "context": "context",
    "embedding_dim": "embedding_dim",
    "licence": "license",
    "license_link": "license_url",
    "languages": "languages",
    "tags": "tags",
}
MOST_WORDS = 50


def fill_facts(*, draft: Draft, facts: Facts) -> bool:
    """Fill in what the files of somebody's own draft say by now, where nobody has typed something.

    Say whether anything was new; again changes nothing. Most often nothing is, which is seen without a lock.
    """
    if draft.published_at or not _filled(draft, facts):
        return False
    with transaction.atomic():
        locked = Draft.objects.select_for_update().get(pk=draft.pk)
        if locked.published_at or locked.deleted_at or not _filled(locked, facts):
            return False
        # No new revision: what is typed at this moment is to win, and not to be refused.
        locked.updated_at = timezone.now()
        locked.save(update_fields=["manifest", "filled", "updated_at"])
        have_checked(locked)
    return True


def _filled(draft: Draft, facts: Facts) -> bool:
    """Let a draft, unsaved, say what its files do; say whether that is anything new."""
    said = {key: _plain(facts.values[fact]) for fact, key in FACTS.items() if facts.values.get(fact)}
    if library := facts.values.get("library"):
        said["libraries"] = [str(library)]
    sources = {key: facts.sources.get(fact, "") for fact, key in {**FACTS, "library": "libraries"}.items()}
    changed = _fill(draft, "model", said, sources)
    parent = facts.values.get("base_model")
    if isinstance(parent, list):
        parent = parent[0] if parent else None
    if isinstance(parent, str) and "/" in parent:
        source = {"parent": facts.sources.get("base_model", "")}
        changed |= _fill(draft, "adapted_from", {"parent": parent}, source)
    return changed


def _fill(draft: Draft, part: str, said: dict[str, Any], sources: dict[str, str]) -> bool:
    """Put what files say into a part of a draft where it is empty, or was filled from a file before."""
    there: dict[str, Any] = dict(draft.manifest.get(part) or {})
    before = (dict(there), dict(draft.filled))
    for key, value in said.items():
        mark = f"{part}.{key}"
        if not there.get(key) or mark in draft.filled:
            there[key], draft.filled[mark] = value, sources.get(key, "")
    draft.manifest = {**draft.manifest, part: there}
    return (there, draft.filled) != before


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [str(each)[:120] for each in value][:MOST_WORDS]
    return value[:500] if isinstance(value, str) else value
