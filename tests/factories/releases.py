"""Files of releases, as publishing leaves them."""

from __future__ import annotations

import hashlib

from django.core.files.base import ContentFile

from marketplace.files.blobs import Blob, storage
from marketplace.files.unixfs import Tree
from marketplace.listings.versions import Version, VersionFile


def blob(content: bytes) -> Blob:
    """Keep bytes, each content once."""
    digest = hashlib.sha256(content).hexdigest()
    tree = Tree()
    tree.update(content)
    made, _ = Blob.objects.get_or_create(sha256=digest, defaults={"cid": tree.finish(), "size": len(content)})
    if not storage().exists(made.key):
        storage().save(made.key, ContentFile(content))
    return made


def add_files(version: Version, files: dict[str, bytes]) -> list[VersionFile]:
    """Give a version files by their paths."""
    return [VersionFile.objects.create(version=version, path=path, blob=blob(data)) for path, data in files.items()]
