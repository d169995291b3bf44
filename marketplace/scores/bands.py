"""How much somebody spent and ran, in bands: pages never show the sums, which are nobody else's business."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from .models import Review

UNIT = 10**18  # wei of a coin


@dataclass(frozen=True)
class Band:
    """A range of an amount, from ``least`` on. ``name`` is for addresses and programs."""

    name: str
    least: int
    label: StrOrPromise


# Tokens, read and written.
USED = (
    Band("none", 0, _("Has not run it here")),
    Band("some", 1, _("Has tried it")),
    Band("often", 1_000, _("Ran more than 1,000 tokens")),
    Band("much", 20_000, _("Ran more than 20,000 tokens")),
    Band("most", 1_000_000, _("Ran more than 1,000,000 tokens")),
)
# Wei of the chain's coin that can no longer be refunded.
SPENT = (
    Band("none", 0, _("Can still be refunded")),
    Band("little", 1, _("Spent less than 0.01 of the coin")),
    Band("some", UNIT // 100, _("Spent 0.01 to 0.1 of the coin")),
    Band("much", UNIT // 10, _("Spent 0.1 to 1 of the coin")),
    Band("most", UNIT, _("Spent more than 1 of the coin")),
)
REALLY_USED = USED[2].least  # tokens from which somebody has really used a model


def used_band(review: Review) -> Band:
    """Return how much a review's author has run of the model."""
    return _band(USED, review.used)


def spent_band(review: Review) -> Band:
    """Return how much was paid for a review's author, in the chain's coin or what the DAO takes as its worth."""
    return _band(SPENT, int(review.spent))


def _band(bands: tuple[Band, ...], amount: int) -> Band:
    return next(band for band in reversed(bands) if amount >= band.least)
