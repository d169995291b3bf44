"""A dispute's page, what is sent from it, and its files: for the parties and moderators alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from accounts.models import User
from marketplace.files.cids import cid_of
from marketplace.files.models import MOST_BYTES, StoredFile
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.returns.statements import Attachment, Statement
from tests.marketplace.files.test_images import HOSTILE, SECRET, exif, opened, picture
from tests.marketplace.returns.story import MODERATOR, bought, disputed, rule
from tests.marketplace.shop import BUYER, OTHER, SELLER, Shop
from tests.moderators import make_moderator

LOG = b"10:04 asked in English, answered in French\n"
HTMX = {"HX-Request": "true", "HX-Target": "div#dispute", "HX-Request-Type": "partial"}
PROGRAM = {"Accept": "application/json"}


def window(shop: Shop, who: int, **options: Any) -> Browser:
    """Return somebody's browser."""
    made = Browser(**options)
    made.force_login(User.objects.get_or_create(address=shop.address(who))[0])
    return made


def file(name: str = "run.log", content: bytes = LOG, kind: str = "text/plain") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


def say(browser: Browser, made: PurchaseReturn, headers: Any = None, **fields: Any) -> Any:
    return browser.post(f"/disputes/{made.receipt}/say", {"do": "send", "once": "a", **fields}, headers=headers)


def page(browser: Browser, made: PurchaseReturn) -> str:
    return browser.get(f"/disputes/{made.receipt}").content.decode()


def test_an_answer_with_files_is_read_by_the_parties_and_moderators_alone(shop: Shop) -> None:
    made = disputed(shop, bought(shop, referrer=shop.address(OTHER)))
    make_moderator(shop.address(OTHER))  # a moderator who earns by the sale
    seller = window(shop, SELLER)
    answer = say(seller, made, text="It <b>does</b> here.", file=[file(), file("ש\u202egnp.shot.png", picture())])
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/disputes/{made.receipt}#said-{Statement.objects.get().pk}",
    )
    address = f"/disputes/{made.receipt}/files/{cid_of(LOG)}"
    for who, status in ((BUYER, 200), (SELLER, 200), (MODERATOR, 200), (OTHER, 404), (5, 404)):
        browser = window(shop, who)
        given = browser.get(address)
        assert given.status_code == status, who
        shown = page(browser, made)
        assert ("It &lt;b&gt;does&lt;/b&gt; here." in shown) == (status == 200)
        assert "\u202e" not in shown
        if status == 200:
            assert given.content == LOG
            assert given["Content-Type"] == "text/plain; charset=utf-8"
            assert given["Content-Disposition"] == 'attachment; filename="run.log.txt"'
            assert "sandbox" in given["Content-Security-Policy"]
            assert given["X-Content-Type-Options"] == "nosniff"
            assert given["Cache-Control"] == "private, no-store"
        assert browser.post(address).status_code == 405
    assert Browser().get(address).status_code == 404
    other = disputed(shop, bought(shop))
    assert seller.get(f"/disputes/{other.receipt}/files/{cid_of(LOG)}").status_code == 404


def test_an_image_is_given_without_what_came_with_it(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    seller = window(shop, SELLER)
    say(seller, made, file=file("shot.jpg", picture("JPEG", exif=exif()) + HOSTILE["html"]))
    stored = StoredFile.objects.get()
    given = seller.get(f"/disputes/{made.receipt}/files/{stored.cid}")
    assert (given["Content-Type"], opened(given.content).size) == ("image/jpeg", (30, 40))
    assert SECRET not in given.content
    assert HOSTILE["html"] not in given.content


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("a.svg", HOSTILE["svg"], 415, "file-kind"),
        ("a.html", HOSTILE["html"], 415, "file-kind"),
        ("a.png", HOSTILE["svg"], 422, "not-an-image"),
        ("a.png", HOSTILE["html"], 422, "not-an-image"),
        ("a.gif", HOSTILE["html behind a gif's mark"], 422, "not-an-image"),
        ("a.txt", b"a\0b", 422, "not-a-text"),
        ("a.txt", b"", 422, "file-missing"),
        ("a.txt", b"a" * (MOST_BYTES + 1), 413, "file-too-large"),
    ],
)
def test_a_refused_file_leaves_what_was_written_and_attached(
    shop: Shop, name: str, content: bytes, status: int, code: str
) -> None:
    made = disputed(shop, bought(shop))
    seller = window(shop, SELLER)
    say(seller, made, do="attach", file=file())
    refused = {"text": "I was writing <this>.", "do": "attach"}
    answer = say(seller, made, **refused, file=file(name, content, "image/png"))
    assert answer.status_code == status
    shown = answer.content.decode()
    assert "I was writing &lt;this&gt;.</textarea>" in shown
    assert "run.log.txt" in shown
    assert 'role="alert"' in shown
    fragment = say(seller, made, HTMX, **refused, file=file(name, content))
    assert (fragment.status_code, "<html" in fragment.content.decode()) == (422, False)
    problem = say(seller, made, PROGRAM, **refused, file=file(name, content))
    assert (problem.status_code, problem.json()["code"]) == (status, code)
    assert Attachment.objects.count() == 1
    assert not Statement.objects.exists()


def test_a_chosen_file_is_taken_off_and_the_text_stays(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    seller = window(shop, SELLER)
    attached = say(seller, made, PROGRAM, do="attach", file=file())
    assert (attached.status_code, attached.json()) == (201, {"files": [cid_of(LOG)]})
    assert "run.log.txt" in page(seller, made)
    assert "run.log.txt" not in page(window(shop, BUYER), made)
    answer = say(seller, made, text="Still here.", off=cid_of(LOG))
    assert "Still here.</textarea>" in answer.content.decode()
    assert not StoredFile.objects.exists()


def test_pressing_twice_sends_once_and_a_new_form_sends_again(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    seller = window(shop, SELLER)
    once = re.search(r'name="once" value="(\w+)"', page(seller, made))
    assert once
    for _ in range(2):
        assert say(seller, made, text="It works.", once=once[1], file=file()).status_code == 302
    assert Statement.objects.count() == 1
    assert once[1] not in page(seller, made)


def test_nothing_is_sent_as_somebody_else(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    browser = window(shop, BUYER)
    written = {"text": "I am the buyer.", "as": shop.address(BUYER)}
    browser.force_login(User.objects.get(address=shop.address(SELLER)))  # in another tab
    changed = say(browser, made, **written)
    assert changed.status_code == 409
    assert "I am the buyer." in changed.content.decode()
    assert say(browser, made, PROGRAM, **written).json()["code"] == "other-account"
    browser.logout()
    assert say(browser, made, PROGRAM, **written).json()["code"] == "not-signed-in"
    assert say(browser, made, HTMX, **written)["HX-Redirect"].startswith("/sign-in")
    assert say(window(shop, 5), made, text="Me too.").status_code == 404
    assert not Statement.objects.exists()
    strict = window(shop, SELLER, enforce_csrf_checks=True)
    assert say(strict, made, text="Forged.", file=file()).status_code == 403
    assert not StoredFile.objects.exists()


def test_the_address_that_takes_messages_leads_back_to_the_page(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    assert window(shop, BUYER).get(f"/disputes/{made.receipt}/say")["Location"] == f"/disputes/{made.receipt}"


def test_what_comes_too_late_is_given_back(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    rule(shop, made, for_buyer=True)
    seller = window(shop, SELLER)
    late = say(seller, made, text="But it works.", file=file())
    assert late.status_code == 409
    assert "But it works.</textarea>" in late.content.decode()
    assert 'action="/disputes/' not in page(seller, made)
    assert "Withdraw it" not in page(seller, made)
    assert "Withdraw it" in page(window(shop, BUYER), made)


def test_the_page_says_the_deadline_first_then_what_was_said_then_what_to_do(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    # The buyer has spoken, and need not do anything.
    for who, lit in ((BUYER, []), (SELLER, ["Send your answer"]), (MODERATOR, ["Rule"])):
        shown = page(window(shop, who), made)
        main = shown[shown.index("<main") :]
        places = [main.index(text) for text in ("days left", "If nobody rules", "What each side said", 'id="say"')]
        assert places == sorted(places)
        assert re.findall(r'<button class="btn[^"]*\bact\b[^>]*>\s*([\w ]+?)\s*<', main) == lit


def test_a_page_takes_as_many_queries_for_many_statements(shop: Shop, django_assert_max_num_queries: Any) -> None:
    made = disputed(shop, bought(shop))
    seller, counted = window(shop, SELLER), []
    for number in range(3):
        say(seller, made, text=f"Reason {number}.", file=file(content=b"log %d" % number), once=str(number))
        with django_assert_max_num_queries(20) as queries:
            assert page(seller, made).count("log.txt</bdi>") == number + 1
        counted.append(len(queries))
        assert not any('"content"' in each["sql"] and "storedfile" in each["sql"] for each in queries)
    assert len(set(counted)) == 1
