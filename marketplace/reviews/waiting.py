"""Reviews that wait for their seller's answer."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import User
from common.pages import KeysetChain, Page
from marketplace.scores.models import Review, ReviewQuerySet

from .asked import ORDERS
from .finding import with_use

A_PAGE = 20
MOST_COUNTED = 99


def _waiting(user: User) -> ReviewQuerySet:
    # A model's id begins with its seller's address.
    sold = Q(listing__owner__user=user) | Q(model_id__startswith=user.address)
    unanswered = Q(answer=None) | Q(answer__withdrawn_at__isnull=False, answer__decision=None)
    return Review.objects.shown().filter(sold, unanswered).exclude(author=user.address)


def waiting_page(user: User, cursor: str = "") -> Page[Review]:
    """Return a page of what waits, the newest first. One query. Raises CursorError."""
    found = with_use(_waiting(user)).select_related("answer", "listing")
    chain = KeysetChain([(found, ORDERS["newest"])], limit=A_PAGE, cursor=cursor)
    return chain.page(chain.read())


def count_waiting(user: User) -> int:
    """Return how many wait, at most one more than ``MOST_COUNTED``. One query."""
    return _waiting(user)[: MOST_COUNTED + 1].count()
