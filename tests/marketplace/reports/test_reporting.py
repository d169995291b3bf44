"""Reports join one case, by members and by mail; who is always wrong weighs less."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import User
from accounts.notifications.errors import LinkExpiredError, LinkInvalidError, NoMailError
from common.limits import TooManyError
from marketplace.ground.cases import Case, Priority, Source
from marketplace.ground.decisions import Category, Content
from marketplace.reports import confirming, mailing
from marketplace.reports.errors import (
    EvidenceLinkError,
    MailMissingError,
    NothingWrittenError,
    OwnContentError,
    ReportedContentNotFoundError,
)
from marketplace.reports.keeping import forget_old
from marketplace.reports.models import Outcome, Report
from marketplace.reports.reporting import (
    A_DAY,
    AN_HOUR,
    MAILS_A_DAY,
    Said,
    confirm_report,
    report_by_mail,
    report_content,
)
from marketplace.reports.weights import BY_MAIL, LEAST, WHOLE, priority_for, weight_of
from tests import databases
from tests.factories.reports import AUTHOR, KEY, user

SAID = Said(Category.SPAM, "It advertises something else.")
MAIL = "Somebody@Example.org"


def report(by: User | None = None, said: Said = SAID, key: str = KEY) -> Report:
    return report_content(user=by or user(), content="comment", key=key, said=said)


def by_mail(address: str = MAIL, said: Said = SAID, key: str = KEY, client: str = "192.0.2.1") -> Report:
    return report_by_mail(client=client, mail=address, content="comment", key=key, said=said)


@pytest.mark.django_db
def test_reports_of_one_content_join_one_case_and_a_second_press_is_none() -> None:
    first = report(said=Said(Category.SPAM, " It advertises.\n", "https://example.org/proof"))
    assert (first.text, first.weight, first.outcome) == ("It advertises.", WHOLE, Outcome.OPEN)
    assert report() == first
    second = report(user("c"))
    case = Case.objects.get()
    assert first.case == second.case == case
    assert (case.source, case.category, case.author, case.priority) == (Source.REPORT, "spam", AUTHOR, Priority.MEDIUM)
    assert Report.objects.reporters_of(case) == {user().address, user("c").address}
    assert Report.objects.is_by(user().address, Content.COMMENT, KEY)
    # Malware is looked at at once, whoever says so and whatever the case was about before.
    report(user("d"), Said(Category.MALWARE, "It runs a shell."))
    case.refresh_from_db()
    assert case.priority == Priority.HIGH
    # A case that is closed is not joined.
    Case.objects.update(closed_at=timezone.now())
    Report.objects.update(outcome=Outcome.REJECTED, decided_at=timezone.now())
    assert report().case != case


@pytest.mark.django_db
def test_what_is_no_report_is_refused() -> None:
    refused: list[tuple[type[Exception], dict[str, Any]]] = [
        (NothingWrittenError, {"said": Said(Category.SPAM, "\u200b \n")}),
        (NothingWrittenError, {"said": Said(Category.SPAM, "x" * 3_001)}),
        (EvidenceLinkError, {"said": Said(Category.SPAM, "Here.", "javascript:alert(1)")}),
        (ReportedContentNotFoundError, {"key": "another"}),
        (OwnContentError, {"by": User.objects.create(address=AUTHOR)}),
    ]
    for error, given in refused:
        with pytest.raises(error):
            report(**given)
    with pytest.raises(ReportedContentNotFoundError):
        report_content(user=user(), content="nonsense", key=KEY, said=SAID)
    assert not Report.objects.exists()


@pytest.mark.django_db
def test_a_member_reports_so_often_and_no_more() -> None:
    for number in range(AN_HOUR):
        report(key=f"many-{number}")
    assert report(key="many-0").key == "many-0"  # known: it does not count
    with pytest.raises(TooManyError):
        report(key="many-x")
    assert A_DAY > AN_HOUR


@pytest.mark.django_db
def test_a_report_by_mail_counts_once_its_link_was_followed() -> None:
    sent = by_mail()
    assert (sent.case, sent.mail, sent.weight) == (None, MAIL.lower(), BY_MAIL)
    assert not Case.objects.exists()
    mailing.send_confirmation(sent.pk)
    [letter] = mail.outbox
    assert letter.to == [MAIL.lower()]
    token = confirming.token_of(sent)
    assert f"/report/confirm?token={token}".split(":")[0] in letter.body
    assert sent.title not in letter.body  # what strangers wrote is not mailed to whomever they name
    assert "(comment)" in letter.body
    assert by_mail(MAIL.upper()) == sent
    confirmed = confirm_report(token=token)
    assert confirm_report(token=token) == confirmed
    case = Case.objects.get()
    assert confirmed.case == case
    assert Report.objects.reporters_of(case) == set()
    mailing.send_confirmation(sent.pk)  # not again
    mailing.send_receipt(sent.pk)
    assert len(mail.outbox) == 2
    assert "We have received your report" in mail.outbox[1].body


@pytest.mark.django_db
def test_links_that_are_old_or_made_up_confirm_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    token = confirming.token_of(by_mail())
    for wrong in ("", "x", token[:-1], token + "x", "x" * 2_000):
        with pytest.raises(LinkInvalidError):
            confirm_report(token=wrong)
    with monkeypatch.context() as later:
        later.setattr("django.core.signing.time.time", lambda: timezone.now().timestamp() + 4 * 86_400)
        with pytest.raises(LinkExpiredError):
            confirm_report(token=token)
    Report.objects.all().delete()
    with pytest.raises(LinkExpiredError):
        confirm_report(token=token)


@pytest.mark.django_db
def test_what_nobody_confirmed_does_not_stand_in_the_way_of_its_address() -> None:
    """Else a stranger would write a report in somebody's name, and what they write themselves would be lost."""
    strangers = by_mail(said=Said(Category.SPAM, "A stranger wrote this."))
    own = by_mail(client="198.51.100.7")
    assert (own.pk != strangers.pk, own.text) == (True, SAID.text)
    assert by_mail(client="198.51.100.8") == own  # the same words once more are a second press
    confirmed = confirm_report(token=confirming.token_of(own))
    assert confirmed.case is not None
    # The stranger's joins nothing, though its link is followed too.
    assert confirm_report(token=confirming.token_of(strangers)) == own
    assert Report.objects.exclude(case=None).count() == 1
    assert by_mail(said=Said(Category.SPAM, "And another."), client="198.51.100.9") == own


@pytest.mark.django_db
def test_what_stands_behind_a_plus_is_one_mailbox(settings: LazySettings) -> None:
    name, _, host = MAIL.partition("@")
    own = confirm_report(token=confirming.token_of(by_mail()))
    assert by_mail(f"{name}+more@{host}", client="198.51.100.7") == own
    for number in range(MAILS_A_DAY - 2):
        by_mail(f"{name}+{number}@{host}", key=f"many-{number}", client=f"198.51.{number}.9")
    with pytest.raises(TooManyError):
        by_mail(f"{name}+last@{host}", key="many-11", client="203.0.113.9")


@pytest.mark.django_db
def test_by_mail_a_network_and_an_address_have_their_limits(settings: LazySettings) -> None:
    for number in range(3):
        by_mail(f"{number}@example.org", key=f"many-{number}", client="2001:db8::1")
    with pytest.raises(TooManyError):  # the same household
        by_mail("3@example.org", client="2001:db8::ffff")
    for number in range(9):
        by_mail(key=f"many-{number}", client=f"198.51.{number}.1")
    by_mail(key="many-9", client="198.51.100.1")
    with pytest.raises(TooManyError):  # nobody's mailbox is filled from many networks
        by_mail(key="many-10", client="203.0.113.1")
    settings.SENDS_MAIL = False
    with pytest.raises(NoMailError):
        by_mail("another@example.org", client="203.0.113.2")


@pytest.mark.django_db
def test_only_a_notice_of_the_gravest_kind_goes_without_a_mail_address() -> None:
    for said in (SAID, Said(Category.UNLAWFUL, "It is a crime."), Said(Category.LICENCE, "Mine.", is_notice=True)):
        with pytest.raises(MailMissingError):
            by_mail("", said)
    made = by_mail("", Said(Category.UNLAWFUL, "It is a crime.", is_notice=True, locations="/models/acme/tiny-embed"))
    assert made.case is not None
    assert (made.case.source, made.case.priority) == (Source.NOTICE, Priority.HIGH)


@pytest.mark.django_db
def test_who_was_always_wrong_weighs_less_and_never_nothing() -> None:
    def weight(right: int, wrong: int, whole: int = WHOLE) -> int:
        Report.objects.all().delete()
        for number, outcome in enumerate([Outcome.UPHELD] * right + [Outcome.REJECTED] * wrong):
            values = {"content": "comment", "key": f"{number}", "category": "spam", "text": "x", "reporter": "0xb"}
            Report.objects.create(outcome=outcome, decided_at=timezone.now(), **values)
        return weight_of(Report.objects.by("0xb"), whole)

    assert (weight(0, 0), weight(5, 0), weight(0, 2), weight(2, 2), weight(0, 8)) == (100, 100, 50, 66, 20)
    assert (weight(0, 0, BY_MAIL), weight(0, 2, BY_MAIL), weight(0, 100)) == (50, 25, LEAST)
    assert (priority_for(99, 0), priority_for(100, 0), priority_for(400, 0)) == (1, 2, 3)
    assert (priority_for(24, 24), priority_for(25, 25)) == (2, 3)


@pytest.mark.django_db
def test_what_nobody_confirmed_is_deleted_and_names_are_not_kept_for_ever() -> None:
    lost, kept = by_mail(key="many-1"), by_mail(key="many-2", client="198.51.100.7")
    confirm_report(token=confirming.token_of(kept))
    long_ago = timezone.now() - timedelta(days=400)
    Report.objects.update(made_at=long_ago)
    Report.objects.filter(pk=kept.pk).update(outcome=Outcome.UPHELD, decided_at=long_ago, name="A. Person")
    assert forget_old() == 2
    assert forget_old() == 0
    assert not Report.objects.filter(pk=lost.pk).exists()
    kept.refresh_from_db()
    assert (kept.mail, kept.name, kept.text) == ("", "", SAID.text)


def test_the_same_report_twice_at_once_is_one_and_many_people_make_one_case(
    migrated_database: str, django_db_blocker: DjangoDbBlocker
) -> None:
    name = "reports_race"
    with django_db_blocker.unblock(), databases.copied(migrated_database, name), databases.named(name):
        people = [user(digit) for digit in "bcde"] * 3
        sent = by_mail()

        def work(place: int) -> int:
            try:
                if place == 12:
                    return by_mail().pk
                if place > 12:
                    return confirm_report(token=confirming.token_of(sent)).pk
                return report(people[place]).pk
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(work, range(16)))
        assert len(set(made)) == 5
        assert Report.objects.count() == 5
        assert Case.objects.count() == 1
        assert Case.objects.get().reports.count() == 5
        connection.close()
