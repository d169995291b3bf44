"""Mail to people without a wallet: a link that makes their report count, a receipt, and what became of it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.notifications import links

from . import confirming
from .models import Outcome, Report
from .outcome_words import report_text, report_title

MOST_SUBJECT = 120  # characters


def send_confirmation(pk: int) -> None:
    """Send the link that makes a report count, unless it counts already or is gone."""
    report = Report.objects.filter(pk=pk, case=None).exclude(mail="").first()
    if report:
        url = links.address_of("confirm-report", confirming.token_of(report))
        _send(report, "confirm", _("Confirm your report to Citrate"), {"url": url, "days": confirming.VALID.days})


def send_receipt(pk: int) -> None:
    """Confirm that a report or a notice has arrived (DSA, article 16)."""
    report = Report.objects.counted().filter(pk=pk).exclude(mail="").first()
    if report:
        _send(report, "receipt", _("We have your report of %(title)s") % {"title": report.title}, {})


def send_outcome(pk: int, outcome: str) -> None:
    """Tell what became of a report, unless something else has become of it since."""
    report = Report.objects.select_related("decision").filter(pk=pk, outcome=outcome).exclude(mail="").first()
    if report and report.decision:
        data = {"title": report.title, "outcome": outcome}
        reason = report.decision.reason if outcome == Outcome.UPHELD else ""
        with translation.override(settings.LANGUAGE_CODE):
            _send(report, f"outcome-{outcome}", report_title(data), {"text": report_text(data), "reason": reason})


def _send(report: Report, name: str, subject: str, given: dict[str, Any]) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        context = {**given, "report": report, "rules": f"{links.site()}{reverse('rules')}", "subject": subject}
        text = render_to_string(f"marketplace/reports/mail_{name.partition('-')[0]}.txt", context)
    host = urlsplit(links.site()).hostname or "localhost"
    key = f"report-{report.pk}-{name}"
    # Not guessable from the key alone, so that nobody is answered in our name.
    mark = sha256(f"{settings.SECRET_KEY}{key}".encode()).hexdigest()[:24]
    headers = {"Message-ID": f"<{key}.{mark}@{host}>", "Auto-Submitted": "auto-generated"}
    EmailMessage(Truncator(subject).chars(MOST_SUBJECT), text, to=[report.mail], headers=headers).send()
