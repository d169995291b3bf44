"""The signed objects of reviews, by their CIDs: made again from the editions, so that what is withdrawn is gone."""

from __future__ import annotations

from marketplace.files.cids import cid_of

from .models import PARTS, ReviewEdition
from .said import Said
from .signing import review_typed, signed_object


def review_document(cid: str) -> bytes | None:
    """Return a signed review by its CID, older editions too; None where it is unknown, withdrawn or hidden."""
    shown = ReviewEdition.objects.filter(review__withdrawn_at=None, review__decision=None)
    edition = shown.filter(cid=cid).select_related("review__listing").first()
    if edition is None:
        return None
    review = edition.review
    # An older edition may speak of the model on another chain than the newest one.
    for place in [(review.chain_id, review.model_id), *review.listing.adoptions.values_list("chain", "model_id")]:
        document = document_of(edition, place)
        if cid_of(document) == cid:
            return document
    return None


def document_of(edition: ReviewEdition, place: tuple[int, str] | None = None) -> bytes:
    """Return the signed object of an edition that was read with its review and listing; ``place``: chain, model."""
    review = edition.review
    chain_id, model_id = place or (review.chain_id, review.model_id)
    typed = review_typed(
        chain_id=chain_id,
        model_id=model_id,
        listing=review.listing.name,
        author=review.author,
        said=said_of(edition),
        number=edition.number,
    )
    return signed_object(typed, edition.signature)


def said_of(edition: ReviewEdition) -> Said:
    """Return what an edition says."""
    parts = {part: getattr(edition, part) for part in PARTS}
    return Said(rating=edition.rating, text=edition.text, version=edition.version, **parts)
