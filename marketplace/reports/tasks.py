"""Work about reports that is queued, or runs again and again (``common.queue``)."""

from __future__ import annotations

from . import keeping, mailing


def mail_confirmation(pk: int) -> None:
    """Send the link that makes a report count, by its id."""
    mailing.send_confirmation(pk)


def mail_receipt(pk: int) -> None:
    """Confirm that a report has arrived, by its id."""
    mailing.send_receipt(pk)


def mail_outcome(pk: int, outcome: str) -> None:
    """Tell what became of a report, by its id."""
    mailing.send_outcome(pk, outcome)


def tidy() -> None:
    """Delete what nobody needs any more."""
    keeping.forget_old()
