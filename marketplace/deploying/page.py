"""The page of a release's files: what each is, who may have it, and how it is fetched and run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.urls import reverse
from django_stubs_ext import StrOrPromise

from accounts.models import User
from common.errors import DomainError
from marketplace.checks.finding import Checked, checks_of
from marketplace.listings.models import Listing
from marketplace.listings.versions import Version, VersionFile

from .commands import Command, commands_for
from .errors import FileMissingError
from .facts import read_release, what_is
from .links import ends_at, link_to
from .releases import files_of, newest_of, releases_of
from .rights import Right, right_to
from .scripts import curl_line


@dataclass(frozen=True)
class FileRow:
    """One file as it is shown; ``href`` and ``curl`` are empty for who may not have it."""

    file: VersionFile
    what: StrOrPromise
    href: str = ""
    curl: str = ""


@dataclass(frozen=True)
class FilesPage:
    """A release's files for a visitor: ``right`` is why they get them, ``refusal`` why not although they hold it."""

    listing: Listing
    version: Version | None
    releases: list[Version]
    files: list[VersionFile]
    rows: list[FileRow]
    right: Right | None
    refusal: StrOrPromise
    links_end: datetime

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(each.blob.size for each in self.files)

    @cached_property
    def commands(self) -> list[Command]:
        """Ways to run it elsewhere."""
        return commands_for(read_release(self.listing, self.version, self.files)) if self.version else []

    @cached_property
    def checks(self) -> Checked | None:
        """What was checked of the release, where it was."""
        found = checks_of(f"version:{self.version.key}") if self.version else None
        return found or None

    @property
    def may_run(self) -> bool:
        """Whether an engine of one's own may be asked for."""
        return self.right is not None and self.right.holds


def files_page(
    listing: Listing, number: str, user: User | None, chain_id: int | None, absolute: Callable[[str], str]
) -> FilesPage:
    """Return the page of a version, or of the newest that has files. ``absolute`` makes addresses of paths."""
    releases = releases_of(listing)
    version = next((each for each in releases if each.number == number), None) if number else newest_of(releases)
    if version:
        version.listing = listing
    files = list(files_of(version)) if version else []
    right, refusal = _right(listing, user, chain_id, version)
    rows = [_row(listing, version, each, user if right else None, chain_id, absolute) for each in files if version]
    return FilesPage(listing, version, releases, files, rows, right, refusal, ends_at())


def _right(
    listing: Listing, user: User | None, chain_id: int | None, version: Version | None
) -> tuple[Right | None, StrOrPromise]:
    try:
        return right_to(listing, user, chain_id, version), ""
    except FileMissingError:
        return None, ""
    except DomainError as error:
        return None, error.detail


def _row(
    listing: Listing,
    version: Version,
    file: VersionFile,
    user: User | None,
    chain_id: int | None,
    absolute: Callable[[str], str],
) -> FileRow:
    if user is None:
        return FileRow(file, what_is(file.path))
    named = [listing.owner_name, listing.model_name, version.number, file.path]
    curl = curl_line(file, absolute(link_to(user, chain_id, file)))
    return FileRow(file, what_is(file.path), reverse("version-file", args=named), curl)
