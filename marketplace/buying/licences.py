"""The licence that is accepted with a purchase, as exactly as it can be named."""

from __future__ import annotations

from marketplace.files.cids import is_cid
from marketplace.listings.models import Listing
from marketplace.listings.offers import Offer
from marketplace.listings.versions import Version

LICENCE = ("license", "license_url", "version", "metadata_cid")  # columns of an order


def accepted_licence(listing: Listing, offer: Offer) -> dict[str, str]:
    """Return what an order keeps of the licence. One query.

    The document that the listing names on chain holds the licence, the terms and the version; its CID is a digest of
    all of it. The version is the one of that document, where it is kept here.
    """
    cid = offer.onchain.metadata.removeprefix("ipfs://")
    cid = cid if is_cid(cid) else ""
    numbers = Version.objects.filter(listing=listing, metadata=cid) if cid else Version.objects.none()
    version = numbers.order_by("-pk").values_list("number", flat=True).first() or ""
    return {"license": listing.license, "license_url": listing.terms_url, "version": version, "metadata_cid": cid}
