"""Sends what waits: a few notices to one user in one mail, until it is sent, with longer and longer pauses."""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import timedelta
from smtplib import SMTPException

import structlog
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from common.queue import alone

from .composing import confirmation_of, mail_of
from .kinds import shown
from .models import Channel, MailAddress, Mailing, Notice, Preference

AT_ONCE = 500  # notices that are gathered by one transaction
MOST_ATTEMPTS = 8
FIRST_PAUSE = timedelta(minutes=1)  # twice as long after each attempt: the last is two hours after the first
BUDGET = 40.0  # seconds of one run
KEPT, KEPT_MAIL = timedelta(days=180), timedelta(days=30)
MOST_KEPT = 500  # notices of one user

log = structlog.get_logger("accounts")


def deliver_mail() -> int:
    """Send what is due, as long as the run may last; return how many mails went out."""
    with alone("deliver-mail") as is_first:
        if not is_first:
            return 0
        while gather() == AT_ONCE:
            pass
        return _send_due(time.monotonic() + BUDGET)


@transaction.atomic
def gather() -> int:
    """Put notices that are due into mails, one for each user; return how many there were."""
    due = Notice.objects.due(timezone.now()).select_for_update(skip_locked=True).order_by("mail_due_at")
    found = defaultdict(list)
    for pk, user in due.values_list("pk", "user")[:AT_ONCE]:
        found[user].append(pk)
    mailings = Mailing.objects.bulk_create([Mailing(user_id=user, due_at=timezone.now()) for user in found])
    for mailing in mailings:
        Notice.objects.filter(pk__in=found[mailing.user_id]).update(mailing=mailing, mail_due_at=None)
    return sum(map(len, found.values()))


def _send_due(until: float) -> int:
    sent = 0
    with get_connection() as server:
        while time.monotonic() < until and (mailing := _claim()):
            sent += _send(mailing, server)
    return sent


@transaction.atomic
def _claim() -> Mailing | None:
    """Return a mail that is due, and put its next attempt off first: whoever dies now has made one."""
    due = Mailing.objects.filter(due_at__lte=timezone.now()).select_for_update(skip_locked=True, of=("self",))
    mailing = due.select_related("user").order_by("due_at").first()
    if mailing:
        mailing.due_at = timezone.now() + FIRST_PAUSE * 2**mailing.attempts
        mailing.attempts += 1
        mailing.save(update_fields=["due_at", "attempts"])
    return mailing


def _send(mailing: Mailing, server: BaseEmailBackend) -> bool:
    address = MailAddress.objects.filter(user=mailing.user_id, verified_at__isnull=False).first()
    refused = Preference.objects.filter(user=mailing.user_id, channel=Channel.MAIL, is_on=False)
    unwanted = set(refused.values_list("kind", flat=True))  # since it was gathered
    notices = shown(mailing.notices.exclude(kind__in=unwanted).order_by("-pk"))
    if address is None or not notices or not mailing.user.is_active:
        return _end(mailing, "nobody wants it any more")
    mail = mail_of(mailing, address, notices)
    mail.connection = server
    try:
        mail.send()
    except (SMTPException, OSError) as error:
        server.close()  # what it says next would answer this one
        return _fail(mailing, error)
    mailing.due_at, mailing.sent_at, mailing.failure = None, timezone.now(), ""
    mailing.save(update_fields=["due_at", "sent_at", "failure"])
    return True


def _fail(mailing: Mailing, error: Exception) -> bool:
    log.warning("a mail was not sent", mailing=mailing.pk, attempt=mailing.attempts, reason=type(error).__name__)
    if mailing.attempts >= MOST_ATTEMPTS:
        return _end(mailing, type(error).__name__)
    mailing.failure = type(error).__name__
    mailing.save(update_fields=["failure"])
    return False


def _end(mailing: Mailing, why: str) -> bool:
    mailing.due_at, mailing.failure = None, why
    mailing.save(update_fields=["due_at", "failure"])
    return False


def send_confirmation(pk: int) -> None:
    """Send the link that confirms an address, unless it is confirmed or gone; a failure is tried again by the queue."""
    address = MailAddress.objects.select_related("user").filter(pk=pk, verified_at=None).first()
    if address:
        confirmation_of(address).send()


def forget_old() -> int:
    """Delete notices and mails that are old, and what a user has beyond the newest; return how many rows."""
    now = timezone.now()
    rows = Notice.objects.filter(created_at__lt=now - KEPT).delete()[0]
    rows += Mailing.objects.filter(due_at=None, created_at__lt=now - KEPT_MAIL).delete()[0]
    many = Notice.objects.order_by().values("user").annotate(all=Count("pk")).filter(all__gt=MOST_KEPT)
    for user in many.values_list("user", flat=True):
        newest = Notice.objects.filter(user=user).order_by("-pk").values_list("pk", flat=True)
        rows += Notice.objects.filter(user=user, pk__lte=newest[MOST_KEPT]).delete()[0]
    return rows
