"""Reads of what is unclaimed, for pages."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import Account
from common.pages import Page, SortOrder, instant, page_of
from contracts.models import Chain
from marketplace.ground.decisions import Action, Content, ModerationDecision
from marketplace.listings.versions import Version

from .documents import card_text
from .models import DocumentState, UnclaimedListing

A_PAGE = 30
NEWEST = SortOrder("newest", F("listed_at"), descending=True, parse=instant)


def page_of_unclaimed(state: str, cursor: str, limit: int = A_PAGE) -> Page[UnclaimedListing]:
    """Return a page of all, or of those whose document is in one state; the newest first. One query."""
    rows = UnclaimedListing.objects.open().select_related("chain", "decision")
    if state in DocumentState:
        rows = rows.filter(state=state)
    return page_of(rows, NEWEST, limit=limit, cursor=cursor)


def own_unclaimed(address: str, cursor: str = "") -> Page[UnclaimedListing]:
    """Return a page of what one address has listed and not claimed. One query."""
    rows = UnclaimedListing.objects.open().filter(seller=address).select_related("chain", "decision")
    return page_of(rows, NEWEST, limit=A_PAGE, cursor=cursor)


def mark_others(rows: Iterable[UnclaimedListing]) -> None:
    """Note on each row the account of somebody else whose name its document uses. One query; none without a title."""
    owners = {title.partition("/")[0].lower() for row in rows if (title := row.told.title)}
    named = Account.objects.alias(lower_name=Lower("name")).filter(lower_name__in=owners).select_related("user")
    known = {account.name.lower(): account for account in named} if owners else {}
    for row in rows:
        account = known.get(row.told.title.partition("/")[0].lower())
        is_own = account is not None and account.user is not None and account.user.address == row.seller
        row.others_name = None if is_own else account


def decisions_on(chain: Chain, model_ids: Iterable[str]) -> dict[str, ModerationDecision]:
    """Return what hides the texts of some models, by their ids: a row may be gone for a while, and the decision holds.
    One query."""
    keys = {f"{chain.short_name}/{each}": each for each in model_ids}
    made = ModerationDecision.objects.filter(content=Content.UNCLAIMED, key__in=keys, action=Action.HIDE)
    in_force = made.filter(undone_by=None).exclude(until__lte=timezone.now()).order_by("pk") if keys else made.none()
    return {keys[each.key]: each for each in in_force}


def is_hidden(cid: str, content: bytes) -> bool:
    """Say whether these bytes are a document or a card that moderators have hidden, and no release's too. One query."""
    hidden = UnclaimedListing.objects.filter(decision__isnull=False).filter(Q(cid=cid) | Q(card=cid))
    return hidden.exists() and not _is_released(cid, content)


def _is_released(cid: str, content: bytes) -> bool:
    # Else whoever names another's card could have it hidden.
    card = card_text(content)
    of_release = Q(metadata=cid) | Q(card=card) if card else Q(metadata=cid)
    return Version.objects.filter(of_release).exists()
