"""Being erased: a day later, whole, and nothing is left but for the reasons that the page names."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, connections
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import Account, User
from accounts.notifications.kinds import shown
from accounts.notifications.models import Notice
from accounts.personal import NOBODY, holdings
from governance.drafts.models import Draft
from inference.models import Call
from marketplace.buying.orders import Order
from marketplace.community.models import Comment, Discussion
from marketplace.people import erasing, tasks
from marketplace.people.errors import NotConfirmedError
from marketplace.people.models import WAIT, Erasure, Profile
from marketplace.scores.models import Review
from marketplace.scores.score_models import ModelScore
from tests.accounts.conftest import chain, person
from tests.accounts.signing import Person

from .lives import live
from .test_actions import SAID, hide

__all__ = ["chain", "person"]
CHAIN = ("contracts.", ".onchain.")


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create(address="0x" + "a" * 40)


def tables_with(address: str) -> set[str]:
    """Return the models of all tables that hold an address anywhere in a row, however it is written."""
    found = set()
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT 1 FROM {table} row WHERE lower(row::text) LIKE %s LIMIT 1", [f"%{address}%"])  # noqa: S608
            if cursor.fetchone() and not any(part in f"{model.__module__}." for part in CHAIN):
                found.add(model.__name__)
    return found


def erase(user: User) -> None:
    erasing.ask_erasure(user=user, signed_at=timezone.now())
    Erasure.objects.update(due_at=timezone.now())
    tasks.erase_due()


def test_nothing_is_left_but_for_a_reason(db: None) -> None:
    user, model = live()
    assert {"User", "Comment", "Review", "Draft", "Call", "Profile", "Acceptance"} <= tables_with(user.address)
    before = ModelScore.objects.get(listing=model.listing)
    erase(user)
    kept = {each.model.__name__ for each in holdings() if each.kept}
    left = tables_with(user.address)
    assert left <= kept
    assert left == {"Order", "UsageWindow", "PollBallot", "Report"}
    after = ModelScore.objects.get(listing=model.listing)
    assert (before.count, after.count) == (3, 2)
    assert Order.objects.count() == 1


def test_what_others_hang_on_stays_without_a_name(db: None) -> None:
    user, _model = live()
    erase(user)
    mine = Comment.objects.get(root=None)
    assert (mine.author, mine.text, mine.replies) == (NOBODY, "", 1)
    assert mine.deleted_at is not None
    assert Comment.objects.exclude(root=None).get().text == "An answer."
    assert Discussion.objects.get().comments == 1
    shared = Draft.objects.get()
    assert (shared.author, shared.title, shared.text) == (NOBODY, "", "")
    assert Review.objects.get(rating=5).votes == 0
    assert Call.objects.get().user is None
    assert Account.objects.get(name="mine-alone").user is None


def test_what_moderators_hid_stays_hidden(user: User) -> None:
    Profile.objects.create(address=user.address, **SAID)
    hide(user.address)
    erase(user)
    left = Profile.objects.get()
    assert (left.bio, left.name, left.decision is not None) == ("", "", True)


def test_it_waits_a_day_and_can_be_undone(user: User) -> None:
    asked = erasing.ask_erasure(user=user, signed_at=timezone.now())
    assert asked.due_at - timezone.now() > WAIT - timedelta(minutes=1)
    assert erasing.ask_erasure(user=user, signed_at=timezone.now()) == asked
    (told,) = shown(Notice.objects.filter(user=user))
    assert (told.title.startswith("Your data will be erased on"), told.path) == (True, "/account/erase")
    assert erasing.erase_due() == 0
    assert erasing.undo_erasure(user=user)
    assert not erasing.undo_erasure(user=user)
    assert not erasing.erase(address=user.address)
    assert User.objects.filter(pk=user.pk).exists()


@pytest.mark.parametrize("age", [None, timedelta(minutes=11), timedelta(minutes=-1)])
def test_an_old_signature_is_not_enough(user: User, age: timedelta | None) -> None:
    signed_at = None if age is None else timezone.now() - age
    with pytest.raises(NotConfirmedError):
        erasing.ask_erasure(user=user, signed_at=signed_at)


def test_pages_ask_for_a_fresh_signature_and_end_the_session(client: Client, person: Person) -> None:
    user = User.objects.create(address=person.address.lower())
    client.force_login(user)  # a session without a signature
    page = client.get("/account/erase").content.decode()
    assert "wallet-picker" in page
    assert "votes, delegations and answers to polls" in page.lower()
    assert client.post("/account/erase").status_code == 422
    person.sign_in(client)
    assert "Erase my data in 24 hours" in client.get("/account/erase").content.decode()
    assert client.post("/account/erase").headers["Location"] == "/account/erase"
    assert "Keep my data" in client.get("/account/erase").content.decode()
    client.post("/account/erase/undo")
    assert not Erasure.objects.exists()
    client.post("/account/erase")
    Erasure.objects.update(due_at=timezone.now())
    tasks.erase_due()
    assert "/sign-in" in client.get("/account/").headers["Location"]
    assert person.sign_in(client).status_code == 200  # as somebody new
    assert User.objects.get(address=person.address.lower()).pk != user.pk


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[User]:
    """A user in a row that other threads see."""
    with django_db_blocker.unblock():
        yield User.objects.create(address="0x" + "c" * 40)
        for model in (Erasure, User):
            model.objects.all().delete()


def at_once(*works: object) -> None:
    barrier = threading.Barrier(len(works))

    def run(work: object) -> None:
        barrier.wait()
        assert callable(work)
        work()
        connections.close_all()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_asked_erased_and_undone_twice_at_once(committed: User) -> None:
    asked: list[int] = []
    at_once(*[lambda: asked.append(erasing.ask_erasure(user=committed, signed_at=timezone.now()).pk)] * 2)
    assert len(set(asked)) == 1
    undone: list[bool] = []
    at_once(*[lambda: undone.append(erasing.undo_erasure(user=committed))] * 2)
    assert sorted(undone) == [False, True]
    erasing.ask_erasure(user=committed, signed_at=timezone.now())
    Erasure.objects.update(due_at=timezone.now())
    erased: list[bool] = []
    at_once(*[lambda: erased.append(erasing.erase(address=committed.address))] * 2)
    assert sorted(erased) == [False, True]
    assert not User.objects.filter(pk=committed.pk).exists()
