"""What a key may spend: by day, week, month and in all, never a unit more, however many ask at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoDbBlocker

from accounts.models import User
from common.trips import in_one_trip
from inference.keys.actions import Caps, change_key, revoke_key
from inference.keys.errors import CapReachedError, KeyExpiredError, KeyRevokedError
from inference.keys.models import ApiKey, KeyDay
from inference.keys.spending import counting, reserve_spend, settle_spend
from inference.keys.windows import Cap, begins_of, day_of, resets_of, windows_of, windows_of_all
from tests import databases, services

from .holders import at_once, chain, holder, paying

SUNDAY = datetime(2026, 11, 29, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cap", "day", "begins", "resets"),
    [
        (Cap.DAY, date(2026, 11, 29), date(2026, 11, 29), datetime(2026, 11, 30, tzinfo=UTC)),
        (Cap.WEEK, date(2026, 11, 29), date(2026, 11, 23), datetime(2026, 11, 30, tzinfo=UTC)),
        (Cap.WEEK, date(2026, 11, 30), date(2026, 11, 30), datetime(2026, 12, 7, tzinfo=UTC)),
        (Cap.MONTH, date(2026, 11, 29), date(2026, 11, 1), datetime(2026, 12, 1, tzinfo=UTC)),
        (Cap.MONTH, date(2026, 12, 31), date(2026, 12, 1), datetime(2027, 1, 1, tzinfo=UTC)),
        (Cap.MONTH, date(2028, 2, 29), date(2028, 2, 1), datetime(2028, 3, 1, tzinfo=UTC)),
        (Cap.TOTAL, date(2026, 11, 29), None, None),
    ],
)
def test_spans_are_of_utc(cap: Cap, day: date, begins: date | None, resets: datetime | None) -> None:
    assert (begins_of(cap, day), resets_of(cap, day)) == (begins, resets)


def test_a_moment_is_on_the_day_of_utc_wherever_it_was_written() -> None:
    tokyo, hawaii = timezone(timedelta(hours=9)), timezone(timedelta(hours=-10))
    assert day_of(datetime(2026, 11, 30, 8, 59, tzinfo=tokyo)) == date(2026, 11, 29)
    assert day_of(datetime(2026, 11, 29, 14, 0, tzinfo=hawaii)) == date(2026, 11, 30)


@pytest.mark.django_db
@pytest.mark.parametrize("cap", ["day", "week", "month", "total"])
def test_no_unit_more_than_each_cap(cap: str) -> None:
    key = paying(holder(), **{cap: 10}).key
    reserve_spend(key_pk=key.pk, amount=10, at=SUNDAY)
    with pytest.raises(CapReachedError) as refused:
        reserve_spend(key_pk=key.pk, amount=1, at=SUNDAY)
    assert refused.value.status == 402
    assert (refused.value.data["cap"], refused.value.data["left"], refused.value.data["limit"]) == (cap, "0", "10")
    settle_spend(key_pk=key.pk, at=SUNDAY, reserved=10, charged=4, tokens=7)
    reserve_spend(key_pk=key.pk, amount=6, at=SUNDAY)
    with pytest.raises(CapReachedError):
        reserve_spend(key_pk=key.pk, amount=1, at=SUNDAY)


@pytest.mark.django_db
def test_a_new_day_is_a_new_span_and_the_call_counts_on_its_own() -> None:
    key = paying(holder(), day=10, month=25).key
    reserve_spend(key_pk=key.pk, amount=10, at=SUNDAY)
    monday = SUNDAY + timedelta(seconds=2)
    reserve_spend(key_pk=key.pk, amount=10, at=monday)
    # The call of Sunday ends on Monday.
    settle_spend(key_pk=key.pk, at=SUNDAY, reserved=10, charged=9)
    days = dict(KeyDay.objects.values_list("day", "spent"))
    assert days == {date(2026, 11, 29): 9, date(2026, 11, 30): 0}
    with pytest.raises(CapReachedError) as refused:
        reserve_spend(key_pk=key.pk, amount=7, at=monday - timedelta(seconds=2))
    assert refused.value.data["cap"] == "day"
    with pytest.raises(CapReachedError) as refused:
        reserve_spend(key_pk=key.pk, amount=1, at=monday)
    assert (refused.value.data["cap"], refused.value.data["resets_at"]) == ("day", "2026-12-01T00:00:00+00:00")
    assert [window.used for window in windows_of(ApiKey.objects.get(), monday)] == [10, 10, 19, 19]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cap", "last", "next_one"),
    [
        ("day", datetime(2026, 11, 29, 23, 59, 59, 999_999, UTC), datetime(2026, 11, 30, tzinfo=UTC)),
        ("week", datetime(2026, 11, 29, 23, 59, 59, 999_999, UTC), datetime(2026, 11, 30, tzinfo=UTC)),
        ("month", datetime(2026, 11, 30, 23, 59, 59, 999_999, UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        ("month", datetime(2026, 12, 31, 23, 59, 59, 999_999, UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        ("month", datetime(2028, 2, 29, 23, 59, 59, 999_999, UTC), datetime(2028, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_span_ends_with_its_last_moment_and_the_whole_life_never(
    cap: str, last: datetime, next_one: datetime
) -> None:
    key = paying(holder(), **{cap: 10}, total=15).key
    tokyo = timezone(timedelta(hours=9))
    reserve_spend(key_pk=key.pk, amount=10, at=last)
    with pytest.raises(CapReachedError):
        reserve_spend(key_pk=key.pk, amount=1, at=last.astimezone(tokyo))  # there, it is the next day already
    reserve_spend(key_pk=key.pk, amount=5, at=next_one.astimezone(timezone(timedelta(hours=-10))))
    with pytest.raises(CapReachedError) as refused:
        reserve_spend(key_pk=key.pk, amount=1, at=next_one)
    assert refused.value.data["cap"] == "total"
    # What began before the border is freed and counted before it, whenever it ends.
    settle_spend(key_pk=key.pk, at=last, reserved=10, charged=10)
    with pytest.raises(CapReachedError):
        reserve_spend(key_pk=key.pk, amount=1, at=last)


@pytest.mark.django_db
def test_a_cap_that_was_lowered_below_what_was_spent_leaves_nothing() -> None:
    user = holder()
    key = paying(user).key
    reserve_spend(key_pk=key.pk, amount=10, at=SUNDAY)
    change_key(user=user, pk=key.pk, name="Bot", caps=Caps(total=3), scopes=[], networks=[], expires_at=None)
    settle_spend(key_pk=key.pk, at=SUNDAY, reserved=10, charged=10)
    (total,) = [each for each in windows_of(ApiKey.objects.get(), SUNDAY) if each.cap == Cap.TOTAL]
    assert (total.left, total.percent) == (0, 100)
    reserve_spend(key_pk=key.pk, amount=0, at=SUNDAY)
    with pytest.raises(CapReachedError):
        reserve_spend(key_pk=key.pk, amount=1, at=SUNDAY)


@pytest.mark.django_db
def test_what_ended_reserves_nothing_but_is_settled() -> None:
    user = holder()
    key = paying(user).key
    reserve_spend(key_pk=key.pk, amount=2**255, at=SUNDAY)
    revoke_key(user=user, pk=key.pk)
    with pytest.raises(KeyRevokedError):
        reserve_spend(key_pk=key.pk, amount=1, at=SUNDAY)
    settle_spend(key_pk=key.pk, at=SUNDAY, reserved=2**255, charged=2**254)
    key.refresh_from_db()
    assert (key.spent, key.reserved) == (2**254, 0)
    ApiKey.objects.update(revoked_at=None, expires_at=SUNDAY - timedelta(days=30))
    with pytest.raises(KeyExpiredError):
        reserve_spend(key_pk=key.pk, amount=1, at=SUNDAY)


@pytest.mark.django_db
def test_what_no_caller_may_say() -> None:
    key = paying(holder()).key
    for wrong in ({"reserved": 1, "charged": 2}, {"reserved": -1, "charged": 0}, {"reserved": 1, "charged": -1}):
        with pytest.raises(ValueError, match="never"):
            settle_spend(key_pk=key.pk, at=SUNDAY, **wrong)
    with pytest.raises(ValueError, match="never"):
        reserve_spend(key_pk=key.pk, amount=-1, at=SUNDAY)
    # Freed what was never held: the database refuses.
    with pytest.raises(IntegrityError), transaction.atomic():
        settle_spend(key_pk=key.pk, at=SUNDAY, reserved=1, charged=0)


@pytest.mark.django_db
def test_calls_without_money_are_counted_and_erased_keys_are_no_trouble() -> None:
    key = paying(holder(), total=0).key
    in_one_trip(counting(key_pk=key.pk, at=SUNDAY, tokens=9))
    assert KeyDay.objects.values_list("calls", "tokens", "spent").get() == (1, 9, 0)
    pk = key.pk
    key.delete()
    in_one_trip(counting(key_pk=pk, at=SUNDAY, tokens=9))
    settle_spend(key_pk=pk, at=SUNDAY, reserved=1, charged=1)
    with pytest.raises(KeyRevokedError):
        reserve_spend(key_pk=pk, amount=0, at=SUNDAY)


@pytest.mark.django_db
def test_one_query_for_the_caps_of_many(django_assert_num_queries: object) -> None:
    user = holder()
    keys = [paying(user, day=1).key for _number in range(3)]
    reserve_spend(key_pk=keys[0].pk, amount=1, at=SUNDAY)
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = windows_of_all(keys, SUNDAY)
    assert [windows[0].used for windows in found.values()] == [1, 0, 0]


@pytest.fixture
def user(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[User]:
    """Somebody in a database whose rows all threads see."""
    own = f"spending_{services.WORKER}"
    with django_db_blocker.unblock(), databases.copied(migrated_database, own) as name, databases.named(name):
        chain()
        yield holder()


def test_many_at_once_spend_no_unit_more(user: User) -> None:
    key = paying(user, day=1_000, total=40).key
    # 8 workers try 10 times each, for 3: thirteen fit into 40.
    got = at_once(lambda _n: sum(_reserved(key) for _time in range(10)))
    assert sum(got) == 13
    key.refresh_from_db()
    assert (key.reserved, KeyDay.objects.get().reserved) == (39, 39)
    # Settled at once, half of them for nothing.
    at_once(lambda n: settle_spend(key_pk=key.pk, at=SUNDAY, reserved=3, charged=3 * (n % 2)))
    key.refresh_from_db()
    day = KeyDay.objects.get()
    assert (key.reserved, key.spent) == (day.reserved, day.spent) == (15, 12)
    # Revoked meanwhile: whoever comes after it reserves nothing.
    at_once(lambda n: revoke_key(user=user, pk=key.pk) if n == 0 else _reserved(key))
    assert not _reserved(key)


def _reserved(key: ApiKey) -> bool:
    try:
        reserve_spend(key_pk=key.pk, amount=3, at=SUNDAY)
    except (CapReachedError, KeyRevokedError):
        return False
    return True
