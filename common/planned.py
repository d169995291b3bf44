"""Statements that a connection has planned once: of a short one, planning and writing its text is most of the work.

Only on connections that a thread has for good. Behind a pooler that gives each transaction another connection there
are no such statements: DATABASE_PLANS=false says so, and where that was forgotten the first trip finds out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import Error

MOST = 100  # statements of one connection
PLACE = re.compile(r"%\((\w+)\)s|%%")
UNKNOWN, CHANGED = "26000", "0A000"  # SQLSTATE: nothing is planned by that name; its table has other columns now

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Form:
    """A statement as the database plans it, and what runs it with values."""

    name: str
    plans: str
    runs: str


@dataclass
class _Plans:
    """What one connection has planned, what it cannot, and what it is to plan before its next transaction."""

    known: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    wanted: dict[str, str] = field(default_factory=dict)


_of: WeakKeyDictionary[Any, _Plans] = WeakKeyDictionary()
_is_off = False


@lru_cache(maxsize=MOST)
def form_of(sql: str) -> Form:
    """Return a statement's form: the places of its values, ``%(name)s``, become numbered ones."""
    places = list(dict.fromkeys(found[1] for found in PLACE.finditer(sql) if found[1]))
    numbers = {place: f"${number}" for number, place in enumerate(places, 1)}
    name = f"trip_{sha256(sql.encode()).hexdigest()[:24]}"
    given = f"({', '.join(f'%({place})s' for place in places)})" if places else ""
    body = PLACE.sub(lambda found: numbers[found[1]] if found[1] else "%", sql)
    return Form(name, f"PREPARE {name} AS {body}", f"EXECUTE {name}{given}")


def may_plan() -> bool:
    """Whether statements of this thread's connection are planned: it is the thread's own, for good."""
    told = connections[DEFAULT_DB_ALIAS].settings_dict
    return not _is_off and settings.DATABASE_PLANS and told["CONN_MAX_AGE"] is None and "pool" not in told["OPTIONS"]


def planned(
    driver: Any, asked: Sequence[tuple[str, Mapping[str, Any]]], *, is_idle: bool
) -> list[tuple[str, Mapping[str, Any]]]:
    """Return what is sent for statements: what runs the planned ones, and the text of those that are not yet.

    Nothing is planned inside of a transaction, which would fail with it; what is asked first there is planned before
    the next one.
    """
    plans = _of.setdefault(driver, _Plans())
    forms = [form_of(sql) for sql, _given in asked]
    for form in forms:
        is_new = form.name not in plans.known | plans.refused
        if is_new and len(plans.known) + len(plans.refused) + len(plans.wanted) < MOST:
            plans.wanted[form.name] = form.plans
    if plans.wanted and is_idle:
        _plan(driver, plans)
    return [
        (form.runs if form.name in plans.known else sql, given) for form, (sql, given) in zip(forms, asked, strict=True)
    ]


def _plan(driver: Any, plans: _Plans) -> None:
    for name, statement in plans.wanted.items():
        try:
            driver.execute(statement)
            plans.known.add(name)
        except Error as error:
            log.warning("a statement is not planned", reason=str(error))
            plans.refused.add(name)
            driver.rollback()
    if not driver.autocommit:
        driver.commit()
    plans.wanted.clear()


def forget(driver: Any, error: Error) -> bool:
    """Forget what a connection has planned where it turns out that it has not, or for tables that were others; return
    whether that is what an error says."""
    global _is_off  # of the process: all its connections are of one kind
    if error.sqlstate not in (UNKNOWN, CHANGED):
        return False
    _of.pop(driver, None)
    if error.sqlstate == UNKNOWN:
        _is_off = True
        log.warning("the database keeps no plans for a connection: is there a pooler? Set DATABASE_PLANS=false")
    return True
