"""What somebody says about itself is kept once, with what it said before."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from accounts.models import User
from accounts.restrictions import RestrictedError, Restriction, Scope
from marketplace.demo.people import seed_profiles
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.people.actions import MOST_A_DAY, write_profile
from marketplace.people.contents import PROFILE
from marketplace.people.errors import LookAlikeNameError, ProfileHiddenError, TooManyEditionsError
from marketplace.people.models import Profile, ProfileEdition
from tests.factories.reviews import model

SAID: dict[str, Any] = {"name": "Ada", "bio": "I make *small* models.", "links": ["https://example.org/ada"]}


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create(address="0x" + "a" * 40)


def hide(address: str) -> ModerationDecision:
    words = {"action": Action.HIDE, "category": Category.SPAM, "reason": "Spam.", "moderator": "0x" + "9" * 40}
    decision = ModerationDecision.objects.create(content=Content.PROFILE, key=address, **words)
    PROFILE.lock(address)
    PROFILE.mark(address, decision)
    return decision


def test_a_profile_is_kept_with_its_editions(user: User) -> None:
    write_profile(user=user, **SAID)
    write_profile(user=user, **SAID)
    write_profile(user=user, **SAID | {"bio": ""})
    assert Profile.objects.get().bio == ""
    assert list(ProfileEdition.objects.order_by("pk").values_list("bio", flat=True)) == [SAID["bio"], ""]


def test_who_is_paused_writes_nothing(user: User) -> None:
    Restriction.objects.create(address=user.address, scope=Scope.WRITING, decision=1)
    with pytest.raises(RestrictedError):
        write_profile(user=user, **SAID)


def test_what_is_hidden_stays_as_it_was(user: User) -> None:
    write_profile(user=user, **SAID)
    decision = hide(user.address)
    with pytest.raises(ProfileHiddenError):
        write_profile(user=user, **SAID | {"name": "Eva"})
    found = PROFILE.find(user.address.upper().replace("X", "x"))
    assert found is not None
    assert (found.decision, found.author, "small" in found.text) == (decision, user.address, True)
    assert [each.text for each in found.editions] == [found.text]
    PROFILE.mark(user.address, None)
    assert write_profile(user=user, **SAID | {"name": "Eva"}).name == "Eva"


def test_nobody_s_profile_is_not_found(user: User) -> None:
    assert PROFILE.find(user.address) is None
    assert PROFILE.find("nonsense") is None


def test_a_name_that_imitates_is_not_kept(user: User) -> None:
    with pytest.raises(LookAlikeNameError):
        write_profile(user=user, **SAID | {"name": "Citrate Marketp1ace"})
    assert not Profile.objects.exists()


def test_the_demo_s_people_are_written_once(user: User) -> None:
    accounts = [f"0x{number:040x}" for number in range(1, 4)]
    for _ in range(2):
        seed_profiles(accounts)
    assert Profile.objects.count() == ProfileEdition.objects.count() == 2


def test_each_who_reviews_in_the_demo_has_a_name_and_says_that_nobody_stands_behind_it(db: None) -> None:
    review = model().buy_and_review(7)
    seed_profiles([f"0x{number:040x}" for number in range(1, 4)] + [review.author])
    said = Profile.objects.get(address=review.author)
    assert said.name
    assert "person of the demo" in said.bio


def test_editions_of_a_day_are_counted(user: User) -> None:
    for number in range(MOST_A_DAY):
        write_profile(user=user, **SAID | {"bio": str(number)})
    with pytest.raises(TooManyEditionsError):
        write_profile(user=user, **SAID)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[User]:
    """A user in a row that other threads see."""
    with django_db_blocker.unblock():
        yield User.objects.create(address="0x" + "c" * 40)
        for model in (Profile, ProfileEdition, User):
            model.objects.all().delete()


def test_the_same_profile_twice_at_once_is_one_edition(committed: User) -> None:
    barrier, kept = threading.Barrier(2), []

    def write() -> None:
        barrier.wait()
        kept.append(write_profile(user=committed, **SAID).name)
        connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept == ["Ada", "Ada"]
    assert Profile.objects.count() == ProfileEdition.objects.count() == 1
