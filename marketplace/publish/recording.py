"""What the catalogue and the chain's document say of a model, made from its manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from pydantic import ValidationError

from marketplace.listings.metadata import MOST_BYTES as MOST_DOCUMENT
from marketplace.listings.records import Record
from marketplace.manifest.schema import Manifest

SOURCE = "seller"
NO_TASK = "other"
WEIGHTS = (".safetensors", ".gguf", ".onnx", ".bin")
MIB = 2**20
# Where the manifest and the catalogue's records call the same differently.
FACTS = {
    "context": "max_tokens",
    "embedding_dim": "embedding_dim",
    "parameters": "parameters",
    "libraries": "libraries",
    "modalities": "modalities",
    "languages": "languages",
    "architecture": "architecture",
    "training": "recipe",
    "examples": "examples",
}
# What concerns its owner alone, or may change without a new version.
OWN_PARTS = {"endpoints", "splits", "access", "search_terms", "chain", "schema"}


@dataclass(frozen=True)
class FileLine:
    """A file as a document lists it. Size in bytes."""

    path: str
    sha256: str
    cid: str
    size: int


def record_of(manifest: Mapping[str, Any], name: str, files: Sequence[FileLine] = ()) -> Record:
    """Return the catalogue's record of a manifest under a name (``owner/model``); what is wrong in it is left out."""
    said = {
        key: value for key, value in _said(manifest, files, timezone.now().date()).items() if value not in (None, "")
    }
    said |= {"name": name, "task": said.get("task") or NO_TASK}
    while True:
        try:
            return Record.model_validate(said)
        except ValidationError as error:
            # The whole key goes, so that each round leaves less.
            for fault in error.errors():
                key = str(fault["loc"][0]) if fault["loc"] else ""
                if key == "name":
                    raise
                said = {**said, "task": NO_TASK} if key == "task" else {k: v for k, v in said.items() if k != key}


def _said(manifest: Mapping[str, Any], files: Sequence[FileLine], today: date) -> dict[str, Any]:
    model: dict[str, Any] = manifest.get("model") or {}
    parent = (manifest.get("adapted_from") or {}).get("parent")
    weights = sum(each.size for each in files if each.path.lower().endswith(WEIGHTS))
    said = {ours: model.get(key) or None for key, ours in FACTS.items()}
    licence, address = model.get("license") or "", model.get("license_url") or ""
    return {
        **said,
        "task": model.get("task"),
        "summary": model.get("summary"),
        # A licence without an id of its own is known by where it can be read.
        "license": licence or address,
        "adapted_from": parent,
        "memory_mb": -(-weights // MIB) or None,
        "released": today.isoformat(),
        "capabilities": model.get("tags") or None,
        "source": SOURCE,
    }


def document_of(manifest: Manifest, name: str, files: Sequence[FileLine], card_cid: str) -> dict[str, Any]:
    """Return the metadata document (terms.md): what the chain names by its CID."""
    model = manifest.model
    facts = {key: value for key in FACTS if (value := getattr(model, key))}
    return {
        "name": name,
        "slug": name.partition("/")[2],
        "version": model.version,
        "summary": model.summary,
        "task": model.task,
        "license": model.license,
        "license_url": model.license_url,
        "adapted_from": manifest.adapted_from.parent,
        "tags": model.tags,
        "changelog": model.changelog,
        **_exact(facts),
        "files": [{"path": f.path, "size": f.size, "sha256": f.sha256, "cid": f.cid} for f in files],
        "card": card_cid,
        "terms": manifest.terms,
        "fair_use": manifest.fair_use.model_dump(),
    }


def _exact(facts: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 8785 has no integers beyond 2**53: those are left to the catalogue."""
    return {key: value for key, value in facts.items() if not isinstance(value, int) or value < 2**53}


def public_part(manifest: Manifest) -> dict[str, Any]:
    """Return what everybody may read of a manifest, as a version keeps it."""
    return {part: value for part, value in manifest.as_dict().items() if part not in OWN_PARTS}


__all__ = ["MOST_DOCUMENT", "FileLine", "document_of", "public_part", "record_of"]
