"""Whom a comment is told to: each person once, for the nearest reason, and nobody against their wish."""

import pytest

from accounts.models import Account, User
from accounts.notifications.kinds import all_kinds, shown
from accounts.notifications.models import Notice, Preference
from marketplace.community import actions, notices
from marketplace.community.following import follow

from .talk import NAME, owned, person, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    """Who has published the listing."""
    user = person(1)
    owned(user)
    return user


def told(user: User) -> list[str]:
    """The kinds of what somebody was told, in their order."""
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def test_each_is_told_once_for_the_nearest_reason(owner: User) -> None:
    asker, follower, named = person(2), person(3), person(4)
    Account.objects.create(name="Named-One", user=named)
    follow(user=follower, what="discussion", key=f"listing/{NAME}")
    asked = say(asker, f"Hello @{owner.address} @{asker.address} and @named-one, @nobody")
    assert (told(owner), told(named), told(follower), told(asker)) == (
        ["comment-mention"], ["comment-mention"], ["comment-new"], [])  # fmt: skip
    say(owner, f"Yes @{asker.address}", answers=asked.public_id)
    assert told(asker) == ["comment-reply"]
    titles = [each.title for each in shown(Notice.objects.all())]
    assert any(f"the discussion of {NAME}" in title for title in titles)
    assert all(each.path.startswith("/comments/") for each in shown(Notice.objects.all()))


def test_a_discussion_is_told_of_once_until_it_was_read(owner: User) -> None:
    follower = person(3)
    follow(user=follower, what="discussion", key=f"listing/{NAME}")
    for number in range(3):
        say(person(2), str(number))
    assert (told(follower), told(owner)) == (["comment-new"], ["comment-own"])
    Notice.objects.update(read_at=owner.date_joined)
    say(person(2))
    assert (len(told(follower)), len(told(owner))) == (2, 2)


def test_an_edit_tells_those_whom_it_mentions_first(owner: User) -> None:
    said = say(person(2), "Hello")
    named = person(4)
    for _ in range(2):
        actions.edit_comment(user=person(2), public_id=said.public_id, text=f"Hello @{named.address} @{owner.address}")
    assert (told(named), told(owner)) == (["comment-mention"], ["comment-own"])


def test_who_does_not_want_replies_is_not_told_for_another_reason(owner: User) -> None:
    asked = say(person(2))
    Preference.objects.create(user=person(2), kind="comment-reply", channel="app", is_on=False)
    say(owner, answers=asked.public_id)
    assert told(person(2)) == []


def test_every_kind_is_known_and_reads_as_a_sentence() -> None:
    assert set(notices.KINDS) <= set(all_kinds())
    price = {"listing": NAME, "plan": 0, "price": "0.05 ETH", "is_sold": True}
    words = [
        notices.PRICE.text(price),
        notices.PRICE.text({**price, "price": ""}),
        notices.PRICE.text({**price, "is_sold": False}),
        notices.VERSION.title({"listing": NAME, "number": "1.1.0"}),
        notices.LISTING.title({"listing": NAME, "seller": "acme"}),
    ]
    assert words == [
        "Lasting access costs 0.05 ETH now.",
        "Lasting access costs something else now.",
        "Lasting access is no longer sold.",
        f"{NAME} has a new version: 1.1.0",
        f"acme sells a new model: {NAME}",
    ]
    assert notices.PRICE.path(price) == f"/models/{NAME}"
