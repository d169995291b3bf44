"""What somebody follows, as it is read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.urls import NoReverseMatch, reverse

from accounts.models import User
from common.statements import Given, Question, Statement
from common.text import well_formed

from .models import Followed, Following
from .subjects import find_path

MOST_SHOWN = 1_000


@dataclass(frozen=True)
class Row:
    """One thing that is followed, and where it stands; ``path`` is "" where it is not here any more."""

    what: str
    key: str
    label: str
    path: str


def is_followed(user: User, what: str, key: str) -> bool:
    """Say whether a user follows something. One query."""
    return bool(_one().read(user=user.pk, what=well_formed(what), key=well_formed(key)))


def following_asked(user: User, what: str, key: str) -> Question[Following]:
    """Return the question whether a user follows something, to be asked together with others: a row says yes."""
    return _one().asked(user=user.pk, what=well_formed(what), key=well_formed(key))


@cache
def _one() -> Statement[Following]:
    """Return the statement for one thing that a user follows: every member's page of a model asks it."""
    given = {"user": Given("user"), "what": Given("what"), "key": Given("key")}
    return Statement(Following.objects.only("pk").filter(**given))


def followed_by(user: User) -> list[tuple[str, list[Row]]]:
    """Return what a user follows, by what it is, the latest first. One query."""
    found = Following.objects.filter(user=user).order_by("-since", "-pk")[:MOST_SHOWN]
    rows = [_row(each) for each in found]
    groups = [(str(what.label), [row for row in rows if row.what == what]) for what in Followed]
    return [(label, some) for label, some in groups if some]


def _row(each: Following) -> Row:
    if each.what == Followed.DISCUSSION:
        subject, _, key = each.key.partition("/")
        label, path = find_path(subject, key)
        return Row(each.what, each.key, label, path)
    view, names = ("owner", [each.key]) if each.what == Followed.SELLER else ("model", each.key.split("/", 1))
    try:
        return Row(each.what, each.key, each.key, reverse(view, args=names))
    except NoReverseMatch:
        return Row(each.what, each.key, each.key, "")
