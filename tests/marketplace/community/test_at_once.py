"""What happens to a discussion many times at the same moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from accounts.models import User
from common.errors import DomainError
from marketplace.community import actions, leading, taking_out
from marketplace.community.following import follow, unfollow
from marketplace.community.models import Comment, CommentEdition, Discussion, Following
from marketplace.ground.decisions import ModerationDecision
from marketplace.listings.models import Listing
from tests import databases, services

from .talk import NAME, owned, person, say

MANY = 6


@pytest.fixture
def owner(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[User]:
    """Who has published the listing, in a database whose rows all threads see."""
    own = f"talk_{services.WORKER}"
    with django_db_blocker.unblock(), databases.copied(migrated_database, own) as name, databases.named(name):
        user = person(1)
        owned(user)
        yield user


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """Return what each of many threads got out of the same work, begun at one moment, or the error it met."""
    start = Barrier(MANY)

    def attempt(number: int) -> Any:
        try:
            connection.ensure_connection()
            start.wait(20)
            return work(number)
        except DomainError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as threads:
        return list(threads.map(attempt, range(MANY)))


def counts() -> tuple[int, int]:
    """What the discussion and the model's page say how many there are."""
    return Discussion.objects.get().comments, Listing.objects.get(name=NAME).comments


def test_every_write_at_once_is_done_once(owner: User) -> None:
    """One test, because each database costs a second to copy."""
    # The same form, sent many times, says it once, and begins one discussion.
    assert len({each.pk for each in at_once(lambda _n: say(owner, once="a"))}) == 1
    assert counts() == (1, 1)
    said = Comment.objects.get()

    # Different words of different people are all counted.
    at_once(lambda n: say(person(10 + n), answers=said.public_id))
    said.refresh_from_db()
    assert (said.replies, counts()) == (MANY, (MANY + 1, MANY + 1))

    # An edit keeps the former words once.
    at_once(lambda _n: actions.edit_comment(user=owner, public_id=said.public_id, text="Other"))
    assert CommentEdition.objects.count() == 1

    # Pinning, locking and opening.
    at_once(lambda _n: leading.pin_comment(user=owner, public_id=said.public_id, is_pinned=True))
    assert Discussion.objects.get().pinned == said
    about = {"subject": "listing", "key": NAME}
    at_once(lambda _n: leading.lock_discussion(user=owner, **about, is_locked=True))
    assert Discussion.objects.get().locked_at
    at_once(lambda _n: leading.lock_discussion(user=owner, **about, is_locked=False))
    assert not Discussion.objects.get().locked_at

    # Deleting counts one less, and bringing back one more; a pinned answer that goes is pinned no more.
    at_once(lambda _n: actions.delete_comment(user=owner, public_id=said.public_id))
    assert (counts(), Discussion.objects.get().pinned) == ((MANY, MANY), None)
    at_once(lambda _n: actions.bring_back_comment(user=owner, public_id=said.public_id))
    assert counts() == (MANY + 1, MANY + 1)

    # A moderator takes it out while its author deletes it: it is counted off once, in whichever order.
    taken = ModerationDecision.objects.create(
        content="comment", key=said.public_id, action="hide", category="spam", reason="r", moderator="0x" + "0" * 40
    )

    def both(number: int) -> None:
        if number % 2:
            actions.delete_comment(user=owner, public_id=said.public_id)
        else:
            with transaction.atomic():
                taking_out.mark(said.public_id, taken)

    at_once(both)
    assert counts() == (MANY, MANY)

    # Following and not following.
    key = {"what": "model", "key": NAME}
    at_once(lambda _n: follow(user=person(50), **key))
    assert Following.objects.filter(**key).count() == 1
    at_once(lambda _n: unfollow(user=person(50), **key))
    assert not Following.objects.filter(**key).exists()
