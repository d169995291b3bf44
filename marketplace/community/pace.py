"""How often somebody may write. Who is known here writes as fast as people do; others have to go slower.

An account costs nothing to make, so what all new ones do together is bounded as well: however many there are, those who
are known are never locked out by them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.limits import TooManyError, limit, take
from contracts.names import DAY

from .errors import NewAccountSlowError

AGE = timedelta(days=3)  # from which on an account is known by its age alone
MINUTE, HOUR = 60, 3_600
KNOWN_A_MINUTE, KNOWN_A_DAY = 10, 300
NEW_AN_HOUR, NEW_A_DAY = 5, 20
ALL_NEW_A_MINUTE = 60  # of all new accounts together
ALL_A_MINUTE = 300  # of everybody; past it only those wait who have just written
FEW = 2

_grounds: list[Callable[[str], bool]] = []


def register(*grounds: Callable[[str], bool]) -> None:
    """Add what makes an address known: each says so of an address, in lower case, by a query."""
    _grounds.extend(ground for ground in grounds if ground not in _grounds)


def is_known(user: User) -> bool:
    """Say whether an account is known: it is three days old, has bought something that is final, or holds LATTICE."""
    return user.date_joined <= timezone.now() - AGE or any(ground(user.address) for ground in _grounds)


def refuse_hurry(user: User) -> None:
    """Count one more of what a user writes. Raises TooManyError, or NewAccountSlowError, which says why."""
    if not is_known(user):
        _refuse_new(user)
        return
    limit(f"comments-a-day:{user.address}", KNOWN_A_DAY, DAY)
    own = take(f"comments:{user.address}", KNOWN_A_MINUTE, MINUTE)
    if own.left < 0 or (take("comments", ALL_A_MINUTE, MINUTE).left < 0 and own.used > FEW):
        raise TooManyError(own.resets)


def _refuse_new(user: User) -> None:
    own = [
        take(f"comments-new:{user.address}", NEW_AN_HOUR, HOUR),
        take(f"comments-new-a-day:{user.address}", NEW_A_DAY, DAY),
    ]
    if over := [each for each in own if each.left < 0]:
        raise _slow(max(each.resets for each in over))
    everybody = take("comments-new", ALL_NEW_A_MINUTE, MINUTE)
    if everybody.left < 0:
        raise _slow(everybody.resets)


def _slow(seconds: int) -> NewAccountSlowError:
    words = _(
        "A new account may write %(hour)d comments an hour and %(day)d a day, because making accounts costs nothing. "
        "It may write more once it is three days old, has bought something or holds LATTICE. Try again in "
        "%(minutes)d min."
    )
    said = words % {"hour": NEW_AN_HOUR, "day": NEW_A_DAY, "minutes": -(-seconds // MINUTE)}
    return NewAccountSlowError(said, retry_after=seconds)
