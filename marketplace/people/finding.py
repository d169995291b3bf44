"""What somebody's page shows: who they are, what they sell, what they have reviewed. Purchases are never shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db.models import F
from django.utils.safestring import SafeString, mark_safe

from accounts.models import User
from common.pages import Page, SortOrder, instant, page_of, uuid_text
from common.prose import render_written
from marketplace.listings.models import Listing
from marketplace.reputation.finding import reputation_of
from marketplace.scores.models import Review

from .models import DomainProof, Profile

LISTINGS = 12
REVIEWS = 20
NEWEST = SortOrder("newest", F("written_at"), descending=True, parse=instant, parse_id=uuid_text)


@dataclass(frozen=True)
class Link:
    """An address, and the part of it that a page shows."""

    href: str
    text: str


@dataclass(frozen=True)
class Person:
    """Somebody by their address. ``account`` is the name that is theirs, since listings stand under it here."""

    address: str
    user: User | None
    profile: Profile | None
    listings: Sequence[Listing]
    reviews: Page[Review]
    reputations: Sequence[object]
    proof: DomainProof | None = None

    @property
    def account(self) -> str:
        """The name of their account; "" where they have none."""
        account = getattr(self.user, "account", None)
        return account.name if account else ""

    @property
    def said(self) -> Profile | None:
        """What they say about themselves, unless it is hidden."""
        return self.profile if self.profile and not self.profile.decision_id else None

    @property
    def calls_itself(self) -> str:
        """The name that they have given themselves, where it is not the proven one."""
        name = self.said.name if self.said else ""
        return "" if name.lower() == self.account.lower() else name

    @property
    def bio(self) -> SafeString:
        """What they have written about themselves, as HTML."""
        return bio_html(self.said.bio) if self.said else SafeString("")

    @property
    def links(self) -> list[Link]:
        """Where they say that they are found."""
        return links_of(self.said.links) if self.said else []

    @property
    def is_known(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.user or self.profile or self.reviews.items or self.reputations)

    @property
    def domain(self) -> DomainProof | None:
        """The domain that names this address, unless moderators have hidden what it says about itself."""
        is_hidden = self.profile is not None and self.profile.decision_id is not None
        return self.proof if self.proof and self.proof.proven_at and not is_hidden else None


def bio_html(text: str) -> SafeString:
    """Return what somebody has written about themselves as safe HTML."""
    return mark_safe(render_written(text)) if text else SafeString("")  # noqa: S308  sanitised there


def links_of(links: Sequence[str]) -> list[Link]:
    """Return links with what a page shows of them: the host as it is sent, and the path."""
    return [Link(each, _host(each) + urlsplit(each).path.rstrip("/")) for each in links]


def _host(link: str) -> str:
    """Return the host of a link in ASCII, where letters that look like others do not."""
    parts = urlsplit(link)
    try:
        host = (parts.hostname or "").encode("idna").decode()
    except UnicodeError:  # no name that leads anywhere
        host = ascii(parts.hostname)
    return f"{host}:{parts.port}" if parts.port else host


def see(address: str, cursor: str = "") -> Person:
    """Return what is known of an address, with a page of its reviews. Six queries. Raises CursorError."""
    user = User.objects.select_related("account").filter(address=address).first()
    account = getattr(user, "account", None)
    listings = Listing.objects.visible().without_index().filter(owner=account, adoptions__isnull=False).distinct()
    reviews = Review.objects.shown().filter(author=address, listing__suspension=None).select_related("listing")
    return Person(
        address,
        user,
        Profile.objects.select_related("decision").filter(address=address).first(),
        list(listings.order_by("name")[: LISTINGS + 1]) if account else [],
        page_of(reviews, NEWEST, limit=REVIEWS, cursor=cursor),
        list(reputation_of(address)),
        DomainProof.objects.filter(address=address).first(),
    )
