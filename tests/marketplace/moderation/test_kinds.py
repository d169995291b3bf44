"""A version as what moderators decide about: hidden it is neither sold nor tried, and holders keep it."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from inference.access import FREE, Ground, refuse_hidden
from inference.errors import ModelHiddenError
from marketplace.buying.orders import Order
from marketplace.ground.contents import find_content
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.listings.errors import ListingHiddenError
from marketplace.listings.versions import MetadataDocument, Version
from marketplace.moderation.claiming import open_own_case
from marketplace.moderation.deciding import decide_case
from marketplace.moderation.undoing import undo_decision
from marketplace.moderation.wishes import Wish
from marketplace.reports.models import ReasonStatement
from marketplace.search.search import Search
from tests.marketplace.shop import Shop
from tests.moderators import decided_by_two, make_moderator

NAME = "corner/chat"
PAGE = f"/models/{NAME}"
WHY = "Its card names another licence than its files."


@pytest.fixture
def moderator(shop: Shop) -> User:
    return make_moderator()


@pytest.fixture
def version(shop: Shop) -> Version:
    """The release that the chain names."""
    return Version.objects.get(listing__name=NAME)


def hide(moderator: User, version: Version) -> ModerationDecision:
    case = open_own_case(moderator=moderator, content=Content.VERSION, key=version.key)
    decision = decide_case(moderator=moderator, pk=case.pk, wish=Wish(Action.HIDE, Category.LICENCE, reason=WHY))
    assert isinstance(decision, ModerationDecision)
    return decision


def on_sale() -> list[str]:
    return [each.name for each in Search(chosen={"availability": ["for-sale"]}).page(limit=9).items]


def test_a_hidden_version_is_not_for_sale_and_its_listing_stays(shop: Shop, moderator: User, version: Version) -> None:
    before = shop.prepare()
    decision = hide(moderator, version)
    version.refresh_from_db()
    assert (version.decision, Version.objects.offered().count()) == (decision, 0)
    assert shop.listing.suspension is None
    assert (on_sale(), shop.listing.purchasable) == ([], False)
    for attempt in (shop.prepare, lambda: shop.open(before)):
        with pytest.raises(ListingHiddenError, match="Breach of a licence: Its card names"):
            attempt()
    assert Order.objects.count() == 1
    page = Browser().get(PAGE).content.decode()
    assert f"Version {version.number} was hidden by moderators: Breach of a licence." in page
    assert WHY in page
    assert "A moderator has hidden version" in page
    assert 'id="playground"' not in page
    statement = ReasonStatement.objects.get()
    assert (statement.decision, statement.title) == (decision, f"{NAME} {version.number}")
    undo_decision(moderator=moderator, pk=decision.pk)
    assert (on_sale(), shop.listing.purchasable) == ([NAME], True)
    assert "was hidden by moderators" not in Browser().get(PAGE).content.decode()


def test_holders_run_what_is_hidden_unless_nobody_may(shop: Shop, moderator: User, version: Version) -> None:
    holder, stranger = Ground("pass", "somebody"), Ground(FREE, "nobody")
    refuse_hidden(stranger, NAME)
    hide(moderator, version)
    refuse_hidden(holder, NAME)
    with pytest.raises(ModelHiddenError):
        refuse_hidden(stranger, NAME)
    Version.objects.update(decision=None)
    second = make_moderator("0x" + "2" * 40)
    wish = Wish(Action.HIDE, Category.MALWARE, reason="It opens a shell.")
    decided_by_two(moderator, second, Content.VERSION, version.key, wish)
    with pytest.raises(ModelHiddenError, match="nobody may run it"):
        refuse_hidden(holder, NAME)
    found = Version.objects.get(pk=version.pk)
    assert found.stops_use
    assert found.hidden == {"number": found.number, "category": "malware", "reason": "It opens a shell."}


def test_an_older_version_takes_nothing_from_what_is_on_sale(shop: Shop, moderator: User, version: Version) -> None:
    document = MetadataDocument.objects.create(cid="bafkreiother", content=b"{}")
    older = Version.objects.create(listing=version.listing, number="0.9.0", metadata=document)
    hide(moderator, older)
    assert (on_sale(), shop.listing.purchasable) == ([NAME], True)
    refuse_hidden(Ground(FREE, "nobody"), NAME)
    assert "Version 0.9.0 was hidden by moderators" in Browser().get(PAGE).content.decode()
    assert [each.number for each in Version.objects.offered()] == [version.number]


def test_a_version_is_found_by_its_name_alone(shop: Shop, version: Version) -> None:
    subject = find_content("version", f"Corner/Chat@{version.number}")
    assert subject is not None
    assert (subject.key, subject.title) == (version.key, f"{NAME} {version.number}")
    for key in (NAME, f"{NAME}@", f"{NAME}@9.9.9", "corner/none@1.0.0", "@", "\x00@1.0.0"):
        assert find_content("version", key) is None, key


def test_a_case_about_a_version_takes_six_queries(
    shop: Shop, moderator: User, version: Version, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    case = open_own_case(moderator=moderator, content=Content.VERSION, key=version.key)
    browser = Browser()
    browser.force_login(moderator)
    with django_assert_max_num_queries(6):
        page = browser.get(f"/moderation/cases/{case.pk}")
    assert f"{NAME} {version.number}" in page.content.decode()
