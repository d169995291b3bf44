"""Deciding what is shown: a moderator hides a listing with a public reason, or shows it again."""

from __future__ import annotations

import structlog
from django.db import transaction

from accounts.models import User
from common.text import clean_text
from marketplace.ground.decisions import MOST_REASON, Action, Category, Content, ModerationDecision
from marketplace.ground.errors import NotAModeratorError
from marketplace.listings.errors import ListingNotFoundError
from marketplace.listings.models import Listing

from .errors import AlreadyDecidedError, ReasonMissingError
from .parties import refuse_own_case

log = structlog.get_logger("moderation")


def hide_listing(*, moderator: User, name: str, category: Category, reason: str) -> ModerationDecision:
    """Hide the listing ``owner/name`` from now on; return the decision, which its page shows.

    Hiding again with the same words changes nothing. Raises NotAModeratorError, OwnCaseError, ReasonMissingError,
    ListingNotFoundError, AlreadyDecidedError where it is hidden for another reason or by somebody else.
    """
    return _decide(moderator, name, Action.HIDE, Category(category), reason)


def show_listing(*, moderator: User, name: str, reason: str) -> ModerationDecision:
    """Show a hidden listing again, as it was before; return the decision. Raises as ``hide_listing`` does."""
    return _decide(moderator, name, Action.SHOW, "", reason)


@transaction.atomic
def _decide(moderator: User, name: str, action: Action, category: str, reason: str) -> ModerationDecision:
    reason = _checked(reason)
    # Locked, so that of two moderators at once the second is told what the first decided.
    listing = Listing.objects.named(name).select_for_update().first()
    if listing is None:
        raise ListingNotFoundError
    # Read again: the moderator's session may be older than the loss of their role.
    if not User.objects.filter(pk=moderator.pk, is_staff=True, is_active=True).exists():
        raise NotAModeratorError
    refuse_own_case(moderator, listing)
    wanted = {"action": action, "category": category, "reason": reason, "moderator": moderator.address}
    # A later decision does not replace it: “spam” would open again what was hidden as malware.
    if (listing.suspension is not None) == (action == Action.HIDE):
        return _already(listing, wanted)
    decision = ModerationDecision.objects.create(content=Content.LISTING, key=listing.name, **wanted)
    listing.suspension = decision if action == Action.HIDE else None
    listing.save(update_fields=["suspension"])
    # After the commit: a log line about a decision that was rolled back would be false.
    transaction.on_commit(lambda: log.info("decided", listing=listing.name, decision=decision.pk, **wanted))
    return decision


def _checked(reason: str) -> str:
    reason = clean_text(reason)
    if not reason or len(reason) > MOST_REASON:
        raise ReasonMissingError(limit=MOST_REASON)
    return reason


def _already(listing: Listing, wanted: dict[str, str]) -> ModerationDecision:
    """Return the decision that made it so, if it is the very same one that was sent twice."""
    last = ModerationDecision.objects.filter(content=Content.LISTING, key=listing.name).first()
    if last is None or any(getattr(last, name) != value for name, value in wanted.items()):
        raise AlreadyDecidedError
    return last
