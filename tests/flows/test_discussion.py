"""People talk about a model in real browsers: they write, answer, mention, edit, delete; the owner leads; a moderator
takes out; and nothing that anybody writes runs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from tests.xss import PAYLOADS, WATCH, foreign, ran

from .browsing import COLOUR_RULES, opened, overflow, shoot, small_targets, violations
from .test_sign_in import connect, node, signed_in  # noqa: F401  fixtures
from .wallet import TestWallet

pytestmark = [pytest.mark.xdist_group("visits"), pytest.mark.long(180)]
OWNER, MODEL = "BAAI", "bge-m3"
PAGE = f"/models/{OWNER}/{MODEL}/discussion"
OWNED = """update accounts_account set is_reserved = false, user_id =
  (select id from accounts_user where address = lower(%s)) where name = %s"""
FREED = "update accounts_account set is_reserved = true, user_id = null where name = %s"
FILLED = """insert into marketplace_comment
  (public_id, discussion_id, author, text, once, replies, written_at)
  values (%s, %s, '0x' || repeat('ab', 20), %s, %s, 0, now())"""
TAKE_OUT = """
from django.db import transaction
from marketplace.ground.contents import kind_of
from marketplace.ground.decisions import ModerationDecision
with transaction.atomic():
    said = dict(content="comment", key="{key}", category="spam", reason="The same everywhere.")
    decision = ModerationDecision.objects.create(action="hide", moderator="0x" + "0" * 40, **said)
    kind_of("comment").lock("{key}")
    kind_of("comment").mark("{key}", decision)
"""
ODD = "\u202eesrever\u202c \u2066iso\u2069 zero\u200bwidth " + "Z" + "\u0351\u0357\u0310" * 60 + " العربية עברית 👩‍👩‍👧"


@contextmanager
def person(browser: Browser, site: str, node: str, width: int = 1440) -> Iterator[tuple[Page, str]]:  # noqa: F811
    """Give a page on which somebody has signed in, and who."""
    with opened(browser, site, width=width, color_scheme="light") as (page, _):
        wallet = TestWallet(page, node)
        page.goto(PAGE)
        connect(page)
        signed_in(page, wallet.address)
        yield page, wallet.address


@pytest.fixture
def database(catalogue: str) -> Iterator[psycopg.Connection]:
    """The site's database, which is left as it was found."""
    with psycopg.connect(catalogue, autocommit=True) as connection:
        yield connection
        connection.execute("update marketplace_discussion set pinned_id = null")
        connection.execute("delete from marketplace_commentedition")
        connection.execute("delete from marketplace_comment where root_id is not null")
        connection.execute("delete from marketplace_comment")
        connection.execute("delete from marketplace_discussion")
        connection.execute("update marketplace_listing set comments = 0 where comments > 0")
        connection.execute(FREED, [OWNER])


def write(page: Page, text: str, label: str = "Your comment", button: str = "Comment") -> None:
    page.get_by_label(label).fill(text)
    page.get_by_role("button", name=button, exact=True).click()


def key_of(page: Page, text: str) -> str:
    found = page.locator("#discussion .threads article", has_text=text).first.get_attribute("id")
    assert found
    return found.removeprefix("c-")


def manage(catalogue: str, code: str) -> None:
    variables = {**os.environ, "DATABASE_URL": catalogue}
    command = [sys.executable, "manage.py", "shell", "-c", code]
    subprocess.run(command, env=variables, cwd=settings.BASE_DIR, check=True, capture_output=True)


def test_people_talk_about_a_model(
    browser: Browser,
    site: str,
    node: str,  # noqa: F811
    database: psycopg.Connection,
    catalogue: str,
) -> None:
    with person(browser, site, node) as (page, author), person(browser, site, node, 360) as (phone, owner):
        database.execute(OWNED, [owner, OWNER])
        expect(page.get_by_text("Nothing was said yet")).to_be_visible()
        assert violations(page) == []
        shoot(page, "discussion-empty")

        # The preview keeps nothing; what is sent stands on the page, and on others that are open, by itself.
        phone.reload()
        page.get_by_label("Your comment").fill("Does it read **Dutch**?\n\n- legal texts\n- `code`")
        page.get_by_role("button", name="Preview").click()
        expect(page.locator("#preview strong")).to_have_text("Dutch")
        page.get_by_role("button", name="Comment", exact=True).click()
        expect(page.locator("#discussion .threads strong")).to_have_text("Dutch")
        expect(page.get_by_label("Your comment")).to_have_value("")
        expect(phone.locator("#discussion .threads strong")).to_have_text("Dutch")

        # The owner answers in place, on a phone, and mentions who asked.
        phone.get_by_role("link", name="Reply").click()
        write(phone, f"It does, @{author}. {ODD}", "Your reply", "Reply")
        phone.wait_for_url("**/comments/*")
        expect(phone.locator("article", has_text="It does").get_by_text("Publisher")).to_be_visible()
        assert overflow(phone) <= 0
        assert small_targets(phone) == []
        assert violations(phone) == []
        shoot(phone, "comment-360")
        expect(page.locator(".replies article", has_text="It does")).to_be_visible()
        expect(page.locator(".replies").get_by_role("link", name=f"@{author}")).to_be_visible()

        # Who was answered is told of it, and mentions the owner in an edit.
        page.goto("/account/notifications")
        expect(page.get_by_text(f"replied to you about {OWNER}/{MODEL}")).to_be_visible()
        page.goto(PAGE)
        page.locator(".thread > article").get_by_role("link", name="Edit").click()
        page.get_by_label("Your comment").fill(f"Does it read Dutch, @{OWNER}?")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("link", name="edited").click()
        expect(page.locator(".said-before strong")).to_have_text("Dutch")
        assert violations(page) == []
        shoot(page, "comment-history")
        phone.goto("/account/notifications")
        expect(phone.get_by_text(f"wrote about {OWNER}/{MODEL}, which is yours")).to_be_visible()

        # The owner pins and locks; while it is locked nobody else writes.
        phone.goto(PAGE)
        phone.locator(".replies").get_by_role("button", name="Pin as the answer").click()
        expect(phone.get_by_role("heading", name="Pinned answer")).to_be_visible()
        phone.get_by_role("button", name="Lock the discussion").click()
        expect(phone.get_by_text("Locked since")).to_be_visible()
        assert overflow(phone) <= 0
        assert small_targets(phone) == []
        shoot(phone, "discussion-360")
        page.goto(PAGE)
        expect(page.get_by_text("Locked since")).to_be_visible()
        expect(page.get_by_label("Your comment")).to_have_count(0)
        phone.get_by_role("button", name="Open it again").click()
        expect(phone.get_by_text("Locked since")).to_have_count(0)

        # By keyboard alone; deleted, and taken back.
        page.reload()
        page.get_by_label("Your comment").focus()
        page.keyboard.type(f"A mistake, @{OWNER}")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".thread", has_text="A mistake")).to_be_visible()
        phone.goto("/account/notifications")
        expect(phone.get_by_text(f"mentioned you in the discussion of {OWNER}/{MODEL}")).to_be_visible()
        mistake = page.locator(".thread", has_text="A mistake")
        mistake.get_by_role("button", name="Delete").click()
        expect(page.get_by_text("Deleted by its author.")).to_be_visible()
        shoot(page, "comment-deleted")
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("A mistake")).to_be_visible()

        # What a moderator takes out leaves a word in its place.
        page.goto(PAGE)
        manage(catalogue, TAKE_OUT.format(key=key_of(page, "A mistake")))
        page.reload()
        expect(page.get_by_text("Taken out by a moderator: Spam.")).to_be_visible()
        expect(page.get_by_text("A mistake")).to_have_count(0)
        assert violations(page) == []
        shoot(page, "discussion-light")
        page.emulate_media(color_scheme="dark")
        assert violations(page, COLOUR_RULES) == []
        shoot(page, "discussion-dark")

        # Followed since it was written in; the model as well, by one button.
        page.goto(f"/models/{OWNER}/{MODEL}")
        expect(page.locator(".tabs").get_by_role("link", name="Discussion 2")).to_be_visible()
        page.get_by_role("button", name="Follow", exact=True).click()
        expect(page.get_by_role("button", name="Following")).to_be_visible()
        page.goto("/account/following")
        expect(page.get_by_role("button", name="Stop following")).to_have_count(2)
        assert violations(page) == []
        shoot(page, "following")


def test_nothing_that_is_written_runs(browser: Browser, site: str, database: psycopg.Connection) -> None:
    assert len(PAYLOADS) >= 300
    (about,) = database.execute(
        "insert into marketplace_discussion (subject, key, comments, pinned_by, locked_by, begun_at)"
        " values ('listing', %s, 400, '', '', now()) returning id",
        [f"{OWNER}/{MODEL}"],
    ).fetchone() or (0,)
    size = 25
    parts = ["\n\n".join(PAYLOADS[at : at + size]) for at in range(0, len(PAYLOADS), size)]
    for number, text in enumerate([*parts, ODD]):
        database.execute(FILLED, [f"{number:024x}", about, text, str(number)])
    with opened(browser, site, bypass_csp=True) as (page, guard):
        guard.expected = ("console", "page error")
        page.context.add_init_script(WATCH)
        for address in (f"{PAGE}?sort=oldest", PAGE, "/comments/" + f"{0:024x}"):
            page.goto(address)
            page.wait_for_load_state("networkidle")
            assert page.locator("article .prose").count() > 0
            assert ran(page) == []
            assert foreign(page, "article .prose") == []
        page.goto(PAGE)
        assert page.locator("article").count() == min(20, len(parts) + 1)
        assert overflow(page) <= 0


def test_it_works_without_a_script(browser: Browser, site: str, database: psycopg.Connection) -> None:
    with opened(browser, site, java_script_enabled=False) as (page, _):
        page.goto("/models/openai/gpt-oss-120b/discussion")
        expect(page.get_by_text("Nothing was said yet")).to_be_visible()
        page.get_by_role("link", name="Sign in with your wallet").click()
        page.wait_for_url("**/sign-in**")
