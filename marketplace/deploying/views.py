"""The files of a model: their page, each file's bytes, checksums, and the script that fetches the folder."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.visitors import user_or_none
from common.access import public
from common.htmx import render_page
from marketplace.files.ranges import answer_blob
from marketplace.listings.finding import find_listing
from marketplace.listings.models import Listing
from marketplace.listings.versions import Version, VersionFile
from marketplace.manifest.schema import Manifest
from marketplace.manifest.writing import write_toml

from .errors import FileMissingError
from .links import ends_at, link_to, opened
from .page import files_page
from .releases import files_of, find_file, find_release
from .rights import may_go_on, right_to
from .scripts import folder_script, sums_of


def chain_of(request: HttpRequest) -> int | None:
    """Return the chain that the visitor has signed in on."""
    value = request.session.get("chain_id") if user_or_none(request) else None
    return value if isinstance(value, int) else None


@never_cache
@require_safe
@public()
def model_files(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """The files of the newest release that has some."""
    return _page(request, find_listing(owner, name), "")


@never_cache
@require_safe
@public()
def version_files(request: HttpRequest, owner: str, name: str, version: str) -> HttpResponse:
    """The files of one release."""
    listing = find_listing(owner, name)
    find_release(listing, version)
    return _page(request, listing, version)


def _page(request: HttpRequest, listing: Listing, number: str) -> HttpResponse:
    page = files_page(listing, number, user_or_none(request), chain_of(request), request.build_absolute_uri)
    return render_page(request, "marketplace/deploying/files.html", {"listing": listing, "page": page})


@require_safe
@public()
def version_file(request: HttpRequest, owner: str, name: str, version: str, path: str) -> HttpResponse:
    """The bytes of one file, for who may have them this moment; for others there is no such file."""
    listing, release = _asked(request, owner, name, version)
    user, file = user_or_none(request), find_file(release, path)
    return _answer(request, user, chain_of(request), listing, file, request.session.session_key or "")


@require_safe
@public()
def linked_file(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """The same by a signed link, for programs: it says who asks, and they still have to have access."""
    link = opened(token)
    return _answer(request, link.user, link.chain_id, link.file.version.listing, link.file)


def _answer(
    request: HttpRequest,
    user: User | None,
    chain_id: int | None,
    listing: Listing,
    file: VersionFile,
    session: str = "",
) -> HttpResponse:
    right_to(listing, user, chain_id, file.version)
    asked: dict[str, Any] = {"user_id": user and user.pk, "chain_id": chain_id, "session": session}
    try:
        return answer_blob(request, file.blob, file.path, lambda: may_go_on(version_id=file.version_id, **asked))
    except OSError as error:
        raise FileMissingError from error


@require_safe
@public()
def version_sums(request: HttpRequest, owner: str, name: str, version: str) -> HttpResponse:
    """The checksums of a release, which its metadata on chain states too: they are no secret."""
    release = find_release(find_listing(owner, name), version)
    return _text(sums_of(files_of(release)), "SHA256SUMS")


@require_safe
@public()
def version_manifest(request: HttpRequest, owner: str, name: str, version: str) -> HttpResponse:
    """The manifest of a release."""
    release = find_release(find_listing(owner, name), version)
    if not release.manifest:
        raise FileMissingError
    return _text(write_toml(Manifest.model_validate(release.manifest)), "citrate.toml")


@never_cache
@require_safe
@public()
def version_script(request: HttpRequest, owner: str, name: str, version: str) -> HttpResponse:
    """The script that downloads the whole folder and checks it, with links for who asks."""
    listing, release = _asked(request, owner, name, version)
    user, chain_id = user_or_none(request), chain_of(request)
    right_to(listing, user, chain_id, release)
    if user is None:
        raise FileMissingError
    files = [(each, request.build_absolute_uri(link_to(user, chain_id, each))) for each in files_of(release)]
    if not files:
        raise FileMissingError
    said: dict[str, Any] = {"name": listing.name, "version": release.number, "until": f"{ends_at():%Y-%m-%d %H:%M}"}
    return _text(folder_script(**said, files=files), "download.sh")


def _asked(request: HttpRequest, owner: str, name: str, version: str) -> tuple[Listing, Version]:
    """Return what is asked for. To strangers not even the version exists."""
    listing = find_listing(owner, name)
    return listing, find_release(listing, version)


def _text(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["X-Content-Type-Options"] = "nosniff"
    return response
