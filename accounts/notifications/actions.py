"""What people do about notices: read them, and say how they want to be told."""

from __future__ import annotations

from collections.abc import Collection

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from common.limits import limit, mailbox
from common.queue import enqueue

from . import links
from .errors import NoMailError, NoticeNotFoundError
from .kinds import all_kinds
from .models import Channel, FeedKey, MailAddress, Notice, Preference

HOUR = 3_600  # seconds
MOST_CONFIRMATIONS = 5  # mails an hour, of a user and to an address
VERIFY = "accounts.notifications.tasks.send_confirmation"

log = structlog.get_logger("accounts")


def read_notice(*, user: User, pk: int) -> Notice:
    """Note that a user has read a notice, and return it. Raises NoticeNotFoundError."""
    found = Notice.objects.shown_to(user.pk).filter(pk=pk).first()
    if found is None:
        raise NoticeNotFoundError
    if found.read_at is None:
        found.read_at = timezone.now()
        found.save(update_fields=["read_at"])
    return found


def read_all_notices(*, user: User, until: int | None = None) -> int:
    """Note that a user has read all, or those up to an id, which came before the others; return how many that were."""
    unread = Notice.objects.shown_to(user.pk).unread().order_by()
    return (unread if until is None else unread.filter(pk__lte=until)).update(read_at=timezone.now())


@transaction.atomic
def choose_channels(*, user: User, chosen: Collection[tuple[str, str]]) -> None:
    """Keep on which channels a user wants to be told of which kinds: pairs of kind and channel, all others are off."""
    wanted = [
        Preference(user=user, kind=kind.name, channel=channel, is_on=(kind.name, channel) in chosen)
        for kind in all_kinds()
        for channel in Channel
    ]
    _keep(wanted)


@transaction.atomic
def unsubscribe(*, token: str) -> tuple[User, str]:
    """End the mail that a token names, and what waits of it; return whose it was, and of which kind.

    Raises LinkInvalidError.
    """
    user, kind = links.unsubscribed(token)
    names = [kind] if kind else [each.name for each in all_kinds()]
    _keep([Preference(user=user, kind=name, channel=Channel.MAIL, is_on=False) for name in names])
    Notice.objects.filter(user=user, kind__in=names).exclude(mail_due_at=None).update(mail_due_at=None)
    transaction.on_commit(lambda: log.info("mail ended", address=user.address, kind=kind or "all"))
    return user, kind


def _keep(wanted: list[Preference]) -> None:
    Preference.objects.bulk_create(
        wanted, update_conflicts=True, unique_fields=["user", "kind", "channel"], update_fields=["is_on"]
    )


@transaction.atomic
def set_mail_address(*, user: User, address: str) -> MailAddress:
    """Keep where a user wants mail, and have a link sent there that confirms it; a confirmed one stays as it is.

    Raises NoMailError, TooManyError.
    """
    if not settings.SENDS_MAIL:
        raise NoMailError
    kept, _ = MailAddress.objects.select_for_update().get_or_create(user=user, defaults={"address": address})
    if kept.verified_at and kept.address == address:
        return kept
    # Counted for the address too: nobody's mailbox is filled by many wallets.
    limit(f"confirm-mail:{user.pk}", MOST_CONFIRMATIONS, HOUR)
    limit(f"confirm-mail-to:{mailbox(address)}", MOST_CONFIRMATIONS, HOUR)
    kept.address, kept.verified_at, kept.changed_at = address, None, timezone.now()
    kept.save()
    enqueue(VERIFY, kept.pk)
    return kept


@transaction.atomic
def confirm_mail_address(*, token: str) -> MailAddress:
    """Note that whoever reads an address wants mail there. Raises LinkInvalidError, LinkExpiredError."""
    found = links.confirmed(token)
    if found.verified_at is None:
        found.verified_at = timezone.now()
        found.save(update_fields=["verified_at"])
    return found


@transaction.atomic
def forget_mail_address(*, user: User) -> None:
    """Forget where a user gets mail, and what waits to go there."""
    MailAddress.objects.filter(user=user).delete()
    Notice.objects.filter(user=user).exclude(mail_due_at=None).update(mail_due_at=None)


@transaction.atomic
def renew_feeds(*, user: User) -> FeedKey:
    """Give a user's feeds new secret addresses; those before end."""
    key, is_new = FeedKey.objects.select_for_update().get_or_create(user=user)
    if not is_new:
        FeedKey.objects.filter(pk=key.pk).update(generation=F("generation") + 1, is_on=True, changed_at=timezone.now())
        key.refresh_from_db()
    return key


def close_feeds(*, user: User) -> None:
    """End the secret addresses of a user's feeds."""
    FeedKey.objects.filter(user=user).update(is_on=False, generation=F("generation") + 1, changed_at=timezone.now())
