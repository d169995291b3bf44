"""The checks of a release, which buyers read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from common.errors import NotFoundError
from marketplace.listings.models import Listing
from marketplace.listings.versions import Version

from .finding import Checked, checks_of
from .names import version_subject


class ReleaseNotFoundError(NotFoundError):
    """There is no such version."""

    code = "version-not-found"
    detail = _("This model has no such version.")


def release_of(listing: Listing, number: str = "") -> Version | None:
    """Return a listing's version by its number, without one the newest that is offered; None where it has none. One
    query. Raises ReleaseNotFoundError.
    """
    versions = Version.objects.filter(listing=listing).select_related("decision")
    if not number:
        return versions.offered().order_by("-created_at", "-pk").first()
    found = versions.filter(number=number).first()
    if found is None:
        raise ReleaseNotFoundError
    return found


def checks_of_release(listing: Listing, version: Version | None) -> Checked:
    """Return what was checked of a listing's version. Two queries."""
    if version is None:
        return Checked("", asked=False)
    return checks_of(version_subject(listing.name, version.number))
