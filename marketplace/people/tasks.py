"""Work about people's data that is queued, or runs again and again (``common.queue``)."""

from __future__ import annotations

from common.queue import enqueue

from . import erasing, exporting, proving


def make_export(pk: int) -> None:
    """Write the export of an id."""
    exporting.make_export(pk=pk)


def forget_exports() -> None:
    """Delete the files whose time is over."""
    exporting.forget_exports()


def erase_due() -> None:
    """Erase whoever's waiting time is over."""
    erasing.erase_due()


def check_domain(pk: int) -> None:
    """Look at the domain of a proof's id."""
    proving.check_domain(pk=pk)


def check_domains() -> None:
    """Look again at the domains whose time has come, one task each: none waits for another."""
    for pk in proving.due():
        enqueue(proving.CHECK, pk)
