"""A model's versions for programs."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema

from common.access import public_api

from .changes import FactChange, changes_between
from .finding import Release, listing_named, releases_of

router = Router(tags=["Versions"])


class VersionFileItem(Schema):
    """A file of a version."""

    path: str
    sha256: str
    cid: str = Field(description="UnixFS root: CIDv1, raw leaves, 256 KiB chunks.")
    size: int = Field(description="Bytes.")


class VersionItem(Schema):
    """A version as it was published, and what its owner has said of it since."""

    number: str
    is_stable: bool
    is_default: bool = Field(description="What new buyers and calls without a version get.")
    created_at: datetime
    metadata: str = Field(description="What the chain names: `ipfs://` and a CID.")
    changelog: str
    deprecated_at: datetime | None
    deprecation: str
    yanked_at: datetime | None = Field(description="Since when it is offered to nobody new; holders keep it.")
    yank_reason: str
    files: list[VersionFileItem]


class VersionsAnswer(Schema):
    """All versions, the highest number first."""

    items: list[VersionItem]


class ChangeItem(Schema):
    """Something that is said otherwise; empty where nothing was."""

    name: str
    before: str
    after: str


class FileChangeItem(Schema):
    """A file that came, went, or has other bytes."""

    path: str
    kind: str = Field(description="`added`, `removed` or `changed`.")
    before: int | None = Field(description="Bytes.")
    after: int | None = Field(description="Bytes.")


class ChangesAnswer(Schema):
    """What changed from one version to another."""

    before: str
    after: str
    files: list[FileChangeItem]
    facts: list[ChangeItem]
    prices: list[ChangeItem]
    card_lines: int = Field(description="Lines of the card that came or went.")


@router.get("/listings/{owner}/{name}/versions", response=VersionsAnswer, url_name="listing-versions")
@public_api
def listing_versions(request: HttpRequest, owner: str, name: str) -> VersionsAnswer:
    """Return every version of a model with its files."""
    found = releases_of(listing_named(owner, name))
    return VersionsAnswer(items=[_item(each) for each in found.items])


@router.get("/listings/{owner}/{name}/versions/{number}", response=VersionItem, url_name="listing-version")
@public_api
def listing_version(request: HttpRequest, owner: str, name: str, number: str) -> VersionItem:
    """Return one version of a model."""
    return _item(releases_of(listing_named(owner, name)).at(number))


@router.get(
    "/listings/{owner}/{name}/versions/{number}/changes/{since}", response=ChangesAnswer, url_name="version-changes"
)
@public_api
def version_changes(request: HttpRequest, owner: str, name: str, number: str, since: str) -> ChangesAnswer:
    """Return what changed from one version (`since`) to another."""
    found = releases_of(listing_named(owner, name))
    changes = changes_between(found.at(since).version, found.at(number).version)
    return ChangesAnswer(
        before=changes.before,
        after=changes.after,
        files=[FileChangeItem(**vars(each)) for each in changes.files],
        facts=[_change(each) for each in changes.facts],
        prices=[_change(each) for each in changes.prices],
        card_lines=sum(line.kind in ("added", "removed") for line in changes.card),
    )


def _change(each: FactChange) -> ChangeItem:
    return ChangeItem(name=each.name, before=each.before, after=each.after)


def _item(release: Release) -> VersionItem:
    version = release.version
    files = [
        VersionFileItem(path=f.path, sha256=f.blob.sha256, cid=f.blob.cid, size=f.blob.size)
        for f in version.files.all()
    ]
    return VersionItem(
        number=version.number,
        is_stable=release.is_stable,
        is_default=release.is_default,
        created_at=version.created_at,
        metadata=f"ipfs://{version.metadata_id}",
        changelog=version.changelog,
        deprecated_at=version.deprecated_at,
        deprecation=version.deprecation,
        yanked_at=version.yanked_at,
        yank_reason=version.yank_reason,
        files=files,
    )
