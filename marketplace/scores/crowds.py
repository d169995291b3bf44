"""Bursts of reviews as moderators decide about them: those of a listing that are one count after all, or never.

The formula leaves a burst out by itself. A decision is about the reviews that are one at that time, and stands in their
own rows: later ones are a burst of their own.
"""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.ground.contents import Kind, Subject
from marketplace.ground.decisions import Action, Content, ModerationDecision
from marketplace.listings.models import Listing
from marketplace.onchain.parties import parties_of_model

from .judging import judge_soon
from .models import Review, ReviewQuerySet, Standing
from .reckoning import lock_score

STANDS_SO = Q(standing=Standing.BURST) | Q(crowd__content=Content.BURST)  # not what was decided about one review alone


def find_burst(key: str) -> Subject | None:
    """Return the reviews of ``owner/name`` that are a burst now, or else those that were when moderators decided last.

    One query, and what ``parties_of_model`` asks for each of their places on chains.
    """
    named = Listing.objects.named(key).values("pk")
    found = Review.objects.live().filter(STANDS_SO, listing__in=named).order_by("written_at", "pk")
    reviews = _concerned(found.select_related("chain", "crowd", "listing__owner__user"))
    if not reviews:
        return None
    listing, decided, owner = reviews[0].listing, reviews[0].crowd, reviews[0].listing.owner.user
    words = ngettext("%(n)d review of %(name)s at once", "%(n)d reviews of %(name)s at once", len(reviews))
    places = {(each.chain, each.model_id) for each in reviews}
    sellers = {party for place in places for party in parties_of_model(*place)}
    is_cleared = decided is not None and decided.action == Action.SHOW
    return Subject(
        content=Content.BURST,
        key=listing.name,
        title=words % {"n": len(reviews), "name": listing.name},
        path=f"{listing.get_absolute_url()}/reviews?counting=no",
        author="",
        text=_text(reviews),
        at=reviews[0].written_at,
        parties=frozenset({each.author for each in reviews} | sellers | ({owner.address} if owner else set())),
        decision=None if is_cleared else decided,
        facts={"of_listing": listing.name, "cleared": is_cleared},
    )


def lock_burst(key: str) -> object:
    """Lock the score of a listing, and with it how its reviews stand."""
    listing_id = Listing.objects.named(key).values_list("pk", flat=True).first()
    if listing_id is not None:
        lock_score(listing_id)
    return listing_id


def decide_burst(key: str, decision: ModerationDecision | None) -> int:
    """Write what was decided about the reviews of a burst, None to leave them to the formula; the score follows."""
    listing_id = Listing.objects.named(key).values_list("pk", flat=True).first()
    if listing_id is None:
        return 0
    concerned = _concerned(Review.objects.live().filter(STANDS_SO, listing=listing_id))
    changed = Review.objects.filter(pk__in=[each.pk for each in concerned]).update(crowd=decision)
    judge_soon(listing_id)
    return changed


def _concerned(found: ReviewQuerySet) -> list[Review]:
    """Return those that a decision would be about: what is a burst now, else what the last decision was about."""
    reviews = list(found)
    waiting = [each for each in reviews if each.crowd_id is None]
    last = max((each.crowd_id for each in reviews if each.crowd_id), default=None)
    return waiting or [each for each in reviews if each.crowd_id == last]


def _text(reviews: list[Review]) -> str:
    lines = [_("%(stars)d of 5: %(text)s") % {"stars": each.rating, "text": each.text[:200]} for each in reviews]
    return "\n".join(lines[:50])


KIND = Kind(Content.BURST, find_burst, lock_burst, decide_burst, clear=decide_burst, reported=False)
