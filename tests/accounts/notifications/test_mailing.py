"""Mail about notices: when it goes out, what it says, and how it ends."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from accounts.notifications import mailing
from accounts.notifications.actions import choose_channels
from accounts.notifications.mailing import MOST_ATTEMPTS, MOST_KEPT, deliver_mail, forget_old, gather
from accounts.notifications.models import Mailing, Notice
from accounts.notifications.tasks import tidy

from .conftest import reads_mail, tell


def due() -> None:
    """Let what waits be due now."""
    Notice.objects.exclude(mail_due_at=None).update(mail_due_at=timezone.now())
    Mailing.objects.exclude(due_at=None).update(due_at=timezone.now())


def sent() -> EmailMultiAlternatives:
    (only,) = mail.outbox
    assert isinstance(only, EmailMultiAlternatives)
    return only


def html_of(message: EmailMultiAlternatives) -> str:
    return str(message.alternatives[0][0])


def test_what_happens_together_goes_into_one_mail_to_each(reader: User, other: User) -> None:
    reads_mail(reader)
    reads_mail(other, "other@example.org")
    for number in range(25):
        tell(reader, f"{number:02}")
    tell(other)
    assert deliver_mail() == 0  # they wait for what happens at the same time
    due()
    assert deliver_mail() == 2
    assert deliver_mail() == 0
    to = {message.to[0]: message for message in mail.outbox}
    assert to["reader@example.org"].subject == "Number 24, and 24 more"
    assert to["other@example.org"].subject == "Number 1"
    assert to["reader@example.org"].body.count("http://testserver/about") == 20
    assert "And 5 more" in to["reader@example.org"].body
    assert "0xCDCDcdcdCDCDCDCdCdCDcDcDCdcdcDcDcDcDCdcD".lower() in to["other@example.org"].body.lower()


def test_odd_text_forges_neither_headers_nor_markup(reader: User) -> None:
    reads_mail(reader)
    title = "Hello\r\nBcc: all@example.org\n\n<img src=x> \u202e🍋\ud83d " + "é" * 300
    tell(reader, title=title, text="<b>1</b> & 2\r\n.\r\nQUIT")
    due()
    assert deliver_mail() == 1
    message = sent()
    raw = message.message().as_bytes().decode()
    assert "\nBcc:" not in raw
    assert message.subject.startswith("Hello Bcc: all@example.org <img src=x> 🍋")
    assert len(message.subject) <= 120
    assert "<img" not in html_of(message)
    assert "&lt;b&gt;1&lt;/b&gt; &amp; 2" in html_of(message)
    assert "<b>1</b> & 2\n.\nQUIT" in message.body


def test_one_click_ends_the_mail_of_a_kind(client: Client, reader: User) -> None:
    reads_mail(reader)
    tell(reader)
    due()
    deliver_mail()
    headers = sent().extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = headers["List-Unsubscribe"].strip("<>").removeprefix("http://testserver")
    assert path in sent().body.replace("http://testserver", "")
    tell(reader, "2")
    strict = Client(enforce_csrf_checks=True)  # a mailbox has no token of ours
    shown = strict.get(path)
    assert "Mail about “News” ends" in shown.content.decode()
    assert Notice.objects.exclude(mail_due_at=None).count() == 1
    assert "no more mail about “News”" in strict.post(path, {"List-Unsubscribe": "One-Click"}).content.decode()
    assert not Notice.objects.exclude(mail_due_at=None).exists()
    tell(reader, "3")
    due()
    assert deliver_mail() == 0
    assert Notice.objects.count() == 3  # the app still tells
    bare = path.partition("?")[0]
    for wrong in (path[:-1], f"{path}x", bare, f"{bare}?token={'a' * 2_000}"):
        assert strict.post(wrong).status_code == 404


def test_a_mail_that_cannot_be_sent_is_tried_again_later_and_later_and_then_no_more(
    reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_backend: EmailBackend, _messages: Any) -> int:
        raise SMTPServerDisconnected

    reads_mail(reader)
    tell(reader)
    due()
    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", away)
        pauses = []
        for _ in range(MOST_ATTEMPTS):
            assert deliver_mail() == 0
            assert deliver_mail() == 0  # not due again yet
            (kept,) = Mailing.objects.all()
            pauses.append(kept.due_at and round((kept.due_at - timezone.now()) / timedelta(minutes=1)))
            due()
        assert pauses == [1, 2, 4, 8, 16, 32, 64, None]
    assert deliver_mail() == 0
    assert Mailing.objects.get().failure == "SMTPServerDisconnected"


def test_a_sender_that_dies_between_sending_and_saying_so_sends_the_same_mail_again(
    reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        pass

    def sends_and_dies(message: EmailMultiAlternatives) -> int:
        mail.outbox.append(message)
        raise KilledError

    reads_mail(reader)
    tell(reader, "1")
    due()
    gather()
    with monkeypatch.context() as patched:
        patched.setattr(EmailMultiAlternatives, "send", sends_and_dies)
        with pytest.raises(KilledError):
            deliver_mail()
    tell(reader, "2")  # which is not put into it
    Mailing.objects.update(due_at=timezone.now())
    assert deliver_mail() == 1
    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first == second
    assert mail.outbox[0].body == mail.outbox[1].body


def test_who_no_longer_wants_a_mail_that_waits_gets_none(reader: User) -> None:
    reads_mail(reader)
    tell(reader)
    due()
    gather()
    choose_channels(user=reader, chosen={("news", "app")})
    assert deliver_mail() == 0
    assert mail.outbox == []
    assert Mailing.objects.get().due_at is None


def confirming(
    reader: User, client: Client, callbacks: DjangoCaptureOnCommitCallbacks, address: str = "new@example.org"
) -> str:
    """Have the link sent, and return its path."""
    client.force_login(reader)
    with callbacks(execute=True):
        answer = client.post("/account/notifications/mail", {"address": address})
    assert answer.status_code == 302
    mailing.send_confirmation(reader.mail_address.pk)
    (line,) = [line for line in sent().body.splitlines() if line.startswith("http")]
    return line.removeprefix("http://testserver")


def test_mail_goes_to_an_address_once_its_reader_says_so(
    client: Client, reader: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    path = confirming(reader, client, django_capture_on_commit_callbacks)
    tell(reader, "before")
    assert not Notice.objects.exclude(mail_due_at=None).exists()
    stranger = Client()
    assert "new@example.org" in stranger.get(path).content.decode()
    assert reader.mail_address.verified_at is None  # to look at it is not to say so
    assert "Your address is confirmed" in stranger.post(path).content.decode()
    assert "Your address is confirmed" in stranger.post(path).content.decode()
    tell(reader, "after")
    assert Notice.objects.exclude(mail_due_at=None).get().key == "after"
    mailing.send_confirmation(reader.mail_address.pk)  # a task that runs twice
    assert len(mail.outbox) == 1


def test_a_link_that_is_old_or_for_another_address_confirms_nothing(
    client: Client,
    reader: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = confirming(reader, client, django_capture_on_commit_callbacks, "old@example.org")
    with monkeypatch.context() as patched:
        patched.setattr("accounts.notifications.links.VALID", timedelta(seconds=-1))
        assert client.post(path).status_code == 410
    assert client.post(f"{path}x").status_code == 404
    client.post("/account/notifications/mail", {"address": "third@example.org"})
    assert client.post(path).status_code == 410
    assert reader.mail_address.__class__.objects.get().verified_at is None


def test_nobodys_mailbox_is_filled_with_links(client: Client, reader: User) -> None:
    client.force_login(reader)
    answers = [
        client.post("/account/notifications/mail", {"address": "often@example.org"}).status_code for _ in range(6)
    ]
    assert answers == [302] * 5 + [429]


def test_what_is_old_or_too_much_is_deleted(reader: User, other: User) -> None:
    for number in range(MOST_KEPT + 3):
        tell(reader, f"{number}")
    tell(other, "kept")
    tell(other, "old")
    Notice.objects.filter(key="old").update(created_at=timezone.now() - timedelta(days=181))
    Mailing.objects.create(user=other, created_at=timezone.now() - timedelta(days=31))
    assert forget_old() == 5
    assert Notice.objects.filter(user=reader).count() == MOST_KEPT
    assert not Notice.objects.filter(user=reader, key__in=["0", "1", "2"]).exists()
    tidy()
    assert Notice.objects.get(user=other).key == "kept"
