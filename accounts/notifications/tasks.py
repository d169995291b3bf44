"""Work about notices that is queued, or runs again and again (``common.queue``)."""

from __future__ import annotations

from common.queue import forget_failed

from . import mailing


def send_confirmation(pk: int) -> None:
    """Send the link that confirms a mail address, by its id."""
    mailing.send_confirmation(pk)


def deliver_mail() -> None:
    """Send the mail that is due."""
    mailing.deliver_mail()


def tidy() -> None:
    """Delete what is old: notices, mails, and tasks that failed."""
    mailing.forget_old()
    forget_failed()
