"""The console's pages: who gets in, what they cost, what they show, and what their forms do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from contracts.models import RoleMember
from marketplace.ground.cases import Case, Priority, Source, open_case
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.listings.models import Listing
from marketplace.moderation.background import cases_like
from marketplace.moderation.claiming import claim_case
from marketplace.moderation.queue import after, encoded, wanted
from tests.factories.marketplace import listing as make_listing
from tests.moderators import make_moderator, take_role

pytestmark = pytest.mark.django_db
NAME = "acme/tiny-embed"
WHY = "It is <b>spam</b>."
PAGES = ("/moderation/", "/moderation/figures", "/moderation/about/listing/acme/tiny-embed")


@pytest.fixture
def listing() -> Listing:
    return make_listing(NAME, summary="It <script>alert(1)</script> embeds.")


def browser(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


@pytest.fixture
def moderator() -> User:
    return make_moderator("0x" + "ab" * 20)


@pytest.fixture
def second() -> User:
    return make_moderator("0x" + "cd" * 20)


def reported(**given: Any) -> Case:
    about = {"content": Content.LISTING, "key": NAME, "source": Source.REPORT, "priority": Priority.LOW}
    return open_case(**{**about, "summary": "It <i>is</i> spam.", **given})


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_moderators_alone_get_in_and_are_out_at_the_next_click(listing: Listing, moderator: User) -> None:
    case = reported()
    pages = [*PAGES, f"/moderation/cases/{case.pk}", f"/moderation/cases/{case.pk}/background"]
    member = browser(User.objects.create(address="0x" + "1" * 40, is_staff=True))  # staff without the role
    own = browser(moderator)
    for path in pages:
        assert Client().get(path).status_code == 302
        assert member.get(path).status_code == 403
        assert own.get(path).status_code == 200, path
    assert 'href="/moderation/"' in text(own.get("/models"))
    assert 'href="/moderation/"' not in text(member.get("/models"))
    take_role(moderator.address)
    for path in pages:
        assert own.get(path).status_code == 403
    assert own.post(f"/moderation/cases/{case.pk}/claim").status_code == 403
    assert 'href="/moderation/"' not in text(own.get("/models"))


def test_a_role_that_begins_later_is_none_yet(listing: Listing, moderator: User) -> None:
    RoleMember.objects.update(since="2100-01-01T00:00:00Z")
    assert browser(moderator).get("/moderation/").status_code == 403


def test_a_case_goes_from_the_queue_to_a_decision_and_back(listing: Listing, moderator: User, second: User) -> None:
    case, own = reported(), browser(moderator)
    page = text(own.get("/moderation/"))
    assert f'href="/moderation/cases/{case.pk}"' in page
    assert "It &lt;i&gt;is&lt;/i&gt; spam." in page
    path = f"/moderation/cases/{case.pk}"
    page = text(own.get(path))
    assert "It &lt;script&gt;alert(1)&lt;/script&gt; embeds." in page
    assert own.post(f"{path}/claim").headers["Location"] == path
    assert "claimed by you" in text(own.get(path))
    refused = browser(second).post(f"{path}/claim")
    assert refused.status_code == 409
    assert "Another moderator works on this case" in text(refused)
    assert own.post(f"{path}/release").status_code == 302
    assert own.post(f"{path}/decide", {"action": "hide"}).status_code == 422
    assert own.post(f"{path}/decide", {"action": "suspend", "reason": WHY}).status_code == 422  # it is on no chain
    answer = own.post(f"{path}/decide", {"action": "hide", "category": "spam", "rule": "4.3", "reason": WHY})
    assert answer.headers["Location"] == path
    decision = ModerationDecision.objects.get()
    assert (decision.rule, decision.reason, decision.case_id) == ("4.3", WHY, case.pk)
    page = text(own.get(path))
    assert "It is &lt;b&gt;spam&lt;/b&gt;." in page
    assert "Undo, until" in page
    assert "Undo, until" not in text(browser(second).get(path))
    assert own.post(f"/moderation/decisions/{decision.pk}/undo").headers["Location"] == path
    assert own.post(f"/moderation/decisions/{decision.pk}/undo").status_code == 409
    assert "claimed by you" in text(own.get(path))


def test_a_canned_reason_is_enough_and_brings_its_category_and_rule(listing: Listing, moderator: User) -> None:
    case = reported()
    sent = {"action": "hide", "canned": "spam"}
    assert browser(moderator).post(f"/moderation/cases/{case.pk}/decide", sent).status_code == 302
    decision = ModerationDecision.objects.get()
    assert (decision.category, decision.rule) == (Category.SPAM, "4.3")
    assert "advertising" in decision.reason


def test_the_second_moderator_answers_on_the_same_page(listing: Listing, moderator: User, second: User) -> None:
    case, own, other = reported(), browser(moderator), browser(second)
    path = f"/moderation/cases/{case.pk}"
    sent = {"action": "hide", "category": "malware", "reason": WHY, "meanwhile": "on"}
    assert own.post(f"{path}/decide", sent).status_code == 302
    pending = Case.objects.get().pending_id
    assert "Take it back" in text(own.get(path))
    page = text(other.get(path))
    assert "Confirm it" in page
    assert "Hidden meanwhile" in page
    assert "1 of 2" in text(other.get("/moderation/?show=waiting"))
    answer = {"pending": pending}
    refused = own.post(f"{path}/confirm", answer)
    assert refused.status_code == 403
    assert "You cannot confirm your own decision" in text(refused)
    assert other.post(f"{path}/confirm", {"pending": "x"}).status_code == 422
    assert other.post(f"{path}/confirm", answer).status_code == 302
    assert "2 of 2 moderators" in text(own.get(path))
    assert ModerationDecision.objects.filter(confirmed_by=second.address).count() == 1


def test_what_a_decision_does_is_said_in_sentences_before_it_is_made(listing: Listing, moderator: User) -> None:
    case, own = reported(), browser(moderator)
    path = f"/moderation/cases/{case.pk}/effects"
    asked = {"HX-Request": "true", "HX-Target": "div#effects", "HX-Request-Type": "partial"}
    said = text(own.get(path, {"action": "hide", "category": "malware", "meanwhile": "on"}, headers=asked))
    assert "<html" not in said
    for sentence in (
        "Takes it out of the catalogue and of every search",
        "Nobody has bought it so far.",
        "before a second moderator confirms it",
        "for 24 hours at most",
        "Writes entry 1 in the public log.",
    ):
        assert sentence in said
    whole = text(own.get(path, {"action": "nothing"}))
    assert "<html" in whole
    assert "Leaves everything as it is." in whole
    assert "Choose a decision" in text(own.get(path))
    assert not ModerationDecision.objects.exists()


def test_a_label_stands_on_the_page_of_what_stays(listing: Listing, moderator: User) -> None:
    case = reported()
    sent = {"action": "label", "category": "deceptive", "reason": "It is slower than it says."}
    assert browser(moderator).post(f"/moderation/cases/{case.pk}/decide", sent).status_code == 302
    page = text(Client().get(f"/models/{NAME}"))
    assert "A note by moderators" in page
    assert "It is slower than it says." in page
    assert "noindex" not in page


def test_a_case_is_opened_from_the_content_itself(listing: Listing, moderator: User) -> None:
    own, path = browser(moderator), f"/moderation/about/listing/{NAME}"
    assert "Nobody has decided anything yet." in text(own.get(path))
    answer = own.post(path)
    assert answer.headers["Location"] == f"/moderation/cases/{Case.objects.get().pk}"
    for content, key in (
        ("listing", "acme/nothing"),
        ("nothing", NAME),
        ("account", "0x" + "9" * 40),
    ):
        assert own.get(f"/moderation/about/{content}/{key}").status_code == 404


def test_the_queue_is_filtered_and_walked(listing: Listing, moderator: User) -> None:
    fill(90)
    own = browser(moderator)
    seen: list[str] = []
    path = "/moderation/?source=scan"
    while path:
        page = text(own.get(path))
        seen += re.findall(r'href="/moderation/cases/(\d+)', page.partition('class="middle"')[0])
        more = re.search(r'rel="next" href="([^"]+)"', page)
        path = more[1].replace("&amp;", "&") if more else ""
    expected = Case.objects.filter(source=Source.SCAN).order_by("-priority", "opened_at", "pk")
    assert seen == [str(pk) for pk in expected.values_list("pk", flat=True)]
    assert len(seen) == 30
    for cursor in ("x", "W10", "WzEsIngiLDFd", "é", "WzEsIjIwMjAtMDEtMDEiLDFd"):
        assert own.get("/moderation/", {"after": cursor}).status_code == 400
    claim_case(moderator=moderator, pk=reported().pk)
    assert text(own.get("/moderation/?show=mine")).count('class="case ') == 1
    assert own.get("/moderation/?show=nonsense&content=x").status_code == 200


FILL = """
insert into marketplace_case (content, key, source, priority, category, author, title, summary, facts, opened_at,
    claimed_by, closed_at)
select (array['listing', 'review', 'comment'])[1 + i %% 3], 'acme/made-' || i,
    (array['report', 'scan', 'anomaly'])[1 + i %% 3], 1 + (i * 7) %% 3,
    (array['spam', 'malware', 'other', ''])[1 + i %% 4], '0x' || lpad(to_hex(i %% 500), 40, '0'), 'acme/made-' || i,
    'It says that ' || md5(i::text) || ' is advertising', '{}', now() - i * interval '1 minute', '',
    case when i > %(open)s then now() - (i / 2) * interval '1 minute' end
from generate_series(1, %(all)s) i
"""


def fill(count: int, still_open: int | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"all": count, "open": count if still_open is None else still_open})


def test_pages_ask_six_times_at_most_with_a_hundred_thousand_cases(
    listing: Listing, moderator: User, django_assert_max_num_queries: Any
) -> None:
    fill(100_000, 50_000)
    case = reported(priority=Priority.HIGH, category=Category.SPAM)
    open_case(content=Content.ACCOUNT, key=moderator.address, source=Source.REPORT, priority=Priority.LOW, summary="x")
    fill_decisions()
    with connection.cursor() as cursor:
        cursor.execute("analyze marketplace_case")
        cursor.execute("analyze marketplace_moderationdecision")
    own = browser(moderator)
    own.get("/moderation/")
    account = Case.objects.get(content=Content.ACCOUNT)
    paths = [
        *("/moderation/", "/moderation/?show=mine", "/moderation/?show=waiting", "/moderation/?category=spam"),
        *(f"/moderation/cases/{case.pk}", f"/moderation/cases/{case.pk}/background"),
        *(f"/moderation/cases/{account.pk}", f"/moderation/cases/{account.pk}/background"),
        f"/moderation/cases/{case.pk}/effects?action=hide&category=malware",
        *("/moderation/figures", "/moderation/transparency", "/moderation/transparency.csv"),
        f"/moderation/about/listing/{NAME}",
    ]
    for path in paths:
        with django_assert_max_num_queries(6):
            assert own.get(path).status_code == 200, path
    page = text(own.get("/moderation/figures"))
    assert "50000 cases" in page.replace(",", "")


def fill_decisions() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into marketplace_moderationdecision (content, key, action, category, rule, reason, moderator,"
            " confirmed_by, automated, scopes, made_at, case_id, tx_hash)"
            " select content, key, 'hide', 'spam', '4.3', 'Spam.', '0x1', '', false, '{}', closed_at, id, ''"
            " from marketplace_case where closed_at is not null"
        )


def test_everybody_reads_what_was_decided_and_of_nobody(listing: Listing, moderator: User) -> None:
    assert "Nothing was decided yet" in text(Client().get("/moderation/transparency"))
    case = reported()
    sent = {"action": Action.HIDE, "category": "spam", "reason": WHY}
    browser(moderator).post(f"/moderation/cases/{case.pk}/decide", sent)
    page, table = (text(Client().get(path)) for path in ("/moderation/transparency?a", "/moderation/transparency.csv"))
    assert "Hidden, spam" in page
    head, row = table.splitlines()
    assert head.startswith("month,action,category,decisions,automated,by_two,notices,on_appeal,overturned")
    assert row.split(",")[1:9] == ["hide", "spam", "1", "0", "0", "0", "0", "0"]
    for said in (moderator.address, NAME, "spam</b>"):
        assert said not in page
        assert said not in table


def plan_of(rows: Any) -> str:
    return str(rows.explain(analyze=True))


def test_the_queue_and_similar_cases_are_read_by_their_indexes(listing: Listing, moderator: User) -> None:
    fill(100_000, 50_000)
    with connection.cursor() as cursor:
        cursor.execute("analyze marketplace_case")
    case = Case.objects.order_by("pk")[40_000]
    first, deep = plan_of(after(Case.objects.open(), "")[:26]), plan_of(after(Case.objects.open(), encoded(case))[:26])
    for plan in (first, deep):
        assert "case_queue" in plan, plan
        assert "Sort" not in plan, plan
        assert "Seq Scan" not in plan, plan
    assert "case_waiting" in plan_of(after(wanted(moderator.address, {"show": "waiting"}), "")[:26])
    alike = plan_of(cases_like(Case.objects.exclude(author="").filter(closed_at=None)[0]))
    assert "case_alike" in alike, alike
    assert "case_author" in alike, alike
