"""Reporting a content: by a member, or by mail with an address that is confirmed first."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.notifications.errors import NoMailError
from common.limits import limit, limit_client, mailbox
from common.links import web_address
from common.locks import exclusive_until_commit
from common.queue import enqueue
from common.text import clean_line, clean_text
from marketplace.ground.cases import Case, Source, open_case
from marketplace.ground.contents import Subject, find_content, kind_of
from marketplace.ground.decisions import Category, Content

from . import confirming
from .errors import (
    EvidenceLinkError,
    MailMissingError,
    NothingWrittenError,
    OwnContentError,
    ReportedContentNotFoundError,
)
from .models import MOST_LOCATIONS, MOST_NAME, MOST_TEXT, Outcome, Report, ReportQuerySet
from .weights import BY_MAIL, WHOLE, priority_of, weight_of

HOUR, DAY = 3_600, 86_400  # seconds
AN_HOUR, A_DAY = 10, 30  # reports of a member
MAILS_AN_HOUR, MAILS_A_DAY = 3, 10  # forms by mail from a network, and mails to an address
ALL_AN_HOUR = 600  # forms by mail from everywhere, before those who ask most are refused
STILL_THERE = (Content.LISTING, Content.VERSION, Content.ACCOUNT)  # whatever was decided about them
CONFIRM = "marketplace.reports.tasks.mail_confirmation"
RECEIPT = "marketplace.reports.tasks.mail_receipt"


@dataclass(frozen=True)
class Said:
    """What a report says. ``name`` and ``locations`` belong to a notice (DSA, article 16)."""

    category: Category
    text: str
    evidence: str = ""
    is_notice: bool = False
    name: str = ""
    locations: str = ""


def report_content(*, user: User, content: str, key: str, said: Said) -> Report:
    """Take a member's report into the open case about a content; a second one while the first is open changes nothing.

    Raises ReportedContentNotFoundError, OwnContentError, NothingWrittenError, EvidenceLinkError, TooManyError.
    """
    said = _checked(said)
    subject = find_reported(content, key)
    if user.address == subject.author.lower():
        raise OwnContentError
    # Before the limit: who presses twice has not reported twice.
    own = _open(subject).filter(reporter=user.address)
    if sent := own.first():
        return sent
    limit(f"reports:{user.address}", AN_HOUR, HOUR)
    limit(f"reports-a-day:{user.address}", A_DAY, DAY)
    with transaction.atomic():
        exclusive_until_commit(f"reports:{subject.content}:{subject.key}")
        if sent := own.first():
            return sent
        weight = weight_of(Report.objects.by(user.address), WHOLE)
        return _join(_made(subject, said, reporter=user.address, weight=weight), subject)


def report_by_mail(*, client: str, mail: str, content: str, key: str, said: Said) -> Report:
    """Keep the report of somebody without a wallet, and send the link that makes it count. ``client`` is an IP address.

    A notice of the gravest offences needs no mail address (DSA, article 16): it counts at once.
    Raises NoMailError, MailMissingError and what ``report_content`` does.
    """
    said, mail = _checked(said), mail.strip().lower()
    if not mail and not (said.is_notice and said.category == Category.UNLAWFUL):
        raise MailMissingError
    if mail and not settings.SENDS_MAIL:
        raise NoMailError
    subject = find_reported(content, key)
    limit_client("reports-by-mail", client, MAILS_AN_HOUR, HOUR, overall=ALL_AN_HOUR)
    if mail:
        limit(f"reports-to:{mailbox(mail)}", MAILS_A_DAY, DAY)
    with transaction.atomic():
        exclusive_until_commit(f"reports:{subject.content}:{subject.key}")
        if not mail:
            return _join(_made(subject, said, weight=BY_MAIL), subject)
        theirs = Report.objects.by_mail(mail)
        # What nobody has confirmed may be a stranger's: only the very same words are taken for a second press.
        for sent in _open(subject).filter(pk__in=theirs.values("pk")).order_by("pk"):
            if sent.case_id is not None:
                return sent
            if sent.mail == mail and _says(sent) == said:
                enqueue(CONFIRM, sent.pk)
                return sent
        report = _made(subject, said, mail=mail, weight=weight_of(theirs, BY_MAIL))
        report.save()
        enqueue(CONFIRM, report.pk)
        return report


@transaction.atomic
def confirm_report(*, token: str) -> Report:
    """Have a report by mail count, since whoever reads the address has followed its link; again changes nothing.

    Raises LinkInvalidError, LinkExpiredError, ReportedContentNotFoundError.
    """
    report = confirming.confirmed(token)
    exclusive_until_commit(f"reports:{report.content}:{report.key}")
    report.refresh_from_db()
    if report.case_id is not None:
        return report
    # A person has one open report of a content, though they have confirmed two.
    others = Report.objects.by_mail(report.mail).filter(content=report.content, key=report.key, outcome=Outcome.OPEN)
    if counted := others.exclude(case=None).first():
        return counted
    joined = _join(report, find_reported(report.content, report.key))
    enqueue(RECEIPT, report.pk)
    return joined


def _says(report: Report) -> Said:
    category = Category(report.category)
    return Said(category, report.text, report.evidence, report.is_notice, report.name, report.locations)


def _join(report: Report, subject: Subject) -> Report:
    """Save a report as one of the open case about its content, which may rise by it."""
    report.case = _case(report, subject)
    report.save()
    priority = priority_of(Report.objects.filter(case=report.case, outcome=Outcome.OPEN))
    if priority > report.case.priority:
        Case.objects.filter(pk=report.case.pk, priority__lt=priority).update(priority=priority)
        report.case.priority = priority
    return report


def _case(report: Report, subject: Subject) -> Case:
    return open_case(
        content=subject.content,
        key=subject.key,
        source=Source.NOTICE if report.is_notice else Source.REPORT,
        priority=priority_of(Report.objects.none()),
        summary=f"{report.get_category_display()}: {' '.join(report.text.split())}",
        category=report.category,
    )


def _made(subject: Subject, said: Said, *, weight: int, reporter: str = "", mail: str = "") -> Report:
    return Report(
        content=subject.content,
        key=subject.key,
        title=subject.title[:200],
        category=said.category,
        text=said.text,
        evidence=said.evidence,
        is_notice=said.is_notice,
        name=said.name,
        locations=said.locations,
        reporter=reporter,
        mail=mail,
        weight=weight,
        made_at=timezone.now(),
    )


def _open(subject: Subject) -> ReportQuerySet:
    return Report.objects.filter(content=subject.content, key=subject.key, outcome=Outcome.OPEN)


def find_reported(content: str, key: str) -> Subject:
    """Return what is to be reported. Raises ReportedContentNotFoundError, also for what moderators have taken out: its
    title may be its words. A listing's is its name, and hidden it can still be used."""
    kind = kind_of(content)
    subject = find_content(content, key) if kind and kind.reported else None
    if subject is None or (subject.decision and subject.content not in STILL_THERE):
        raise ReportedContentNotFoundError
    return subject


def _checked(said: Said) -> Said:
    """Return what was said as it is kept. Raises NothingWrittenError, EvidenceLinkError."""
    text, evidence = clean_text(said.text), said.evidence.strip()
    if not text or len(text) > MOST_TEXT:
        raise NothingWrittenError
    if evidence and not web_address(evidence):
        raise EvidenceLinkError
    name, locations = clean_line(said.name)[:MOST_NAME], clean_text(said.locations)[:MOST_LOCATIONS]
    return Said(Category(said.category), text, evidence, said.is_notice, name, locations)
