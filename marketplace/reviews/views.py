"""A model's reviews as everybody reads them, and saying that one was helpful."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User
from accounts.visitors import user_of, user_or_none
from common.access import member, public
from common.htmx import render_kept, render_page
from common.redirects import redirect_whole
from marketplace.ground.caching import KEEP
from marketplace.listings.finding import found_listing
from marketplace.scores.answering import may_answer
from marketplace.scores.models import AnswerEdition, HelpfulVote, Review
from marketplace.scores.voting import vote_helpful

from .finding import find_review
from .own import marked_helpful
from .pages import reviews_page

MOST_EDITIONS = 100  # on a review's own page


@public(cache_seconds=KEEP)
def reviews(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """What people say of a model, its scores, and the way to one's own review."""
    found = found_listing(owner, name)
    # One address for each page, or caches and search engines would see a page for each spelling.
    if found.value("name") != f"{owner}/{name}":
        return redirect_whole(request, reverse("reviews", args=found.value("name").split("/")))
    page, pk = reviews_page(request, found), found.value("id")
    path = reverse("reviews", args=[owner, name])
    whole = request.get_full_path()

    def own(user: User | None) -> dict[str, Any]:
        marked = marked_helpful(user, pk) if user else []
        own_path = reverse("own-review", args=[owner, name])
        return {"path": path, "whole": whole, "marked": " ".join(marked), "own_path": own_path}

    return render_kept(request, "marketplace/reviews/reviews.html", page.key, page.shown, own)


@public()
def review(request: HttpRequest, key: UUID) -> HttpResponse:
    """One review: its editions, the seller's answer, and what one may do about it."""
    found, user = find_review(key), user_or_none(request)
    context = {
        "review": found,
        "listing": found.listing,
        "editions": list(found.editions.all()[:MOST_EDITIONS]),
        "answers": _answers(found),
        "is_own": user is not None and user.address == found.author,
        "may_answer": user is not None and may_answer(user.address, found),
        "is_marked": user is not None and HelpfulVote.objects.filter(review=found, voter=user.address).exists(),
    }
    return render_page(request, "marketplace/reviews/review.html", context, fragments=("one-review",))


def _answers(review: Review) -> list[AnswerEdition]:
    answer = getattr(review, "answer", None)
    return list(answer.editions.all()[:MOST_EDITIONS]) if answer and answer.is_shown else []


@member
def helpful(request: HttpRequest, key: UUID) -> HttpResponse:
    """Say that a review was helpful, or take that back; who has signed in for it comes by GET, and chooses there."""
    if request.method != "POST":
        return redirect("review", key)
    made = vote_helpful(user=user_of(request), key=str(key), helpful=request.POST.get("helpful") != "no")
    back = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(f"{back}#review-{made.key}" if is_ours else reverse("review", args=[made.key]))
