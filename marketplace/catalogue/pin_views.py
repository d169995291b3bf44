"""What our node of IPFS keeps: of one model, and of all."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common.access import public
from common.htmx import fragment_of
from marketplace.listings.finding import find_listing
from marketplace.listings.models import Listing
from marketplace.listings.pinned import named_cards
from marketplace.listings.releases import default_release
from marketplace.listings.versions import MetadataDocument
from marketplace.pinning.finding import holds_still, known_pins, not_pinned, standing
from marketplace.pinning.models import Pin

MOST_FILES = 100


class Kept(NamedTuple):
    """One content of a model, and what is known of its pin. ``holds``: the node said so, and not too long ago."""

    path: str  # of a file; else empty
    cid: str
    pin: Pin | None
    holds: bool


@public()
def model_pins(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """What our node keeps of a model's newest version; htmx gets the one line about it."""
    listing = find_listing(owner, name)
    contents = _contents(listing)
    times = [each.pin.checked_at for each in contents if each.holds and each.pin and each.pin.checked_at]
    context = {"listing": listing, "contents": contents, "kept": len(times), "checked_at": min(times, default=None)}
    if fragment_of(request) == "pins":
        return render(request, "marketplace/catalogue/_pins_line.html", context)
    return render(request, "marketplace/catalogue/pins.html", context)


def _contents(listing: Listing) -> list[Kept]:
    """Return what there is to keep of the newest version: its document, its card, its files."""
    version = default_release(listing) if settings.IPFS_API else None
    if version is None:
        return []
    document = MetadataDocument.objects.filter(pk=version.metadata_id)
    named = [("", version.metadata_id), *(("", cid) for cid in named_cards(document))]
    files = version.files.select_related("blob").order_by("path")[:MOST_FILES]
    named += [(file.path, file.blob.cid) for file in files]
    pins = known_pins(cid for _path, cid in named)
    return [Kept(path, cid, pins.get(cid), holds_still(pins.get(cid))) for path, cid in named]


@public()
def node_pins(request: HttpRequest) -> HttpResponse:
    """How all that is to be kept stands, and what is not kept, with why."""
    is_kept = bool(settings.IPFS_API)
    context = {"has_node": is_kept, "standing": standing(), "others": not_pinned() if is_kept else []}
    return render(request, "marketplace/catalogue/node_pins.html", context)
