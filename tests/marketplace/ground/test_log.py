"""The log of decisions: one entry each, bound to the one before, and PostgreSQL lets nobody change it."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import rfc8785
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from marketplace.ground.decisions import Action, Category, ModerationDecision
from marketplace.ground.log import START, LogEntry, LogSalt, digest_of, write_entry
from tests import databases
from tests.factories.reports import KEY, MODERATOR, decide

SECOND = "0x" + "2" * 40


@pytest.mark.django_db
def test_a_decision_has_one_entry_that_names_nobody() -> None:
    first = decide(Action.PAUSE, Category.UNLAWFUL, confirmed_by=SECOND, scopes=["writing"], rule="1.2")
    entry = write_entry(first)
    assert write_entry(first) == entry
    assert (entry.number, entry.previous) == (1, START)
    assert entry.hash == "0x" + hashlib.sha256(bytes(32) + entry.payload.encode()).hexdigest()
    said = json.loads(entry.payload)
    assert rfc8785.dumps(said).decode() == entry.payload
    assert (said["action"], said["category"], said["rule"]) == ("pause", "unlawful", "1.2")
    assert (said["decided_by"], said["automated"], said["scopes"]) == (2, False, ["writing"])
    for secret in (KEY, MODERATOR, SECOND, first.reason):
        assert secret not in entry.payload
    # Whoever knows the salt can show what an entry is of.
    salt = LogSalt.objects.get(entry=entry).salt
    assert said["subject"] == digest_of(salt, "subject", KEY)
    assert said["second_moderator"] == digest_of(salt, "second_moderator", SECOND)


@pytest.mark.django_db
def test_what_is_taken_back_is_named_by_its_number_and_what_nobody_made_has_no_moderator() -> None:
    hidden = decide()
    entry = write_entry(hidden)
    back = write_entry(decide(Action.SHOW, undoes=hidden))
    assert (back.number, back.previous) == (2, entry.hash)
    assert json.loads(back.payload)["undoes"] == 1
    said = json.loads(write_entry(decide(moderator="", automated=True)).payload)
    assert (said["moderator"], said["decided_by"], said["automated"], said["undoes"]) == (None, 0, True, None)


@pytest.mark.django_db
def test_nobody_changes_deletes_or_slips_in_an_entry() -> None:
    for _ in range(3):
        write_entry(decide())
    head = LogEntry.objects.head()
    assert head
    for change in (
        lambda: LogEntry.objects.update(payload="{}"),
        lambda: LogEntry.objects.filter(number=2).update(made_at=timezone.now()),
        lambda: LogEntry.objects.filter(number=3)._raw_delete("default"),
        lambda: _sql("set constraints all immediate; truncate marketplace_logentry cascade"),
        lambda: _sql("delete from marketplace_logentry where number = 3"),
    ):
        with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
            change()
    decision = decide()
    good = {"made_at": timezone.now(), "action": "hide", "payload": "{}", "decision": decision}
    hashed = "0x" + hashlib.sha256(bytes.fromhex(head.hash[2:]) + b"{}").hexdigest()
    for number, previous, digest in (
        (5, head.hash, hashed),
        (4, START, hashed),
        (4, head.hash, head.hash),
        (3, head.hash, hashed),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            LogEntry.objects.create(number=number, previous=previous, hash=digest, **good)
    LogEntry.objects.create(number=4, previous=head.hash, hash=hashed, **good)


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_decisions_at_once_get_numbers_without_gaps(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock(), databases.copied(migrated_database, "log_race"), databases.named("log_race"):
        same = decide()

        def make(place: int) -> int:
            try:
                with transaction.atomic():
                    if place % 5 == 4:  # rolled back: no number is left out for it
                        write_entry(decide())
                        raise LookupError
                    return write_entry(same if place % 5 == 3 else decide()).number
            except LookupError:
                return 0
            finally:
                connection.close()

        with ThreadPoolExecutor(10) as pool:
            numbers = list(pool.map(make, range(40)))
        made = list(LogEntry.objects.order_by("number").values_list("number", "previous", "hash"))
        assert [number for number, _previous, _hash in made] == list(range(1, len(made) + 1))
        assert len(made) == 3 * 8 + 1  # the one that all wrote is there once
        assert len({number for number in numbers if number}) == len(made)
        assert [previous for _number, previous, _hash in made] == [START, *(each[2] for each in made[:-1])]
        assert ModerationDecision.objects.filter(entry=None).count() == 0
        assert not LogEntry.objects.exclude(action=F("decision__action")).exists()
        connection.close()
