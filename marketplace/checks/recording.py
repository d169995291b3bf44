"""How a result is written: by the tasks of this package, and by others that check something of the same subject."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from .hinting import hint
from .models import ENDED, Check, CheckState

RULES = 1  # of the checks of this package; what was checked by older ones is checked again


def write(
    subject: str,
    name: str,
    state: CheckState | str,
    says: str = "",
    *,
    found: dict[str, Any] | None = None,
    done: int = 0,
    todo: int = 0,
) -> None:
    """Write how a check stands, whatever it was before, in full sentences for people. Twice is the same as once."""
    now = timezone.now()
    has_ended = state in ENDED
    values: dict[str, Any] = {
        "state": state,
        "says": says,
        "found": found or {},
        "done": done,
        "todo": todo,
        "rules": RULES,
        "ended_at": now if has_ended else None,
    }
    if state == CheckState.RUNNING:
        values["started_at"] = now
    if state == CheckState.WAITING:
        values["started_at"] = None
    Check.objects.update_or_create(subject=subject, name=name, defaults=values)
    hint(subject)


def begin(subject: str, name: str, *, todo: int = 0) -> None:
    """Say that a check runs now."""
    write(subject, name, CheckState.RUNNING, todo=todo)


def progress(subject: str, name: str, done: int) -> None:
    """Say how far a check has come that still runs."""
    Check.objects.filter(subject=subject, name=name, state=CheckState.RUNNING).update(done=done)
    hint(subject)


def await_checks(subject: str, names: Iterable[str], *, todo: int = 0) -> None:
    """Add checks that have not run yet; those that are there stay as they are."""
    rows = [Check(subject=subject, name=name, rules=RULES, todo=todo) for name in names]
    Check.objects.bulk_create(rows, ignore_conflicts=True)
