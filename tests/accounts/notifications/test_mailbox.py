"""The demo's mailbox."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from accounts.notifications import mailbox
from accounts.notifications.mailbox import MailboxBackend

pytestmark = pytest.mark.urls("tests.accounts.demo_urls")


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.MAILBOX_DIR = tmp_path / "mailbox"
    return tmp_path / "mailbox"


def send(number: int, html: str = "<p style='color:red'>Grüße</p>") -> None:
    headers = {"Message-ID": f"<{number}@here>", "List-Unsubscribe": "<http://testserver/x>"}
    message = EmailMultiAlternatives(
        f"Mail {number} 🍋", "Grüße http://testserver/y", to=["a@example.org"], headers=headers
    )
    message.attach_alternative(html, "text/html")
    assert MailboxBackend().send_messages([message]) == 1


def test_what_is_sent_stands_in_the_mailbox_once(client: Client, folder: Path, db: Any) -> None:
    assert "No mail yet" in client.get("/demo/mailbox").content.decode()
    send(1)
    send(2)
    os.utime(next(iter(mailbox._files())), (1, 1))
    send(1)  # again
    text = client.get("/demo/mailbox").content.decode()
    assert text.count("Mail 1 🍋") == text.count("Mail 2 🍋") == 1
    assert "nothing leaves this machine" in text


def test_a_mail_is_read_as_text_and_drawn_apart_from_the_site(client: Client, folder: Path, db: Any) -> None:
    send(1, "<script>go()</script><b>Grüße</b>")
    (name,) = (file.stem for file in folder.iterdir())
    text = client.get(f"/demo/mailbox/{name}").content.decode()
    assert "Grüße" in text
    assert 'href="http://testserver/y"' in text
    assert "&lt;http://testserver/x&gt;" in text
    drawn = client.get(f"/demo/mailbox/{name}/html")
    assert "sandbox" in drawn["Content-Security-Policy"]
    assert "script-src" not in drawn["Content-Security-Policy"]
    for wrong in ("0" * 32, "settings", "a"):
        assert client.get(f"/demo/mailbox/{wrong}").status_code == 404


def test_the_oldest_mails_go_first(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(mailbox, "MOST", 2)
    for number in range(4):
        send(number)
        for age, file in enumerate(mailbox._files()):
            os.utime(file, (1_000 + number - age, 1_000 + number - age))
    assert len(list(folder.iterdir())) == 2
