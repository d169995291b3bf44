"""Mail as it goes out: text and HTML, the same words, with headers that mailboxes know (RFC 5322, 2369, 8058)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.addresses import checksum

from . import links
from .kinds import Shown
from .models import MailAddress, Mailing

MOST_SHOWN = 20  # notices in one mail; the others are counted
MOST_SUBJECT = 120  # characters


@dataclass(frozen=True)
class Line:
    """A notice in a mail, with its whole address."""

    shown: Shown
    url: str


def mail_of(mailing: Mailing, address: MailAddress, notices: Sequence[Shown]) -> EmailMultiAlternatives:
    """Return the mail about some notices. One that is made again is the same, by its Message-ID."""
    kinds = {each.kind.name for each in notices}
    kind = kinds.pop() if len(kinds) == 1 else links.ALL
    url = links.address_of("unsubscribe", links.unsubscribing(mailing.user_id, kind))
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "lines": [Line(each, f"{links.site()}{each.path}") for each in notices[:MOST_SHOWN]],
            "more": max(len(notices) - MOST_SHOWN, 0),
            "account": checksum(mailing.user.address),
            "kind": notices[0].kind if kind else None,
            "unsubscribe": url,
            "list": f"{links.site()}{reverse('notifications')}",
            "preferences": f"{links.site()}{reverse('notification-preferences')}",
        }
        mail = _mail(_subject(notices), "notices", context, address.address, f"notices-{mailing.pk}")
    mail.extra_headers |= {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<notifications.{_host()}>",
    }
    return mail


def confirmation_of(address: MailAddress) -> EmailMultiAlternatives:
    """Return the mail with the link that confirms an address."""
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "account": checksum(address.user.address),
            "url": links.address_of("confirm-mail", links.confirming(address)),
            "hours": int(links.VALID.total_seconds() // 3_600),
        }
        key = f"confirm-{address.pk}-{address.changed_at.timestamp():.0f}"
        return _mail(_("Confirm your address for Citrate"), "confirm", context, address.address, key)


def _subject(notices: Sequence[Shown]) -> str:
    first = notices[0].title
    if len(notices) > 1:
        more = len(notices) - 1
        first = ngettext("%(first)s, and %(more)d more", "%(first)s, and %(more)d more", more) % {
            "first": Truncator(first).chars(MOST_SUBJECT - 20),
            "more": more,
        }
    return Truncator(first).chars(MOST_SUBJECT)


def _mail(subject: str, name: str, context: dict[str, Any], to: str, key: str) -> EmailMultiAlternatives:
    text, html = (render_to_string(f"accounts/notifications/mail_{name}.{kind}", context) for kind in ("txt", "htm"))
    # Not guessable from the key alone, so that nobody is answered in our name.
    mark = sha256(f"{settings.SECRET_KEY}{key}".encode()).hexdigest()[:24]
    headers = {
        "Message-ID": f"<{key}.{mark}@{_host()}>",
        "Auto-Submitted": "auto-generated",  # nobody's absence is to be answered to us (RFC 3834)
    }
    mail = EmailMultiAlternatives(subject, text, to=[to], headers=headers)
    mail.attach_alternative(html, "text/html")
    return mail


def _host() -> str:
    return urlsplit(links.site()).hostname or "localhost"
