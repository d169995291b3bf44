"""Listing, and a version's fate, from many at the same moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.models import Model
from django_q.models import OrmQ

from accounts.models import Account, User
from marketplace.checks.models import Check, Inspection
from marketplace.files.blobs import Blob
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption, Version, VersionFile
from marketplace.publish.models import Draft, NameReservation, Publication
from marketplace.publish.naming import choose_owner, reserve_name
from marketplace.publish.settling import settle_chain
from marketplace.releases.actions import undeprecate_release, yank_release
from tests.marketplace.buying.test_at_once import at_once
from tests.marketplace.shop import Shop

from .conftest import NEWCOMER, Newcomer, begin

# What points at others goes first.
HELD: tuple[type[Model], ...] = (
    *(Publication, NameReservation, Draft, VersionFile),
    *(Adoption, Version, Inspection, Check, OrmQ),
)


@pytest.fixture
def newcomer(committed: Shop) -> Iterator[Newcomer]:
    """A seller in rows that other threads see; taken back before the shop's own."""
    user = User.objects.create(address=committed.address(NEWCOMER))
    try:
        yield begin(committed, user)
    finally:
        for model in HELD:
            model._default_manager.all().delete()
        Listing.objects.filter(name__startswith="newcomer/").delete()
        Account.objects.filter(name="newcomer").delete()
        Blob.objects.all().delete()
        connection.close()


def test_listing_from_many_tabs_at_once_is_one_model(newcomer: Newcomer) -> None:
    calls = at_once(newcomer.prepare)
    assert len(set(calls)) == 1
    assert Publication.objects.count() == 1
    newcomer.shop.pay(calls[0], gas=hex(3_000_000))
    newcomer.shop.index(4)
    at_once(lambda: settle_chain(chain=newcomer.shop.chain))
    listing = Listing.objects.get(name="newcomer/tiny-chat")
    assert (listing.versions.count(), Adoption.objects.filter(listing=listing).count()) == (1, 1)
    own = {"owner": "newcomer", "name": "tiny-chat", "number": "1.0.0"}
    refused = at_once(lambda: yank_release(user=newcomer.user, **own, text="Wrong."))
    assert set(refused) == {"last-release"}
    at_once(lambda: undeprecate_release(user=newcomer.user, **own))
    assert listing.versions.get().yanked_at is None


def test_of_drafts_that_want_one_name_at_once_one_gets_it(newcomer: Newcomer) -> None:
    drafts = iter([Draft.objects.create(user=newcomer.user) for _ in range(6)])
    at_once(lambda: reserve_name(draft=next(drafts), name="newcomer/wanted"))
    assert NameReservation.objects.count() == 1


def test_of_users_who_want_one_name_at_once_one_gets_it(newcomer: Newcomer) -> None:
    users = iter([User.objects.create(address=f"0x{number:040x}") for number in range(1, 7)])
    made = at_once(lambda: choose_owner(user=next(users), name="wanted").name)
    assert sorted(made) == ["owner-refused"] * 5 + ["wanted"]
    Account.objects.filter(name="wanted").delete()
