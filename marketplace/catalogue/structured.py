"""Structured data for search engines: schema.org as JSON-LD. A data block is no script, so the CSP allows it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from accounts.addresses import checksum
from common.money import format_units
from common.text import clean_text
from contracts.names import COIN
from marketplace.listings.cards import Card
from marketplace.listings.models import Listing
from marketplace.listings.taxonomy import task_label
from marketplace.scores.models import LEAST, MOST, Review
from marketplace.scores.score_models import ModelScore
from marketplace.scores.showing import STAR

# A name that holds ``</script>`` would end the block.
ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def _block(data: dict[str, Any]) -> SafeString:
    text = json.dumps({"@context": "https://schema.org", **data}, ensure_ascii=False).translate(ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308  escaped above


def of_model(
    request: HttpRequest, listing: Listing, score: ModelScore | None = None, reviews: Sequence[Review] = ()
) -> SafeString:
    """Return a model as a SoftwareApplication: with its offer only where it can be bought, and a rating only where
    reviews count, of which the ``reviews`` are some."""
    data: dict[str, Any] = {
        "@type": "SoftwareApplication",
        "name": listing.name,
        "url": request.build_absolute_uri(listing.get_absolute_url()),
        "description": clean_text(Card(listing).summary),
        "applicationCategory": task_label(listing.task),
        "author": {"@type": "Organization", "name": listing.owner_name},
    }
    if licence := listing.terms_url:
        data["license"] = licence
    if listing.released:
        data["datePublished"] = listing.released.isoformat()
    offer = listing.offer
    if offer and offer.first and offer.first.token == COIN and listing.purchasable:
        # schema.org takes plain numbers.
        price = format_units(offer.first.price).replace(",", "")
        data["offers"] = {"@type": "Offer", "price": price, "priceCurrency": offer.chain.coin}
    if score and score.score is not None:
        data["aggregateRating"] = {"@type": "AggregateRating", **_rated(score.score / STAR), "ratingCount": score.count}
        data["review"] = [_review(each) for each in reviews]
    return _block(data)


def _rated(value: float) -> dict[str, Any]:
    return {"ratingValue": round(value, 1), "bestRating": MOST, "worstRating": LEAST}


def _review(review: Review) -> dict[str, Any]:
    return {
        "@type": "Review",
        "author": {"@type": "Person", "name": checksum(review.author)},
        "datePublished": review.written_at.date().isoformat(),
        "reviewBody": clean_text(review.text),
        "reviewRating": {"@type": "Rating", **_rated(review.rating)},
    }


def of_search(request: HttpRequest, listings: Sequence[Listing]) -> SafeString:
    """Return a page of results as an ItemList."""
    return _item_list(f"{request.scheme}://{request.get_host()}", tuple(listing.name for listing in listings))


@lru_cache(maxsize=256)
def _item_list(site: str, names: tuple[str, ...]) -> SafeString:
    items = [
        {"@type": "ListItem", "position": place, "url": f"{site}{reverse('model', args=name.split('/'))}"}
        for place, name in enumerate(names, 1)
    ]
    return _block({"@type": "ItemList", "itemListElement": items})
