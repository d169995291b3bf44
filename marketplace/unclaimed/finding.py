"""Reads of what is unclaimed, for pages."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F
from django.db.models.functions import Lower

from accounts.models import Account
from common.pages import Page, SortOrder, instant, page_of

from .models import DocumentState, UnclaimedListing

A_PAGE = 30
NEWEST = SortOrder("newest", F("listed_at"), descending=True, parse=instant)


def page_of_unclaimed(state: str, cursor: str) -> Page[UnclaimedListing]:
    """Return a page of all, or of those whose document is in one state; the newest first. One query."""
    rows = UnclaimedListing.objects.open().select_related("chain")
    if state in DocumentState:
        rows = rows.filter(state=state)
    return page_of(rows, NEWEST, limit=A_PAGE, cursor=cursor)


def own_unclaimed(address: str, cursor: str = "") -> Page[UnclaimedListing]:
    """Return a page of what one address has listed and not claimed. One query."""
    rows = UnclaimedListing.objects.open().filter(seller=address).select_related("chain")
    return page_of(rows, NEWEST, limit=A_PAGE, cursor=cursor)


def mark_others(rows: Iterable[UnclaimedListing]) -> None:
    """Note on each row the account of somebody else whose name its document uses. One query; none without a title."""
    owners = {row.title.partition("/")[0].lower() for row in rows if row.title}
    named = Account.objects.alias(lower_name=Lower("name")).filter(lower_name__in=owners).select_related("user")
    known = {account.name.lower(): account for account in named} if owners else {}
    for row in rows:
        account = known.get(row.title.partition("/")[0].lower())
        is_own = account is not None and account.user is not None and account.user.address == row.seller
        row.others_name = None if is_own else account
