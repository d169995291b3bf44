"""A moderator hides a listing: who may, once and for ever in the log, and where it is no longer found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.errors import NotAModeratorError
from accounts.models import User
from common.errors import DomainError
from marketplace.ground.decisions import Action, Category, ModerationDecision
from marketplace.listings.errors import ListingNotFoundError
from marketplace.listings.models import Listing
from marketplace.moderation.errors import AlreadyDecidedError, ReasonMissingError
from marketplace.moderation.hiding import hide_listing, show_listing
from marketplace.search.search import Search
from tests.factories.marketplace import listing as make_listing
from tests.moderators import forget_decisions, forget_moderators, give_role, make_moderator, take_role

NAME = "acme/tiny-embed"
PAGE = f"/models/{NAME}"
WHY = "Its files open a <b>shell</b> on the machine that loads them."


@pytest.fixture
def moderator(db: None) -> User:
    return make_moderator()


@pytest.fixture
def listing(db: None) -> Listing:
    return make_listing(NAME, license="mit", adapted_from="BAAI/bge-m3")


def hide(moderator: User, category: Category = Category.SPAM, name: str = NAME) -> ModerationDecision:
    return hide_listing(moderator=moderator, name=name, category=category, reason=WHY)


def show(moderator: User) -> ModerationDecision:
    return show_listing(moderator=moderator, name=NAME, reason="The files were replaced.")


def test_a_decision_is_a_row_and_a_second_press_is_none(listing: Listing, moderator: User) -> None:
    first = hide(moderator, name=NAME.upper())
    assert hide(moderator) == first
    assert (first.key, first.action, first.category, first.reason) == (NAME, Action.HIDE, Category.SPAM, WHY)
    assert first.moderator == moderator.address
    with pytest.raises(AlreadyDecidedError):
        hide(moderator, Category.OTHER)
    second = show(moderator)
    assert show(moderator) == second
    assert hide(moderator) not in (first, second)
    assert ModerationDecision.objects.filter(key=NAME).count() == 3


def test_what_was_decided_is_never_changed_or_deleted(listing: Listing, moderator: User) -> None:
    hide(moderator)
    mine: Any = ModerationDecision.objects.filter(pk=show(moderator).pk)
    # Past Django, which keeps from deleting what the log points at.
    changes: list[Callable[[], object]] = [
        lambda: mine.update(reason="Nothing."),
        lambda: mine._raw_delete(mine.db),
    ]
    for change in changes:
        with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
            change()


def test_others_than_moderators_and_empty_reasons_are_refused(listing: Listing, moderator: User) -> None:
    stranger = User.objects.create(address="0x" + "2" * 40)
    with pytest.raises(NotAModeratorError):
        hide(stranger)
    stale = User.objects.get(pk=moderator.pk)
    take_role(moderator.address)
    with pytest.raises(NotAModeratorError):
        hide(stale)  # it was taken away after the page was opened
    give_role(moderator.address)
    for reason in ("", " \n", "x" * 2_001, "\u200b", " \u2060\ufeff\n", "\x00"):
        with pytest.raises(ReasonMissingError):
            hide_listing(moderator=moderator, name=NAME, category=Category.SPAM, reason=reason)
    with pytest.raises(ListingNotFoundError):
        hide(moderator, name="acme/nothing")
    with pytest.raises(AlreadyDecidedError):
        show(moderator)
    assert not ModerationDecision.objects.exists()


def places(client: Client) -> dict[str, bool | int]:
    """Where the listing is found, and how many are counted."""
    everything = Search()
    pages = {path: PAGE in client.get(path).content.decode() for path in LISTS}
    api = client.get("/api/v1/listings", {"q": "tiny-embed", "task": "feature-extraction"}).json()
    counts = {"all": everything.count(), "mit": everything.facets()["license"]["mit"]}
    return {**pages, **counts, "api": NAME in [item["name"] for item in api["items"]], "api count": api["count"]}


LISTS = ("/models?q=tiny-embed", "/models?q=tiny-embed&view=grid", "/models/acme", "/models/acme/child")


def test_hidden_it_is_nowhere_and_shown_again_it_is_as_before(
    client: Client, listing: Listing, moderator: User
) -> None:
    make_listing("acme/child", adapted_from=NAME)
    before = places(client)
    assert all(before.values())
    hide(moderator)
    hidden = places(client)
    assert {name for name, value in hidden.items() if value is True} == set()
    assert {name: before[name] - hidden[name] for name in ("all", "mit", "api count")} == {
        "all": 1,
        "mit": 1,
        "api count": 1,
    }
    assert NAME in client.get("/models/acme/child").content.decode()  # its name, without a link
    assert NAME not in client.get("/models/BAAI/bge-m3").content.decode()
    show(moderator)
    cache.clear()  # a search's order is kept a minute: on a slow machine it was made again while the listing was hidden
    assert places(client) == before


@pytest.mark.parametrize(("category", "meaning"), [("spam", "can keep running it"), ("malware", "nobody can run it")])
def test_its_page_says_when_why_and_what_it_means(
    client: Client, listing: Listing, moderator: User, category: Category, meaning: str
) -> None:
    assert "noindex" not in client.get(PAGE).content.decode()
    decision = hide(moderator, category)
    page = client.get(PAGE).content.decode()
    assert f"Hidden by a moderator on {decision.made_at:%-d %b %Y}" in page
    assert "Its files open a &lt;b&gt;shell&lt;/b&gt; on the machine" in page
    assert meaning in page
    assert '<meta name="robots" content="noindex">' in page
    show(moderator)
    page = client.get(PAGE).content.decode()
    assert "Hidden by a moderator" not in page
    assert "noindex" not in page


def test_programs_are_told_too(client: Client, listing: Listing, moderator: User) -> None:
    def found() -> dict[str, object]:
        answer = client.get(f"/api/v1/listings/{NAME}").json()
        return {name: answer[name] for name in ("state", "purchasable", "suspension")} | {
            "reason": WHY in (answer["purchase_refusal"] or "")
        }

    shown = {"state": "reference", "purchasable": False, "suspension": None, "reason": False}
    assert found() == shown
    made_at = hide(moderator).made_at
    said = {
        "since": f"{made_at:%Y-%m-%dT%H:%M:%S}.{made_at.microsecond // 1000:03}Z",
        "category": "spam",
        "reason": WHY,
    }
    assert found() == {"state": "suspended", "purchasable": False, "suspension": said, "reason": True}
    show(moderator)
    assert found() == shown


def test_the_catalogue_can_be_imported_again_and_what_is_hidden_stays_so(listing: Listing, moderator: User) -> None:
    decision = hide(moderator)
    make_listing(NAME, license="apache-2.0")
    assert Listing.objects.get(name=NAME).suspension == decision


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[User]]:
    """A listing and two moderators that other threads see; taken back afterwards."""
    with django_db_blocker.unblock():
        owner = make_listing("race/model").owner
        moderators = [make_moderator(f"0x{n:040x}") for n in (1, 2)]
        try:
            yield moderators
        finally:
            Listing.objects.filter(owner=owner).delete()
            owner.delete()
            forget_decisions()
            forget_moderators(moderators)


@pytest.mark.parametrize(("same", "refused"), [(True, 0), (False, 7)])
def test_of_eight_presses_at_once_one_decides(committed: list[User], same: bool, refused: int) -> None:
    def press(number: int) -> object:
        reason = WHY if same else f"{WHY} {number}"
        try:
            return hide_listing(moderator=committed[0], name="race/model", category=Category.SPAM, reason=reason)
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(press, range(8)))
    decision = ModerationDecision.objects.get(key="race/model")
    assert sum(isinstance(each, AlreadyDecidedError) for each in results) == refused
    assert results.count(decision) == 8 - refused
    assert Listing.objects.get(name="race/model").suspension == decision
