"""Releases as they are downloaded: which one, and its files."""

from __future__ import annotations

from collections.abc import Iterable

import semver
from django.db.models import QuerySet

from marketplace.listings.models import Listing
from marketplace.listings.versions import Version, VersionFile

from .errors import FileMissingError, ReleaseNotFoundError


def releases_of(listing: Listing) -> list[Version]:
    """Return the versions of a listing that have files here, the newest first. One query."""
    found = Version.objects.select_related("decision").filter(listing=listing, files__isnull=False).distinct()
    return sorted(found, key=_order, reverse=True)


def release_of(listing: Listing, number: str = "") -> Version | None:
    """Return the version of that number, or the newest stable one with files that is offered, if there is one."""
    if number:
        return Version.objects.select_related("decision").filter(listing=listing, number=number).first()
    return newest_of(releases_of(listing))


def newest_of(releases: Iterable[Version]) -> Version | None:
    """Return what new users get of releases that are sorted, the newest first."""
    standing = [each for each in releases if each.yanked_at is None and each.decision_id is None]
    stable = [each for each in standing if not _order(each).prerelease]
    return next(iter(stable or standing), None)


def find_release(listing: Listing, number: str) -> Version:
    """Return the version of that number. Raises ReleaseNotFoundError."""
    found = release_of(listing, number)
    if found is None:
        raise ReleaseNotFoundError
    return found


def files_of(version: Version) -> QuerySet[VersionFile]:
    """Return the files of a version with their blobs, by path."""
    return version.files.select_related("blob")


def find_file(version: Version, path: str) -> VersionFile:
    """Return one file of a version. Raises FileMissingError."""
    found = files_of(version).filter(path=path).first()
    if found is None:
        raise FileMissingError
    return found


def _order(version: Version) -> semver.Version:
    # What was published before numbers were checked comes first.
    try:
        return semver.Version.parse(version.number)
    except ValueError:
        return semver.Version(0)
