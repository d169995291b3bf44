"""The seller's side of reviews: what waits for an answer, and answering."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from accounts.visitors import user_of
from common.access import member
from common.htmx import fragment_of, render_page
from marketplace.scores.answering import answer_review, withdraw_answer

from .errors import ReviewNotReadError
from .finding import find_review
from .forms import AnswerForm
from .waiting import count_waiting, waiting_page

FRAGMENTS = ("reviews-waiting",)


@member
def reviews_waiting(request: HttpRequest) -> HttpResponse:
    """The reviews of what one sells that nobody has answered; for the desk, how many."""
    user = user_of(request)
    if fragment_of(request) in FRAGMENTS:
        context: dict[str, Any] = {"waiting": count_waiting(user)}
        return render_page(request, "marketplace/reviews/waiting.html", context, fragments=FRAGMENTS)
    cursor = request.GET.get("after", "")
    page = waiting_page(user, cursor)
    context = {
        "page": page,
        "first": request.path if cursor else "",
        "next": f"{request.path}?{urlencode({'after': page.next})}" if page.next else "",
    }
    return render_page(request, "marketplace/reviews/waiting.html", context)


@member
@require_POST
def answer(request: HttpRequest, key: UUID) -> HttpResponse:
    """Answer a review as its seller, or change the answer."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise ReviewNotReadError(str(next(iter(form.errors.values()))[0]))
    answer_review(user=user_of(request), key=str(key), text=form.cleaned_data["text"])
    return redirect(reverse("reviews-waiting") if request.POST.get("from") == "desk" else reverse("review", args=[key]))


@member
@require_POST
def withdraw_own_answer(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take the answer to a review back."""
    found = find_review(key)
    if hasattr(found, "answer"):
        withdraw_answer(user=user_of(request), key=found.answer.key)
    return redirect(reverse("review", args=[key]))
