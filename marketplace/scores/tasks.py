"""What is done beside the web: following the chains, and the mean of all models."""

from __future__ import annotations

from common.queue import enqueue
from contracts.models import Chain

from . import judging
from .judging import follow, mark_all
from .models import Review
from .reckoning import reckon_prior


def follow_chains() -> None:
    """Let the standing of reviews follow every chain; scores move with it."""
    for chain in Chain.objects.order_by("pk"):
        follow(chain)
    reckon_prior()


def follow_chain(chain_id: int) -> None:
    """Follow one chain now, because something about a review has happened there."""
    chain = Chain.objects.filter(pk=chain_id).first()
    if chain:
        follow(chain)


def judge_all() -> None:
    """Have every review judged anew: it finds nothing unless what a token is worth, or an owner, has changed."""
    for listing_id in Review.objects.live().order_by("listing").values_list("listing", flat=True).distinct():
        enqueue("marketplace.scores.tasks.judge_one", listing_id)


def judge_one(listing_id: int) -> None:
    """Judge every review of a listing anew."""
    mark_all(listing_id)
    judge_waiting(listing_id)


def judge_waiting(listing_id: int) -> None:
    """Judge the reviews of a listing that wait for it, and reckon its score."""
    judging.judge_waiting(listing_id)
