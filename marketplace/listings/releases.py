"""The order of a listing's releases, and which of them stands for it: the newest stable one that is still offered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import semver
from django.utils import timezone

from .models import Listing
from .versions import Version

MOST = 500  # releases of a listing that are looked at


def number_of(text: str) -> semver.Version:
    """Return a release's number so that it can be compared; what is none comes before all that are."""
    try:
        return semver.Version.parse(text)
    except ValueError:
        return semver.Version(0, 0, 0, prerelease="0")


def is_stable(text: str) -> bool:
    """Whether a number stands for a stable release: from 1.0.0-rc.1 to 1.0.0."""
    return not number_of(text).prerelease


def in_order(versions: Iterable[Version]) -> list[Version]:
    """Return releases with the highest number first."""
    return sorted(versions, key=lambda version: number_of(version.number), reverse=True)


def default_of(versions: Sequence[Version]) -> Version | None:
    """Return the release that new buyers and calls get: the highest stable number that is offered, else the highest
    offered at all. None where nothing is."""
    offered = [each for each in in_order(versions) if each.yanked_at is None and each.decision_id is None]
    return next((each for each in offered if is_stable(each.number)), offered[0] if offered else None)


def default_release(listing: Listing) -> Version | None:
    """Return the same for a listing. One query."""
    return default_of(list(Version.objects.filter(listing=listing).order_by("-pk")[:MOST]))


def refresh_listing(listing: Listing) -> None:
    """Let the listing say whether the release that stands for it has files to give; pages of it are made anew."""
    release = default_release(listing)
    listing.has_files = bool(release and release.files.exists())
    Listing.objects.filter(pk=listing.pk).update(has_files=listing.has_files, updated_at=timezone.now())
