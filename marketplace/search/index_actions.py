"""Keeps the vectors that a search looks things up in; one is computed again only where its text has changed."""

from __future__ import annotations

import hashlib

from django.db.models import F, Q
from django.utils import timezone, translation

from marketplace.listings.models import Listing

from .index_models import ListingVector
from .meaning import document_of, embed

BATCH = 32  # texts that the engine runs together
PATIENCE = 60.0  # seconds for a batch


def embed_listings(*, most: int = BATCH) -> int:
    """Bring the vectors of at most ``most`` new or changed listings up to date; return how many were looked at.

    A listing whose text is as it was keeps its vector. Raises EngineSilentError where the engine gives none.
    """
    changed = Q(vector=None) | Q(vector__checked_at__lt=F("updated_at"))
    now = timezone.now()
    # The best first: after a large import they are the ones that searches miss most.
    listings = list(Listing.objects.filter(changed).select_related("vector").order_by("-quality", "pk")[:most])
    with translation.override("en"):  # the vectors are the same whatever the language of the process
        texts = {listing: document_of(listing) for listing in listings}
    digests = {listing: hashlib.sha256(text.encode()).hexdigest() for listing, text in texts.items()}
    known = [each for each in listings if getattr(each, "vector", None) and each.vector.digest == digests[each]]
    ListingVector.objects.filter(pk__in=[listing.pk for listing in known]).update(checked_at=now)
    new = [listing for listing in listings if listing not in known]
    if new:
        vectors = embed([texts[listing] for listing in new], timeout=PATIENCE)
        ListingVector.objects.bulk_create(
            [
                ListingVector(listing=listing, digest=digests[listing], embedding=vector, checked_at=now)
                for listing, vector in zip(new, vectors, strict=True)
            ],
            update_conflicts=True,
            unique_fields=["listing"],
            update_fields=["digest", "embedding", "checked_at"],
        )
    return len(listings)
