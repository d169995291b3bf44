"""What this app keeps about people (``accounts.personal``)."""

from django.contrib.admin.models import LogEntry
from django.db.models import Q, TextField
from django.db.models.functions import Cast, Lower
from django.utils.translation import gettext_lazy as _

from .legal.models import Acceptance
from .models import Account, User
from .notifications.models import FeedKey, MailAddress, Mailing, Notice, Preference
from .personal import held, register
from .restrictions import Restriction

PAUSED = _("What moderators have paused an address for: a pause must not end by being erased.")


def _leave_account(address: str) -> int:
    return Account.objects.filter(user__address=address).update(user=None)


def _forget_notices(address: str) -> int:
    """Delete what an address was told, and what others were told of it."""
    told = Notice.objects.alias(said=Lower(Cast("data", TextField())))
    return told.filter(Q(user__address=address) | Q(said__contains=address) | Q(key__contains=address)).delete()[0]


def register_all() -> None:
    """Register every table of the app that names people."""
    register(
        held(Acceptance, "address", name="accepted documents"),
        held(Restriction, "address", name="pauses", kept=PAUSED),
        held(Notice, "user", name="notices", erase=_forget_notices),
        held(Mailing, "user", name="mails"),
        held(Preference, "user", name="notification preferences"),
        held(MailAddress, "user", name="mail address"),
        held(FeedKey, "user", name="feeds"),
        held(LogEntry, "user", name="staff log"),
        held(Account, "user", name="account", erase=_leave_account),
        held(User, "address", name="user", without=("password",), order=2),
    )
