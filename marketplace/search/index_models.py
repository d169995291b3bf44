"""The tables that a search looks things up in: the catalogue's words with their counts, and vectors."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from pgvector.django import HnswIndex, VectorField

DIMENSIONS = 384  # of MiniLM


class SearchTerm(models.Model):
    """A word of the catalogue. ``documents`` counts the listings that hold it; ``stem`` is its English stem.

    ``deletions`` are the word and what is left of it without one letter: two words share one where a slip of one
    letter lies between them. The empty word stands in every listing; a blank counts
    all words of all listings.
    """

    word = models.CharField(max_length=64, primary_key=True, db_collation="C")
    stem = models.CharField(max_length=64, db_collation="C")
    documents = models.PositiveIntegerField()
    deletions = ArrayField(models.TextField(), default=list)

    class Meta:
        indexes = [
            models.Index(fields=["stem"], name="search_term_stem"),
            GinIndex(fields=["deletions"], name="search_term_deletions"),
            GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="search_term_trigrams"),
        ]

    def __str__(self) -> str:
        return self.word


class SearchHead(models.Model):
    """The listings of the best quality that hold a common word, with their places in that order.

    Every listing with a rare word can be read and put in order at once; of a common one there are too many.
    """

    word = models.CharField(max_length=64, primary_key=True, db_collation="C")
    listings = ArrayField(models.BigIntegerField())
    places = ArrayField(models.PositiveIntegerField())

    def __str__(self) -> str:
        return self.word


class ListingVector(models.Model):
    """The meaning of a listing: a vector of length 1, and the SHA-256 of the text that it was computed from."""

    listing = models.OneToOneField(
        "marketplace.Listing", on_delete=models.CASCADE, primary_key=True, related_name="vector"
    )
    digest = models.CharField(max_length=64)
    embedding = VectorField(dimensions=DIMENSIONS)
    checked_at = models.DateTimeField()

    class Meta:
        indexes = [
            HnswIndex(
                name="listing_vector_hnsw",
                fields=["embedding"],
                m=16,
                ef_construction=128,
                opclasses=["vector_ip_ops"],  # the vectors have length 1, so this is the cosine, and cheaper
            )
        ]

    def __str__(self) -> str:
        return self.digest
