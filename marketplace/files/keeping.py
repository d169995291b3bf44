"""Keeping files, and forgetting those that nothing refers to."""

from __future__ import annotations

from django.db import transaction

from common.locks import exclusive_until_commit

from .models import StoredFile
from .uploads import Upload


@transaction.atomic
def keep_file(*, upload: Upload) -> StoredFile:
    """Return the stored file of these bytes, kept once whoever sends them.

    The lock lasts until the caller's transaction ends, so that what refers to the file is there before it can go.
    """
    cid = upload.cid
    exclusive_until_commit(f"file {cid}")
    values = {"content": upload.content, "kind": upload.kind, "size": len(upload.content)}
    return StoredFile.objects.get_or_create(cid=cid, defaults=values)[0]


@transaction.atomic
def forget_file(*, cid: str) -> None:
    """Delete a file that nothing refers to any more; one that something does stays."""
    exclusive_until_commit(f"file {cid}")
    relations = {relation.name: None for relation in StoredFile._meta.related_objects}
    StoredFile.objects.filter(cid=cid, **relations).delete()
