"""What was checked of a model, for programs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from common.access import public_api
from marketplace.listings.finding import find_listing

from .finding import FileRow, Row
from .releases import checks_of_release, release_of

router = Router(tags=["Listings"])

STATES = "`passed`; `warned`: buyers should look at it; `failed`: it could not be listed so; `waiting`; `running`."


class CheckItem(Schema):
    """One check of the whole."""

    name: str = Field(description="Such as `files`, `secrets`, `licence`, `facts`, `card`, `copies`, `probe`.")
    title: str = Field(description="What it checks, in words.")
    state: str = Field(description=STATES)
    says: str = Field(description="What was found, in full sentences.")

    @staticmethod
    def resolve_title(row: Row) -> str:
        return str(row.title)


class CheckedFile(Schema):
    """One file, and what was checked of it: what it is, its structure, its hash."""

    path: str
    size: int = Field(description="Bytes.")
    sha256: str
    state: str = Field(description=STATES)
    says: str


class ChecksItem(Schema):
    """All checks of a version."""

    version: str | None = Field(description="Null where nothing was released here.")
    state: str | None = Field(description="The worst of all; null where nothing was checked.")
    checks: list[CheckItem]
    files: list[CheckedFile]


@router.get("/listings/{owner}/{name}/checks", response=ChecksItem, summary="Checks of one model")
@public_api
def get_checks(request: HttpRequest, owner: str, name: str, version: str = "") -> dict[str, Any]:
    """Return what was found in a model's files, its licence, name and card; of its newest version by default."""
    listing = find_listing(owner, name)
    release = release_of(listing, version)
    checked = checks_of_release(listing, release)
    whole: list[Row] = [row for row in checked.groups if not row.parts]
    files: list[FileRow] = list(checked.files)
    return {
        "version": release.number if release else None,
        "state": checked.state if checked.asked else None,
        "checks": whole,
        "files": files,
    }
