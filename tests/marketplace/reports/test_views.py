"""The pages of reports, statements, appeals and the log: who may see what, how often, and at what cost."""

from __future__ import annotations

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from common.limits import TooManyError
from marketplace.ground.cases import Case
from marketplace.ground.decisions import Action, Category
from marketplace.ground.log import LogEntry, write_entry
from marketplace.reports import confirming, mailing
from marketplace.reports.locations import content_at, first_content
from marketplace.reports.models import Appeal, Outcome, ReasonStatement, Report
from marketplace.reports.outcomes import tell_reporters
from marketplace.reports.reporting import Said, report_content
from marketplace.reports.statements import issue_statement
from tests.factories.reports import AUTHOR, KEY, decide, user
from tests.moderators import give_role, make_moderator

pytestmark = pytest.mark.django_db

PAGE = f"/report/comment/{KEY}"
FORM = {"category": "spam", "text": "It advertises something else."}
NOTICE = {
    "locations": f"http://testserver/report/comment/{KEY}",
    "category": "unlawful",
    "text": "It insults me, which is a crime.",
    "name": "A. Person",
    "mail": "a@example.org",
    "good_faith": "on",
}


@pytest.fixture
def reporter(client: Client) -> User:
    client.force_login(user())
    return user()


def test_a_member_reports_and_finds_the_report_among_their_own(client: Client, reporter: User) -> None:
    page = client.get(PAGE).content.decode()
    assert "A comment on tiny-embed" in page
    assert 'name="mail"' not in page
    refused = client.post(PAGE, {"category": "", "text": " \u200b"})
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    answer = client.post(PAGE, FORM, follow=True)
    made = Report.objects.get()
    assert answer.redirect_chain == [(f"/account/reports#report-{made.pk}", 302)]
    own = answer.content.decode()
    assert FORM["text"] in own
    assert "Waits for a moderator" in own
    assert client.post(PAGE, FORM).status_code == 302
    assert Report.objects.count() == 1
    assert client.get("/report/comment/another").status_code == HTTPStatus.NOT_FOUND
    assert client.get("/report/nonsense/x").status_code == HTTPStatus.NOT_FOUND
    assert Client().get("/account/reports").status_code == 302


def test_somebody_without_a_wallet_reports_by_mail_and_confirms_it(client: Client) -> None:
    assert 'name="mail"' in client.get(PAGE).content.decode()
    assert client.post(PAGE, FORM).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    answer = client.post(PAGE, {**FORM, "mail": "a@example.org"}, follow=True)
    assert "Look into your mailbox" in answer.content.decode()
    made = Report.objects.get()
    mailing.send_confirmation(made.pk)
    [path] = re.findall(r"http://\S+?(/report/confirm\S+)", str(mail.outbox[0].body))
    assert "Did you send this report?" in client.get(path).content.decode()
    assert not Case.objects.exists()  # a mailbox that looks at links confirms nothing
    assert "Your report counts" in client.post(path).content.decode()
    assert "Your report counts" in client.get(path).content.decode()
    assert Case.objects.count() == 1
    assert client.get("/report/confirm?token=x").status_code == HTTPStatus.NOT_FOUND


def test_a_report_by_mail_too_often_is_refused_with_what_was_written(client: Client) -> None:
    for number in range(3):
        sent = client.post(f"/report/comment/many-{number}", {**FORM, "mail": f"{number}@example.org"})
        assert sent.status_code == 302
    refused = client.post(PAGE, {**FORM, "mail": "a@example.org"})
    assert refused.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert refused["Retry-After"]
    assert FORM["text"] in refused.content.decode()


def test_a_notice_asks_for_what_the_law_asks_for(client: Client) -> None:
    empty = client.post("/report/notice", {})
    assert empty.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert empty.content.decode().count('class="error"') == 6
    for field in ("name", "mail", "good_faith"):
        assert client.post("/report/notice", NOTICE | {field: ""}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    nowhere = client.post("/report/notice", NOTICE | {"locations": "https://example.org/nothing"})
    assert nowhere.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "leads to nothing that can be decided about" in nowhere.content.decode()
    assert client.post("/report/notice", NOTICE)["Location"] == "/report/sent"
    made = Report.objects.get()
    assert (made.is_notice, made.name, made.locations) == (True, "A. Person", NOTICE["locations"])
    assert client.post(f"/report/confirm?token={confirming.token_of(made)}").status_code == 200
    mailing.send_receipt(made.pk)
    assert "your notice" in mail.outbox[0].body
    # Of the gravest kind: without a name, and then also not about anything else.
    grave = {**NOTICE, "exempt": "on", "name": "", "mail": ""}
    assert client.post("/report/notice", grave | {"category": "licence"}).status_code == 422
    assert client.post("/report/notice", grave)["Location"] == "/report/taken"
    assert Report.objects.filter(mail="", name="", reporter="").count() == 1


def test_a_members_notice_needs_no_mail_and_the_link_fills_in_where(client: Client, reporter: User) -> None:
    page = client.get(f"/report/notice?at={PAGE}").content.decode()
    assert NOTICE["locations"] in page
    assert 'name="mail"' not in page
    assert "evil" not in client.get("/report/notice?at=//evil.example/").content.decode()
    answer = client.post("/report/notice", {name: NOTICE[name] for name in NOTICE if name != "mail"})
    assert answer["Location"].startswith("/account/reports#report-")
    assert Report.objects.get().reporter == reporter.address


def test_addresses_lead_to_what_they_show() -> None:
    found = content_at(f"https://anywhere.example/report/comment/{KEY}?x=1#y")
    assert found
    assert found.key == KEY
    assert first_content(f"\n \n/report/comment/{KEY}\nhttps://example.org") is not None
    for nothing in (
        "",
        "x",
        "http://[",
        "/report/nonsense/x",
        "/models/a",
        "/u/0x12",
        "/models/nobody/nothing/v/1.0.0",
    ):
        assert content_at(nothing) is None


def test_a_statement_is_its_recipients_and_a_reporter_sees_the_outcome(client: Client, reporter: User) -> None:
    made = report_content(user=reporter, content="comment", key=KEY, said=Said(Category.SPAM, "Spam."))
    decision = decide(rule="4.3")
    entry, statement = write_entry(decision), issue_statement(decision)
    assert statement
    assert made.case
    tell_reporters(made.case, decision)
    path = statement.get_absolute_url()
    led = client.get(path)
    assert (led.status_code, led["Location"]) == (302, f"/account/reports#report-{made.pk}")
    owner, moderator, stranger = (
        User.objects.create(address=each) for each in (AUTHOR, "0x" + "3" * 40, "0x" + "4" * 40)
    )
    client.force_login(stranger)
    assert client.get(path).status_code == HTTPStatus.NOT_FOUND
    assert client.post(f"{path}/appeal", {"text": "Mine."}).status_code == HTTPStatus.NOT_FOUND
    client.force_login(owner)
    page = client.get(path).content.decode()
    for words in (
        decision.reason,
        "4.3 No spam",
        "Hidden",
        "By a moderator. No program decided.",
        "Until it is lifted.",
    ):
        assert words in page
    assert f"?from={entry.number}#entry-{entry.number}" in page
    assert reporter.address not in page.lower()
    assert client.get(f"{path}/appeal")["Location"] == path
    assert client.post(f"{path}/appeal", {"text": ""}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert client.post(f"{path}/appeal", {"text": "It is a quote."})["Location"] == f"{path}#appeal"
    assert "It is a quote." in client.get(path).content.decode()
    assert client.post(f"{path}/appeal", {"text": "Once more."}).status_code == HTTPStatus.CONFLICT
    assert "Waits for a moderator" in client.get("/account/statements").content.decode()
    give_role(moderator.address)
    client.force_login(moderator)
    assert "It is a quote." in client.get(path).content.decode()


def test_moderators_read_the_reports_behind_a_case(
    client: Client, reporter: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    made = report_content(
        user=reporter, content="comment", key=KEY, said=Said(Category.SPAM, "Spam.", "https://a.org/b")
    )
    assert made.case
    path = f"/moderation/cases/{made.case.pk}/reports"
    assert client.get(path).status_code == HTTPStatus.FORBIDDEN
    client.force_login(make_moderator())
    with django_assert_max_num_queries(6):
        page = client.get(path).content.decode()
    assert 'id="case-reports"' in page
    assert "Spam." in page
    assert 'href="https://a.org/b"' in page
    assert client.get("/moderation/cases/999999/reports").status_code == HTTPStatus.NOT_FOUND


def test_lists_of_many_are_paged_within_six_queries(
    client: Client, reporter: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    case = Case.objects.create(content="comment", key=KEY, source="report", priority=1, summary="x")
    common: dict[str, Any] = {"content": "comment", "key": KEY, "category": "spam", "text": "x", "case": case}
    Report.objects.bulk_create(Report(reporter=reporter.address, outcome=Outcome.REJECTED, **common) for _ in range(70))
    for _ in range(35):
        made = decide()
        write_entry(made)
        ReasonStatement.objects.create(decision=made, recipient=reporter.address, title="x", rule="4.3")
    for name, first, second in (("own-reports", 30, 30), ("own-statements", 30, 5)):
        with django_assert_max_num_queries(6):
            page = client.get(reverse(name)).content.decode()
        assert page.count('class="panel"') == first
        [following] = re.findall(r'href="(/account/\S+cursor=[^"]+)"', page)
        with django_assert_max_num_queries(6):
            assert client.get(following).content.decode().count('class="panel"') == second
    for path in (
        "/rules",
        "/moderation/log",
        "/report/notice",
        PAGE,
        ReasonStatement.objects.all()[0].get_absolute_url(),
    ):
        with django_assert_max_num_queries(6):
            assert client.get(path).status_code == 200


def test_the_log_is_public_filtered_and_paged(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    assert "Nothing was decided yet" in client.get("/moderation/log").content.decode()
    hidden = decide(category=Category.MALWARE, rule="1.1", confirmed_by="0x" + "2" * 40)
    write_entry(hidden)
    for _ in range(60):
        write_entry(decide())
    write_entry(decide(Action.SHOW, undoes=hidden))
    client.cookies.clear()
    with django_assert_max_num_queries(6):
        page = client.get("/moderation/log?x=1").content.decode()
    assert page.count('class="log-entry"') == 50
    assert "takes back entry 1" in page
    [following] = re.findall(r'href="(/moderation/log\?cursor=[^"]+)"', page)
    older = client.get(following).content.decode()
    assert older.count('class="log-entry"') == 12
    assert "by two moderators" in older
    assert "Rule 1.1" in older
    assert client.get("/moderation/log?category=malware").content.decode().count('class="log-entry"') == 1
    assert client.get("/moderation/log?action=show").content.decode().count('class="log-entry"') == 1
    assert 'id="entry-7"' in client.get("/moderation/log?from=7").content.decode().split("<details>")[0]
    assert "Nothing like this was decided" in client.get("/moderation/log?category=broken").content.decode()
    for odd in ("from=x", "from=99999999999999999999", "action=%00", "category=%27"):
        assert client.get(f"/moderation/log?{odd}").status_code == 200
    assert client.get("/moderation/log?cursor=x").status_code == 400
    assert client.post("/moderation/log").status_code == 405
    for _ in range(30):
        assert client.get("/moderation/log.jsonl").status_code == 200
    assert client.get("/moderation/log.jsonl").status_code == HTTPStatus.TOO_MANY_REQUESTS
    script = client.get("/moderation/log/verify.py")
    assert script["Content-Disposition"] == 'attachment; filename="verify.py"'


def test_programs_report_and_read_the_log(client: Client, reporter: User) -> None:
    body = {"content": "comment", "key": KEY, **FORM}
    sent = client.post("/api/v1/reports", body, content_type="application/json")
    assert sent.status_code == 201
    assert sent.json()["outcome"] == ""
    assert client.post("/api/v1/reports", body, content_type="application/json").json()["id"] == sent.json()["id"]
    for wrong in ({"category": "nonsense"}, {"text": ""}, {"content": "account"}, {"evidence": "javascript:x"}):
        assert client.post("/api/v1/reports", body | wrong, content_type="application/json").status_code == 422
    missing = client.post("/api/v1/reports", body | {"key": "another"}, content_type="application/json")
    assert missing.status_code == 404
    client.logout()
    assert client.post("/api/v1/reports", body, content_type="application/json").status_code == 401
    made = [write_entry(decide()) for _ in range(3)]
    read = client.get("/api/v1/moderation/log?limit=2").json()
    assert [each["hash"] for each in read["items"]] == [made[2].hash, made[1].hash]
    older = client.get("/api/v1/moderation/log", {"limit": 2, "cursor": read["next"]}).json()
    assert ([each["payload"] for each in older["items"]], older["next"]) == ([made[0].payload], "")
    assert len(client.get("/api/v1/moderation/log?until=1&action=hide&category=spam").json()["items"]) == 1


def _pressed(client: Client, key: str) -> int:
    return client.post(f"/report/comment/{key}", FORM).status_code


def _sent(member: User, key: str) -> int:
    try:
        report_content(user=member, content="comment", key=key, said=Said(Category.SPAM, FORM["text"]))
    except TooManyError as error:
        return error.status
    return HTTPStatus.FOUND


def test_a_thousand_posts_by_fifty_wallets_meet_the_limits(client: Client) -> None:
    """One of them presses the button; the page of each refusal, and what stands around it, is the same for all."""
    answers = []
    for wallet in range(50):
        member = User.objects.create(address=f"0x{wallet + 1:040x}")
        if wallet == 0:
            client.force_login(member)
        for place in range(20):
            key = f"many-{wallet}-{place}"
            answers.append(_pressed(client, key) if wallet == 0 else _sent(member, key))
    assert len(answers) == 1_000
    assert answers.count(HTTPStatus.TOO_MANY_REQUESTS) == 500
    assert Report.objects.count() == Case.objects.count() == 500


def test_with_a_hundred_thousand_rows_pages_ask_as_little(
    client: Client, reporter: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    case = Case.objects.create(content="comment", key=KEY, source="report", priority=1, summary="x")
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into marketplace_report (public_id, content, key, title, category, text, evidence, reporter, mail,"
            " is_notice, name, locations, weight, made_at, case_id, outcome) select gen_random_uuid(), 'comment',"
            " n::text, 'x', 'spam', 'x', '', case when n %% 10 = 0 then %s else '0x' || lpad(n::text, 40, '0') end, '',"
            " false, '', '', 100, now(), %s, '' from generate_series(1, 100000) n",
            [reporter.address, case.pk],
        )
        cursor.execute("analyze marketplace_report")
    began = timezone.now()
    for path in ("/account/reports", PAGE):
        with django_assert_max_num_queries(6):
            assert client.get(path).status_code == 200
    assert client.post(PAGE, FORM).status_code == 302
    assert timezone.now() - began < timedelta(seconds=10)
    assert not Appeal.objects.exists()
    assert not LogEntry.objects.exists()
