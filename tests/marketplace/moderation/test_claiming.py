"""Two moderators never work on one case: claims, releases, and who cannot take one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.errors import NotAModeratorError
from accounts.models import User
from common.errors import DomainError
from marketplace.ground.cases import Case, CaseStep, Priority, Source, Step, open_case
from marketplace.ground.decisions import Category, Content
from marketplace.ground.errors import OwnCaseError
from marketplace.listings.models import Listing
from marketplace.moderation.claiming import claim_case, open_own_case, release_case
from marketplace.moderation.errors import (
    CaseClosedError,
    CaseNotFoundError,
    ClaimedByAnotherError,
    ContentGoneError,
    NotClaimedError,
)
from marketplace.reports.models import Report
from tests.factories.marketplace import listing as make_listing
from tests.moderators import forget_decisions, forget_moderators, make_moderator, take_role

NAME = "acme/tiny-embed"


@pytest.fixture
def people(db: None) -> list[User]:
    return [make_moderator(f"0x{n:040x}") for n in (1, 2)]


@pytest.fixture
def listing(db: None) -> Listing:
    return make_listing(NAME)


def reported(name: str = NAME) -> Case:
    return open_case(
        content=Content.LISTING, key=name, source=Source.REPORT, priority=Priority.LOW, summary="It is spam."
    )


def test_a_case_is_taken_by_one_given_back_and_free_after_half_an_hour(listing: Listing, people: list[User]) -> None:
    one, two = people
    case = reported()
    assert (case.title, case.author, case.holder) == (NAME, "", "")
    assert claim_case(moderator=one, pk=case.pk).holder == one.address
    with pytest.raises(ClaimedByAnotherError) as refused:
        claim_case(moderator=two, pk=case.pk)
    assert refused.value.data == {"holder": one.address}
    with pytest.raises(NotClaimedError):
        release_case(moderator=two, pk=case.pk)
    claim_case(moderator=one, pk=case.pk)  # which only begins its time anew
    release_case(moderator=one, pk=case.pk)
    assert claim_case(moderator=two, pk=case.pk).holder == two.address
    Case.objects.update(claimed_at=timezone.now() - timedelta(minutes=31))
    assert claim_case(moderator=one, pk=case.pk).holder == one.address
    steps = CaseStep.objects.order_by("pk").values_list("step", "by")
    taken = (Step.CLAIMED.value, one.address)
    assert list(steps) == [taken, (Step.RELEASED, one.address), (Step.CLAIMED, two.address), taken]


def test_who_is_no_moderator_any_more_takes_nothing(listing: Listing, people: list[User]) -> None:
    case = reported()
    claim_case(moderator=people[0], pk=case.pk)
    take_role(people[0].address)
    for action in (claim_case, release_case):
        with pytest.raises(NotAModeratorError):
            action(moderator=people[0], pk=case.pk)
    with pytest.raises(NotAModeratorError):
        open_own_case(moderator=people[0], content=Content.LISTING, key=NAME)
    User.objects.filter(pk=people[1].pk).update(is_active=False)
    with pytest.raises(NotAModeratorError):
        claim_case(moderator=User.objects.get(pk=people[1].pk), pk=case.pk)


def test_nobody_takes_what_is_their_own_or_what_they_reported(listing: Listing, people: list[User]) -> None:
    one, two = people
    listing.owner.user, listing.owner.is_reserved = one, False
    listing.owner.save()
    case = reported()
    assert case.author == one.address
    with pytest.raises(OwnCaseError):
        claim_case(moderator=one, pk=case.pk)
    about = {"content": Content.LISTING, "key": NAME, "category": Category.SPAM}
    Report.objects.create(**about, text="It is spam.", reporter=two.address, case=case)
    with pytest.raises(OwnCaseError):
        claim_case(moderator=two, pk=case.pk)
    with pytest.raises(OwnCaseError):
        open_own_case(moderator=two, content=Content.LISTING, key=NAME)
    with pytest.raises(OwnCaseError):
        open_own_case(moderator=two, content=Content.ACCOUNT, key=two.address)


def test_what_is_closed_or_not_there_is_not_taken(listing: Listing, people: list[User]) -> None:
    case = reported()
    Case.objects.update(closed_at=timezone.now())
    with pytest.raises(CaseClosedError):
        claim_case(moderator=people[0], pk=case.pk)
    with pytest.raises(CaseNotFoundError):
        claim_case(moderator=people[0], pk=case.pk + 1)
    for content, key in ((Content.LISTING, "acme/nothing"), (Content.VERSION, f"{NAME}@1.0.0"), ("nonsense", NAME)):
        with pytest.raises(ContentGoneError):
            open_own_case(moderator=people[0], content=content, key=key)


def test_a_case_that_a_moderator_opens_is_theirs_and_is_the_one_there_is(listing: Listing, people: list[User]) -> None:
    case = reported()
    opened = open_own_case(moderator=people[0], content=Content.LISTING, key=NAME.upper())
    assert (opened.pk, opened.holder) == (case.pk, people[0].address)
    account = open_own_case(moderator=people[0], content=Content.ACCOUNT, key=people[1].address)
    assert (account.source, account.author) == (Source.MODERATOR, people[1].address)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Case, list[User]]]:
    """A case and eight moderators that other threads see; taken back afterwards."""
    with django_db_blocker.unblock():
        owner = make_listing("race/case").owner
        moderators = [make_moderator(f"0x{n:040x}") for n in range(1, 9)]
        try:
            yield reported("race/case"), moderators
        finally:
            forget_decisions()
            Listing.objects.filter(owner=owner).delete()
            owner.delete()
            forget_moderators(moderators)


def test_of_eight_moderators_at_once_one_gets_the_case(committed: tuple[Case, list[User]]) -> None:
    case, people = committed

    def press(user: User) -> object:
        try:
            return claim_case(moderator=user, pk=case.pk).claimed_by
        except DomainError as error:
            return type(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(press, people))
    assert results.count(ClaimedByAnotherError) == 7
    (winner,) = set(results) - {ClaimedByAnotherError}
    assert Case.objects.get(pk=case.pk).claimed_by == winner
    assert CaseStep.objects.filter(case=case).count() == 1
