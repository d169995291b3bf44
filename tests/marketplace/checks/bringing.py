"""Files that somebody brings, and the queue's tasks, run one after another in this process."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.files.base import ContentFile
from django.utils.module_loading import import_string
from django_q.models import OrmQ

from marketplace.checks.actions import keep_checks, start_checks
from marketplace.checks.finding import Checked, Row, checks_of
from marketplace.checks.names import version_subject
from marketplace.files.blobs import Blob, storage
from marketplace.files.cids import cid_of
from marketplace.listings.models import Listing
from marketplace.listings.versions import MetadataDocument, Version, VersionFile
from tests.marketplace.formats import made

DRAFT = "draft:11111111-2222-3333-4444-555555555555"
AUTHOR = "0x" + "a" * 40
MANIFEST: dict[str, Any] = {
    "model": {
        "name": "somebody/tiny",
        "version": "1.0.0",
        "task": "text-generation",
        "summary": "Answers in short sentences.",
        "license": "apache-2.0",
        "languages": ["eng"],
    },
    "card": {
        "text": "# Tiny\n\nIt was made for short answers, tested on a list of a hundred questions, and fails at sums."
    },
}
FOLDER = {
    "README.md": made.README.replace(b"base_model: HuggingFaceTB/SmolLM2-135M\n", b""),
    "config.json": made.jsoned(made.CONFIG),
    "model.safetensors": made.safetensors({"a": ("F32", [2, 2], b"\0" * 16)}),
}


def kept(content: bytes) -> Blob:
    """Return a content in the store."""
    sha256 = hashlib.sha256(content).hexdigest()
    blob, is_new = Blob.objects.get_or_create(
        sha256=sha256, defaults={"cid": cid_of(content[:1]), "size": len(content)}
    )
    if is_new:
        storage().delete(blob.key)
        storage().save(blob.key, ContentFile(content))
    return blob


def run_tasks(most: int = 200) -> int:
    """Run the tasks that wait, and those that they bring; return how many that were."""
    for count in range(most):
        queued = OrmQ.objects.order_by("pk").first()
        if queued is None:
            return count
        task = queued.task
        queued.delete()
        import_string(task["func"])(*task["args"])
    raise AssertionError("tasks without an end")


def bring(
    files: dict[str, bytes] | None = None,
    manifest: dict[str, Any] | None = None,
    *,
    subject: str = DRAFT,
    author: str = AUTHOR,
) -> Checked:
    """Have a folder checked to the end, and return what came of it."""
    given = FOLDER if files is None else files
    start_checks(
        subject=subject,
        files=[(path, kept(content)) for path, content in given.items()],
        manifest=MANIFEST if manifest is None else manifest,
        author=author,
    )
    run_tasks()
    return checks_of(subject)


def released(listing: Listing, number: str = "1.0.0", files: dict[str, bytes] | None = None) -> Version:
    """Return a version of a listing whose files were checked as those of its draft."""
    bring(files)
    document, _is_new = MetadataDocument.objects.get_or_create(cid=cid_of(number.encode()), content=number.encode())
    version = Version.objects.create(listing=listing, number=number, metadata=document)
    for path, content in (FOLDER if files is None else files).items():
        VersionFile.objects.create(version=version, path=path, blob=kept(content))
    keep_checks(draft=DRAFT, version=version_subject(listing.name, number))
    return version


def row(checked: Checked, name: str) -> Row:
    """Return one check."""
    return next(row for row in checked.groups if row.name == name)


def altered(*path: str, value: Any) -> dict[str, Any]:
    """Return the manifest with another value at a place."""
    manifest = {key: dict(part) if isinstance(part, dict) else part for key, part in MANIFEST.items()}
    part = manifest
    for key in path[:-1]:
        part = part.setdefault(key, {})
    part[path[-1]] = value
    return manifest
