"""Hiding a listing and showing it again in one step: a case that a moderator opens, takes and decides at once."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from accounts.moderators import refuse_others
from common.text import clean_text
from marketplace.ground.cases import Case, Priority, Source, open_case
from marketplace.ground.decisions import MOST_REASON, Action, Category, Content, ModerationDecision
from marketplace.listings.errors import ListingNotFoundError
from marketplace.listings.models import Listing

from .claiming import OPENED
from .deciding import close_case, decide_case, decline_decision
from .errors import ReasonMissingError
from .wishes import Wish


def hide_listing(*, moderator: User, name: str, category: Category, reason: str) -> ModerationDecision:
    """Hide the listing ``owner/name`` from now on; return the decision, which its page shows.

    For malware and what is unlawful it is hidden for a day, until a second moderator confirms it. Hiding again with the
    same words changes nothing. Raises NotAModeratorError, OwnCaseError, ReasonMissingError, ListingNotFoundError,
    AlreadyDecidedError where it is hidden for another reason or by somebody else, ClaimedByAnotherError,
    WaitsForSecondError.
    """
    return _decide(moderator, name, Wish(Action.HIDE, Category(category), reason=reason))


def show_listing(*, moderator: User, name: str, reason: str) -> ModerationDecision:
    """Show a hidden listing again, as it was before; return the decision. Raises as ``hide_listing`` does."""
    return _decide(moderator, name, Wish(Action.SHOW, reason=reason))


@transaction.atomic
def _decide(moderator: User, name: str, wish: Wish) -> ModerationDecision:
    reason = clean_text(wish.reason)
    if not reason or len(reason) > MOST_REASON:
        raise ReasonMissingError(limit=MOST_REASON)
    listing = Listing.objects.named(name).first()
    if listing is None:
        raise ListingNotFoundError
    refuse_others(moderator)
    case = _locked_case(listing.name)
    # Locked after the case, as everywhere.
    shown = Listing.objects.select_for_update().get(pk=listing.pk)
    if (last := _same(shown, moderator, wish, reason)) is not None:
        if not case.steps.exists() and case.source == Source.MODERATOR:
            case.delete()
        return last
    if case.pending and case.pending.asked_by == moderator.address and wish.action == Action.SHOW:
        return _withdrawn(case, moderator, reason)
    decide_case(moderator=moderator, pk=case.pk, wish=wish, meanwhile=True)
    return ModerationDecision.objects.filter(content=Content.LISTING, key=listing.name)[0]


def _locked_case(name: str) -> Case:
    case = open_case(
        content=Content.LISTING, key=name, source=Source.MODERATOR, priority=Priority.MEDIUM, summary=OPENED
    )
    return Case.objects.select_for_update().get(pk=case.pk)


def _withdrawn(case: Case, moderator: User, reason: str) -> ModerationDecision:
    """Take back what one has asked a second moderator for, and close the case."""
    pending = case.pending_id
    case = decline_decision(moderator=moderator, pk=case.pk, pending=pending or 0, reason=reason)
    close_case(case)
    return ModerationDecision.objects.filter(content=Content.LISTING, key=case.key)[0]


def _same(listing: Listing, moderator: User, wish: Wish, reason: str) -> ModerationDecision | None:
    """Return the decision that made it so, if it is the very same one that was sent twice."""
    if (listing.suspension is not None) != (wish.action == Action.HIDE):
        return None
    last = ModerationDecision.objects.filter(content=Content.LISTING, key=listing.name).first()
    wanted = (wish.action, wish.category, reason, moderator.address)
    return last if last and (last.action, last.category, last.reason, last.moderator) == wanted else None
