"""What was checked of a model, for its buyers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from common.access import public
from common.htmx import render_page
from common.redirects import redirect_whole
from marketplace.ground.caching import KEEP
from marketplace.listings.finding import found_listing

from .releases import checks_of_release, release_of


@public(cache_seconds=KEEP)
def model_checks(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """What was found in a model's files, its licence, its name and its card; of one version, or the newest."""
    found = found_listing(owner, name)
    if found.value("name") != f"{owner}/{name}":
        return redirect_whole(request, reverse("model-checks", args=found.value("name").split("/")))
    listing, chosen = found[0], request.GET.get("version", "")
    version = release_of(listing, chosen)
    context = {"listing": listing, "version": version, "checks": checks_of_release(listing, version), "chosen": chosen}
    return render_page(request, "marketplace/checks/model_checks.html", context)
