"""Work about people's data that is queued, or runs again and again (``common.queue``)."""

from __future__ import annotations

from . import erasing, exporting


def make_export(pk: int) -> None:
    """Write the export of an id."""
    exporting.make_export(pk=pk)


def forget_exports() -> None:
    """Delete the files whose time is over."""
    exporting.forget_exports()


def erase_due() -> None:
    """Erase whoever's waiting time is over."""
    erasing.erase_due()
