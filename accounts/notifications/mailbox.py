"""The demo's mailbox: mail stays on this machine, as files in the form in which it would have gone out (RFC 5322)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage as Parsed
from hashlib import sha256
from pathlib import Path

from csp.constants import HEADER
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from common.access import public
from common.errors import NotFoundError

MOST = 200  # mails; the oldest go first
NAME = re.compile(r"[0-9a-f]{32}")
# Styles, links that open elsewhere, and nothing else.
AS_IN_A_MAILBOX = (
    "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-popups-to-escape-sandbox; "
    "frame-ancestors 'none'"
)
SHOWN_HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post")


class MailboxBackend(BaseEmailBackend):
    """Keeps each mail as a file named after its Message-ID: what is sent twice is there once."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep them, and return how many."""
        folder: Path = settings.MAILBOX_DIR
        folder.mkdir(parents=True, exist_ok=True)
        for mail in email_messages:
            message = mail.message()
            name = sha256(str(message["Message-ID"]).encode()).hexdigest()[:32]
            draft = folder / f"{name}.part"
            draft.write_bytes(message.as_bytes())
            draft.replace(folder / f"{name}.eml")
        for old in _files()[MOST:]:
            old.unlink(missing_ok=True)
        return len(email_messages)


@dataclass(frozen=True)
class Mail:
    """A mail in the box."""

    name: str
    parsed: Parsed

    @property
    def headers(self) -> Iterator[tuple[str, str]]:
        """Those that say what a mailbox does with it."""
        return ((name, str(self.parsed[name])) for name in SHOWN_HEADERS if name in self.parsed)

    @property
    def subject(self) -> str:
        return str(self.parsed["Subject"])

    @property
    def to(self) -> str:
        return str(self.parsed["To"])

    @property
    def date(self) -> object:
        return self.parsed["Date"].datetime

    def part(self, kind: str) -> str:
        """Return the text, or the HTML."""
        found = self.parsed.get_body((kind,))
        return str(found.get_content()) if found else ""

    @property
    def text(self) -> str:
        return self.part("plain")


@public()
@never_cache
def mailbox(request: HttpRequest) -> HttpResponse:
    """Every mail that this demo has sent, the newest first."""
    mails = [_read(file) for file in _files()]
    return render(request, "accounts/notifications/mailbox.html", {"mails": mails})


@public()
@never_cache
def mailbox_mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail."""
    return render(request, "accounts/notifications/mailbox_mail.html", {"mail": _find(name)})


@public()
@never_cache
def mailbox_html(request: HttpRequest, name: str) -> HttpResponse:
    """One mail as a mailbox draws it."""
    return HttpResponse(_find(name).part("html"), headers={HEADER: AS_IN_A_MAILBOX})


def _files() -> list[Path]:
    folder: Path = settings.MAILBOX_DIR
    return sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True)


def _find(name: str) -> Mail:
    file = settings.MAILBOX_DIR / f"{name}.eml"
    if not NAME.fullmatch(name) or not file.exists():
        raise NotFoundError
    return _read(file)


def _read(file: Path) -> Mail:
    return Mail(file.stem, message_from_bytes(file.read_bytes(), policy=policy.default))
