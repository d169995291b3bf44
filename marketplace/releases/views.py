"""A model's versions for everybody, each at an address that works for ever; and what its owner says of them later."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST, require_safe

from accounts.visitors import user_of, user_or_none
from common.access import member, public
from common.errors import DomainError, NotFoundError
from common.htmx import render_page
from common.prose import render_written
from common.redirects import redirect_whole
from marketplace.checks.finding import checks_of
from marketplace.checks.names import version_subject
from marketplace.ground.caching import KEEP
from marketplace.listings.models import Listing
from marketplace.listings.versions import Version

from . import actions
from .changes import changes_between
from .finding import Releases, listing_named, own_listing, releases_of

ACTS: dict[str, Callable[..., Version]] = {
    "deprecate": actions.deprecate_release,
    "undeprecate": actions.undeprecate_release,
    "yank": actions.yank_release,
    "unyank": actions.unyank_release,
}
SAYS_WHY = {"deprecate", "yank"}


@public(cache_seconds=KEEP)
@require_safe
def versions(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Every version of a model, and what changed between two of them."""
    listing = listing_named(owner, name)
    if listing.name != f"{owner}/{name}":
        return redirect_whole(request, reverse("versions", args=listing.name.split("/")))
    found = releases_of(listing)
    context = {**_shown(request, listing, found), "compared": _compared(request, found)}
    return render_page(request, "marketplace/releases/versions.html", context, fragments=("compared",))


def _compared(request: HttpRequest, found: Releases) -> object:
    """Return what changed between the two that are asked for, else between the newest two."""
    numbers = [each.version.number for each in found.items]
    new = request.GET.get("to", "") or next(iter(numbers), "")
    old = request.GET.get("from", "") or next(iter(numbers[1:]), "")
    if new not in numbers or old not in numbers or new == old:
        return None
    return changes_between(found.at(old).version, found.at(new).version)


@public(cache_seconds=KEEP)
@require_safe
def version(request: HttpRequest, owner: str, name: str, number: str) -> HttpResponse:
    """One version as it was published: its card, its files with their hashes, its facts, and what was checked."""
    listing = listing_named(owner, name)
    if listing.name != f"{owner}/{name}":
        return redirect_whole(request, reverse("version", args=[*listing.name.split("/"), number]))
    found = releases_of(listing)
    release = found.at(number)
    context = {
        **_shown(request, listing, found),
        "release": release,
        "version": release.version,
        # Sanitised there.
        "card": mark_safe(render_written(release.version.card)),  # noqa: S308
        "checks": checks_of(version_subject(listing.name, number)),
    }
    return render_page(request, "marketplace/releases/version.html", context)


def _shown(request: HttpRequest, listing: Listing, found: Releases) -> dict[str, object]:
    user = user_or_none(request)
    is_own = user is not None and listing.owner.user_id == user.pk
    return {"listing": listing, "releases": found, "is_own": is_own}


@member
@require_safe
def own_versions(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """The seller's own page of a model's versions, with a form for each thing that can be said of one."""
    return _own_page(request, own_listing(user_of(request), owner, name))


@member
@require_POST
def change_version(request: HttpRequest, owner: str, name: str, number: str, act: str) -> HttpResponse:
    """Deprecate a version, withdraw it, or take either back; 422 with the page where the reason is missing."""
    if act not in ACTS:
        raise NotFoundError
    said = {"text": request.POST.get("text", "")} if act in SAYS_WHY else {}
    try:
        ACTS[act](user=user_of(request), owner=owner, name=name, number=number, **said)
    except DomainError as error:
        listing = own_listing(user_of(request), owner, name)
        refused = {"number": number, "act": act, "says": error.detail, "text": said.get("text", "")}
        return _own_page(request, listing, refused=refused, status=error.status)
    return redirect(f"{reverse('own-versions', args=[owner, name])}#v{number}")


def _own_page(
    request: HttpRequest, listing: Listing, *, refused: Mapping[str, object] | None = None, status: int = 200
) -> HttpResponse:
    context = {"listing": listing, "releases": releases_of(listing), "refused": refused}
    response = render_page(request, "marketplace/releases/own_versions.html", context)
    response.status_code = status
    return response
