"""The wizard's pages: each step reads, keeps what is typed, and says what stands in the way of nothing."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, User
from marketplace.publish import actions
from marketplace.publish.models import Draft
from marketplace.publish.publishing import mark_sent
from marketplace.publish.wizard import STEPS
from tests.factories.marketplace import listing as make_listing
from tests.marketplace.publish.conftest import Newcomer
from tests.marketplace.shop import Shop

ADDRESS = "0x" + "5" * 40
MOST_QUERIES = 8
TOML = """schema = 1
[model]
name = "tiny-haiku"
version = "1.0.0"
summary = "Writes haiku."
[[plans]]
kind = "pass"
price = "0.02"
currency = "ETH"
"""


@pytest.fixture
def seller(shop: Shop) -> User:
    return User.objects.create(address=ADDRESS)


@pytest.fixture
def browser(seller: User) -> Browser:
    made = Browser()
    made.force_login(seller)
    return made


@pytest.fixture
def draft(seller: User) -> Draft:
    return actions.create_draft(user=seller)


def at(draft: Draft, rest: str = "") -> str:
    return f"/sell/drafts/{draft.pk}/{rest}"


def save(browser: Browser, draft: Draft, step: str, **fields: tuple[str, str]) -> dict[str, Any]:
    """Save as our script does: each field with what it was, and what it is."""
    said = {name: {"was": was, "now": now} for name, (was, now) in fields.items()}
    answer = browser.post(
        at(draft, f"{step}/save"), {"fields": json.dumps(said)}, headers={"accept": "application/json"}
    )
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


@pytest.mark.parametrize("step", STEPS)
def test_each_step_reads_with_few_queries(browser: Browser, draft: Draft, step: str) -> None:
    browser.get(at(draft, step))
    with CaptureQueriesContext(connection) as queries:
        page = browser.get(at(draft, step))
    assert page.status_code == 200
    assert str(STEPS[step]) in page.content.decode()
    assert len(queries) <= MOST_QUERIES, list(queries)


@pytest.mark.parametrize("step", STEPS)
def test_a_whole_draft_that_waits_for_the_chain_reads_with_few_queries(newcomer: Newcomer, step: str) -> None:
    make_listing("acme/tiny-chat")  # a look-alike
    newcomer.say(adapted_from={"parent": "corner/chat", "royalty": "1"})
    newcomer.prepare()
    mark_sent(user=newcomer.user, draft_id=newcomer.draft.pk, tx_hash="0x" + "ab" * 32)
    asked = asking(newcomer.user, newcomer.draft, step)
    assert len(asked) <= MOST_QUERIES, "\n".join(asked)


@pytest.mark.parametrize("step", STEPS)
def test_a_new_version_reads_with_few_queries(newcomer: Newcomer, step: str) -> None:
    newcomer.list()
    assert newcomer.settle() == 1
    draft = actions.draft_of_listing(user=newcomer.user, owner="newcomer", name="tiny-chat")
    again = Newcomer(newcomer.shop, newcomer.user, draft)
    again.model(version="1.1.0", changelog="It says longer things.")
    assert again.standing.is_ready, again.standing.found.problems
    again.list()
    newcomer.shop.index()
    asked = asking(newcomer.user, draft, step)
    assert len(asked) <= MOST_QUERIES, "\n".join(asked)


def asking(user: User, draft: Draft, step: str) -> list[str]:
    """Return the queries of a step's page, opened for the first time."""
    made = Browser()
    made.force_login(user)
    with CaptureQueriesContext(connection) as queries:
        page = made.get(at(draft, step))
    assert page.status_code == 200
    return [query["sql"][:300] for query in queries]


def test_one_begins_with_files_a_toml_or_nothing_and_goes_on_where_something_is_left(browser: Browser) -> None:
    assert "What do you have?" in browser.get("/sell/new").content.decode()
    begun = browser.post("/sell/new", {"as": "files"})
    assert begun["Location"].endswith("/name")
    read = browser.post("/sell/new", {"as": "manifest", "toml": TOML})
    assert read.status_code == 302, read.content.decode()
    made = Draft.objects.get(pk=read["Location"].split("/")[3])
    assert made.manifest["model"]["summary"] == "Writes haiku."
    assert browser.get(at(made)).status_code == 302
    listed = browser.get("/sell/drafts/").content.decode()
    assert "tiny-haiku" in listed
    assert "Unnamed" in listed


def test_a_toml_with_faults_names_their_lines_and_keeps_what_was_typed(browser: Browser) -> None:
    refused = browser.post(
        "/sell/new", {"as": "manifest", "toml": TOML.replace('"0.02"', "0.02").replace("kind", "kynd")}
    )
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Line 7" in page
    assert "tiny-haiku" in page
    assert not Draft.objects.exists()


def test_what_is_typed_is_kept_field_by_field(browser: Browser, draft: Draft) -> None:
    told = save(browser, draft, "card", summary=("", "Writes haiku."), languages=("", "eng, deu"))
    assert told["conflicts"] == []
    assert told["values"]["languages"] == "eng, deu"
    assert "Writes haiku." in told["parts"]["seen"]
    draft.refresh_from_db()
    assert draft.manifest["model"] == {"summary": "Writes haiku.", "languages": ["eng", "deu"]}


def test_two_devices_change_different_fields_and_are_told_of_the_same(browser: Browser, draft: Draft) -> None:
    save(browser, draft, "card", summary=("", "Theirs."))
    told = save(browser, draft, "card", summary=("", "Mine."), training=("", "On haiku."))
    assert told["conflicts"] == [{"name": "summary", "theirs": "Theirs."}]
    draft.refresh_from_db()
    assert draft.manifest["model"] == {"summary": "Theirs.", "training": "On haiku."}
    assert save(browser, draft, "card", summary=("Theirs.", "Mine."))["conflicts"] == []
    draft.refresh_from_db()
    assert draft.manifest["model"]["summary"] == "Mine."


def test_half_a_price_is_kept_and_told(browser: Browser, draft: Draft) -> None:
    told = save(browser, draft, "price", pass_price=("", "0."))
    assert told["faults"]["pass_price"]
    draft.refresh_from_db()
    assert draft.manifest["plans"] == [{"kind": "pass", "price": "0.", "currency": "ETH"}]
    told = save(browser, draft, "price", pass_price=("0.", "0.02"))
    assert "pass_price" not in told["faults"]
    assert "0.0195 ETH" in told["parts"]["said"]
    assert "0.02" in told["parts"]["seen"]


def test_without_script_a_form_is_kept_whole_and_a_conflict_shows_both(browser: Browser, draft: Draft) -> None:
    form = {"summary": "One.", "was-summary": "", "task": "translation", "was-task": "", "then": "price"}
    kept = browser.post(at(draft, "card/save"), form)
    assert kept["Location"] == at(draft, "price")
    again = browser.post(at(draft, "card/save"), form | {"summary": "Two."})
    assert again.status_code == 409
    page = again.content.decode()
    assert "One." in page
    assert "Two." in page
    draft.refresh_from_db()
    assert draft.manifest["model"] == {"summary": "One.", "task": "translation"}
    shares = {"recipient": ["0x12", ""], "percent": ["7", ""], "was-splits": "", "mode": "gated", "was-mode": "open"}
    browser.post(at(draft, "price/save"), shares)
    draft.refresh_from_db()
    assert draft.manifest["splits"] == [{"address": "0x12", "percent": "7"}]
    assert draft.manifest["access"] == {"mode": "gated"}


def test_the_name_of_a_seller_is_chosen_once_and_said_while_typed(browser: Browser, seller: User, draft: Draft) -> None:
    assert "is free" in browser.get(at(draft, "names"), {"owner": "haiku-house"}).content.decode()
    assert "corner" in browser.get(at(draft, "names"), {"owner": "corner"}).content.decode()
    refused = browser.post(at(draft, "owner"), {"owner": "corner"})
    assert refused.status_code == 422
    browser.post(at(draft, "owner"), {"owner": "haiku-house"})
    assert Account.objects.get(user=seller).name == "haiku-house"
    told = save(browser, draft, "name", name=("", "chat"))
    assert "haiku-house/chat is free" in told["parts"]["said"]
    assert "corner/chat" in told["parts"]["said"]  # it could be taken for that one


def test_a_draft_is_read_by_its_link_alone(browser: Browser, draft: Draft) -> None:
    save(browser, draft, "card", summary=("", "Writes haiku."), text=("", "# Hello <script>x</script>"))
    browser.post(at(draft, "share"), {"shared": "yes"})
    draft.refresh_from_db()
    stranger = Browser()
    page = stranger.get(f"/sell/drafts/shared/{draft.share_key}")
    assert page.status_code == 200
    assert "Writes haiku." in page.content.decode()
    assert "<script>x" not in page.content.decode()
    assert stranger.get(at(draft, "card")).status_code == 302
    browser.post(at(draft, "share"), {"shared": "no"})
    assert stranger.get(f"/sell/drafts/shared/{draft.share_key}").status_code == 404


def test_strangers_get_nothing_and_odd_requests_are_refused(browser: Browser, draft: Draft) -> None:
    other = Browser()
    other.force_login(User.objects.create(address="0x" + "6" * 40))
    for rest in ("card", "citrate.toml", "names"):
        assert other.get(at(draft, rest)).status_code == 404
    for rest in ("card/save", "share", "delete", "restore", "owner", "file", "publish", "sent", "citrate.toml"):
        assert other.post(at(draft, rest), {"path": "x", "toml": TOML}).status_code in (404, 422), rest
    for fields in ("[]", "{", '{"summary": 3}', '{"summary": {"now": 1}}', "null"):
        answer = browser.post(at(draft, "card/save"), {"fields": fields})
        assert answer.status_code == 404, fields
    assert browser.post(at(draft, "file"), {"do": "attach", "upload": "x", "path": "a"}).status_code == 404
    assert browser.get(at(draft, "nothing")).status_code == 404
    assert browser.get(f"/sell/drafts/{UUID(int=0)}/card").status_code == 404


def test_a_citrate_toml_comes_out_and_goes_in(browser: Browser, draft: Draft) -> None:
    save(browser, draft, "card", summary=("", "Writes haiku."))
    save(browser, draft, "price", pass_price=("", "0.02"), month_price=("", "0.0x"))
    out = browser.get(at(draft, "citrate.toml"), {"as": "file"})
    text = out.content.decode()
    assert out["Content-Disposition"] == 'attachment; filename="citrate.toml"'
    assert 'price = "0.02"' in text
    assert "0.0x" not in text  # what is wrong is not written
    changed = browser.post(at(draft, "citrate.toml"), {"toml": text.replace("Writes haiku.", "Writes better haiku.")})
    assert changed.status_code == 302, changed.content.decode()
    draft.refresh_from_db()
    assert draft.manifest["model"]["summary"] == "Writes better haiku."
    refused = browser.post(at(draft, "citrate.toml"), {"toml": text + "\nodd = 1\n"})
    assert refused.status_code == 422
    assert "odd" in refused.content.decode()


def test_what_is_deleted_comes_back(browser: Browser, draft: Draft) -> None:
    gone = browser.post(at(draft, "delete"))
    assert gone["Location"] == f"/sell/drafts/?deleted={draft.pk}"
    assert "Undo" in browser.get(gone["Location"]).content.decode()
    assert browser.get(at(draft, "card")).status_code == 404
    browser.post(at(draft, "restore"))
    assert browser.get(at(draft, "card")).status_code == 200
    assert "Undo" not in browser.get("/sell/drafts/?deleted=nonsense").content.decode()


def test_what_no_wallet_and_no_script_of_ours_says_is_refused_and_changes_nothing(newcomer: Newcomer) -> None:
    newcomer.prepare()
    browser = Browser()
    browser.force_login(newcomer.user)
    for said in ("", "0x1", "x" * 66, "x" * 500, "0x" + "g" * 64, "\0" * 66):
        assert browser.post(at(newcomer.draft, "sent"), {"hash": said}).status_code == 404
    assert newcomer.draft.publications.get().tx_hashes == []
    for fields in ("[" * 100_000, "[]", "1", '{"summary": 1}', '{"summary": {}}', "{"):
        assert browser.post(at(newcomer.draft, "card/save"), {"fields": fields}).status_code in (404, 200)
