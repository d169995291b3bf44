"""Ratings given on chain."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.indexer.dispatch import fact
from contracts.indexer.records import DecodedEvent, FactRow, fact_row
from marketplace.onchain.models.ratings import RatingFact


@fact("Ratings", "ModelRated")
def rating(event: DecodedEvent) -> Iterator[FactRow]:
    """Somebody rated a model."""
    args = event.args
    given = {name: args[name] for name in ("rater", "rating", "weight", "review")}
    yield fact_row(RatingFact, event, model_id=args["modelId"], **given)


@fact("Ratings", "RatingVoided")
def voided_rating(event: DecodedEvent) -> Iterator[FactRow]:
    """What a rating rests on was paid back."""
    args = event.args
    # A fact of its own and not a deletion, so that a reorganisation brings the rating back by itself.
    yield fact_row(RatingFact, event, model_id=args["modelId"], rater=args["rater"], rating=0, weight=0)
