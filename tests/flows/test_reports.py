"""Reports, notices, statements, appeals and the log in a real browser; and no text of anybody runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from tests import databases, services
from tests.xss import PAYLOADS, WATCH, foreign, ran

from .browsing import COLOUR_RULES, opened, overflow, shoot, small_targets, violations
from .server import running

pytestmark = [pytest.mark.xdist_group("reports"), pytest.mark.long(200)]
LISTING = "timm/resnetv2_50d_gn.ah_in1k"
REPORT = f"/report/listing/{LISTING}"
# What the pages show, by the actions where they take it, else as rows: what a form would refuse is shown as well.
STORY = """
import json
from django.test import Client
from accounts.models import User
from django.utils import timezone
from marketplace.ground.cases import Case, PendingDecision, Source
from marketplace.ground.decisions import Category, ModerationDecision
from marketplace.ground.log import write_entry
from marketplace.reports.models import Appeal, ReasonStatement, Report
from marketplace.reports.outcomes import tell_outcome
from marketplace.reports.reporting import Said, report_content
from tests.moderators import make_moderator
from tests.xss import PAYLOADS

def cookie(user):
    client = Client()
    client.force_login(user)
    [(name, morsel)] = client.cookies.items()
    return {"name": name, "value": morsel.value}

LISTING = "timm/resnetv2_50d_gn.ah_in1k"
from accounts.legal.documents import label
member, moderator = User.objects.create(address="0x" + "b" * 40), make_moderator()
hostile = User.objects.create(address="0x" + "c" * 40)

User.objects.update(accepted=label())

def decide(action="hide", category="spam", **given):
    values = {"content": "listing", "key": LISTING, "reason": "It is not what it says.", "moderator": moderator.address}
    return ModerationDecision.objects.create(**values, action=action, category=category, rule="2.2", **given)

def state(decision, who, **given):
    values = {"title": LISTING, "path": f"/models/{LISTING}", "rule": "2.2", "was_reported": True}
    return ReasonStatement.objects.create(decision=decision, recipient=who.address, **(values | given))

report_content(user=member, content="listing", key="timm/resnet50.a1_in1k", said=Said(Category.SPAM, "It is spam."))
sent = report_content(user=member, content="listing", key="timm/resnet18.a1_in1k", said=Said(Category.BROKEN, "Gone."))
first = decide()
write_entry(first)
tell_outcome(sent.case, first)
mine = state(first, member)
write_entry(decide("show", "", undoes=first))
write_entry(decide("pause", "unlawful", confirmed_by="0x" + "2" * 40))

case = Case.objects.create(content="listing", key=LISTING, source=Source.REPORT, priority=1, summary="x")
given = {"content": "listing", "key": LISTING, "category": "spam", "case": case}
Report.objects.bulk_create(
    Report(reporter=hostile.address, text=text, title=text[:200], evidence=text[:500], name=text[:120], locations=text,
           outcome="rejected", **given)
    for text in PAYLOADS
)
statements = []
for text in PAYLOADS[::8]:
    about = {"content": "listing", "key": text[:193]}
    made = {"action": "hide", "category": "other", "reason": text[:2000], "moderator": "0x" + "3" * 40}
    decision = ModerationDecision.objects.create(**about, **made)
    write_entry(decision)
    made = state(decision, hostile, title=text[:200], path="/", facts=text)
    appealed = Case.objects.create(source="appeal", priority=1, summary="x", appealed=decision, **about)
    Appeal.objects.create(statement=made, text=text, case=appealed)
    statements.append(made.get_absolute_url())
judged = []
for at in range(0, len(PAYLOADS), 20):
    text = " ".join(PAYLOADS[at : at + 20])[:2000]
    about = {"content": "listing", "key": LISTING}
    closed = Case.objects.create(source="moderator", priority=1, summary=text[:200], title=text[:200],
                                 closed_at=timezone.now(), **about)
    made = {"action": "nothing", "reason": text, "moderator": "0x" + "3" * 40}
    write_entry(ModerationDecision.objects.create(case=closed, **about, **made))
    person = {"content": "account", "key": f"0x{at:040x}"}
    waiting = Case.objects.create(source="report", priority=1, summary=text[:200], **person)
    made = {"action": "pause", "category": "spam", "reason": text, "asked_by": "0x" + "3" * 40}
    waiting.pending = PendingDecision.objects.create(case=waiting, scopes=["writing"], days=3, **made)
    waiting.save()
    judged += [closed.pk, waiting.pk]
print("STORY" + json.dumps({
    "judged": judged,
    "member": cookie(member), "moderator": cookie(moderator), "hostile": cookie(hostile), "case": case.pk,
    "statement": mine.get_absolute_url(), "statements": statements,
}))
"""


@pytest.fixture(scope="module")
def told(catalogue_database: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A database with the story, and what the tests have to know of it."""
    with databases.copied(catalogue_database, f"reports_{services.WORKER}") as name:
        environment = {**os.environ, "DATABASE_URL": databases.url(name)}
        command = [sys.executable, "manage.py", "shell", "-c", STORY]
        done = subprocess.run(command, env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        [line] = [each for each in done.stdout.splitlines() if each.startswith("STORY")]
        yield databases.url(name), json.loads(line.removeprefix("STORY"))


@pytest.fixture(scope="module")
def site(told: tuple[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("reports"), DATABASE_URL=told[0]) as address:
        yield address


@pytest.fixture(scope="module")
def story(told: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return told[1]


def sign_in(page: Page, site: str, cookie: dict[str, str]) -> None:
    page.context.add_cookies([{**cookie, "url": site}])  # type: ignore[typeddict-item]


def good(page: Page, name: str) -> None:
    """The page is accessible in both themes, and fits a phone."""
    assert page.locator("h1").count() == 1
    assert violations(page) == []
    shoot(page, f"{name}-light")
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOUR_RULES) == []
    shoot(page, f"{name}-dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 360, "height": 780})
    assert overflow(page) <= 0
    assert small_targets(page) == []
    shoot(page, f"{name}-phone")
    page.set_viewport_size({"width": 1440, "height": 900})


def test_what_anybody_may_read_and_fill_in(browser: Browser, site: str) -> None:
    with opened(browser, site) as (page, guard):
        for name, path in (("rules", "/rules#rule-2.3"), ("log", "/moderation/log"), ("notice", "/report/notice")):
            page.goto(path)
            good(page, f"reports-{name}")
        page.goto("/moderation/log")
        page.locator("details summary").first.click()
        good(page, "reports-log-open")
        page.goto(REPORT)
        good(page, "reports-form-mail")
        guard.expected = ("422",)
        page.get_by_role("button", name="Send the report").click()
        expect(page.locator(".error")).to_have_count(3)
        good(page, "reports-form-refused")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_report_by_keyboard_alone_with_and_without_scripts(
    browser: Browser, site: str, story: dict[str, Any], scripts: bool
) -> None:
    with opened(browser, site, java_script_enabled=scripts) as (page, _):
        sign_in(page, site, story["member"])
        page.goto(f"/models/{LISTING}")
        page.get_by_role("link", name="Report this model").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{REPORT}")
        page.get_by_label("What is wrong").focus()
        page.keyboard.press("d")  # Deceptive
        page.keyboard.press("Tab")
        page.keyboard.type("It is another model than the card says.")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/account/reports#report-*")
        expect(page.locator(".cases-told li", has_text="It is another model")).to_contain_text("Waits for a moderator")


def test_ones_own_reports_statement_and_appeal(browser: Browser, site: str, story: dict[str, Any]) -> None:
    with opened(browser, site) as (page, _):
        sign_in(page, site, story["member"])
        page.goto("/account/reports")
        expect(page.locator(".cases-told")).to_contain_text("Upheld")
        good(page, "reports-own")
        page.goto("/account/statements")
        good(page, "reports-statements")
        page.goto(story["statement"])
        expect(page.locator("dl")).to_contain_text("2.2 Say what it is")
        good(page, "reports-statement")
        page.get_by_label("Why the decision is wrong").fill("The card names the model, in its second line.")
        page.get_by_role("button", name="Appeal").click()
        expect(page.locator("#appeal")).to_contain_text("Waits for a moderator")
        good(page, "reports-appealed")
        page.get_by_role("link", name="Entry 1").click()
        expect(page.locator("#entry-1")).to_contain_text("Listing: Hidden")


def test_no_text_of_anybody_runs(browser: Browser, site: str, story: dict[str, Any]) -> None:
    with opened(browser, site, bypass_csp=True) as (page, guard):
        guard.expected = ("",)
        page.context.add_init_script(WATCH)
        seen = 0
        for who, path in (("hostile", "/account/reports"), ("moderator", f"/moderation/cases/{story['case']}/reports")):
            sign_in(page, site, story[who])
            page.goto(path)
            while True:
                seen += page.locator(".cases-told > li").count()
                assert ran(page) == []
                assert foreign(page, ".cases-told .told-text, .cases-told .case-head, .evidence") == []
                following = page.locator('a[rel="next"]')
                if not following.count():
                    break
                following.click()
                page.wait_for_load_state()
        assert seen >= 2 * len(PAYLOADS)
        sign_in(page, site, story["hostile"])
        for path in (*story["statements"], "/account/statements", "/moderation/log"):
            page.goto(path)
            assert ran(page) == []
            assert foreign(page, ".statement dl, #appeal .told-text, .cases-told .case-head, .log-entry code") == []


def test_hostile_forms_come_back_as_they_were(browser: Browser, site: str, story: dict[str, Any]) -> None:
    with opened(browser, site, bypass_csp=True) as (page, guard):
        guard.expected = ("",)
        page.context.add_init_script(WATCH)
        for text in PAYLOADS[::10]:
            page.goto("/report/notice")
            for label in ("Where it is", "Why it is unlawful", "Link to evidence", "Your name", "Your mail address"):
                page.get_by_label(label).fill(text.replace("\n", " "))
            page.get_by_role("button", name="Send the notice").click()
            expect(page.locator(".error").first).to_be_visible()
            assert ran(page) == []


def test_no_reason_of_a_moderator_runs(browser: Browser, site: str, story: dict[str, Any]) -> None:
    with opened(browser, site, bypass_csp=True) as (page, guard):
        guard.expected = ("",)
        page.context.add_init_script(WATCH)
        sign_in(page, site, story["moderator"])
        shown = ".console .middle, .console .effects, .console blockquote, .console .decide > p"
        for pk in story["judged"]:
            page.goto(f"/moderation/cases/{pk}", wait_until="load")
            expect(page.get_by_role("link", name="History, the author’s record and similar cases")).to_have_count(0)
            assert ran(page) == []
            assert [each for each in foreign(page, f"{shown}, #background") if "alert(" in each] == []


def test_no_preview_runs(browser: Browser, site: str, story: dict[str, Any]) -> None:
    with opened(browser, site, bypass_csp=True) as (page, guard):
        guard.expected = ("",)
        page.context.add_init_script(WATCH)
        sign_in(page, site, story["hostile"])
        for at in range(0, len(PAYLOADS), 20):
            text = "\n\n".join(PAYLOADS[at : at + 20]).replace("\0", "")
            page.goto("/models/openai/gpt-oss-120b/discussion")
            page.get_by_label("Your comment").fill(text)
            page.get_by_role("button", name="Preview").click()
            expect(page.locator("#preview .prose")).to_be_visible()
            assert ran(page) == []
            assert foreign(page, "#preview .prose") == []
            page.goto("/account/profile")
            page.get_by_label("Name").fill(PAYLOADS[at].replace("\0", "")[:40])
            page.get_by_label("About you").fill(text[:2000])
            page.get_by_role("button", name="Preview").click()
            expect(page.locator("#profile-form .prose")).not_to_be_empty()
            assert ran(page) == []
            assert foreign(page, "#profile-form .prose") == []
