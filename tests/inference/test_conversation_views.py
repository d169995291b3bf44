"""Pages of shared conversations: told before, shown to whoever has the address, gone at once."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from inference.conversations.models import SharedConversation
from marketplace.ground.contents import kind_of
from marketplace.ground.decisions import Action, Category, ModerationDecision
from tests.factories.marketplace import listing as make_listing
from tests.inference.conversations.told import sent
from tests.inference.keys.holders import holder
from tests.moderators import make_moderator

pytestmark = pytest.mark.django_db
EVIL = "<script>alert(1)</script>![x](https://example.org/x.png) [y](javascript:alert(1)) **strong**"


@pytest.fixture
def model() -> str:
    return make_listing("acme/tiny-chat").name


def signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def post(browser: Client, model: str, said: str, **more: str) -> Any:
    return browser.post(f"/playground/{model}/share", {"conversation": said, **more})


def test_what_others_will_see_is_shown_before_and_shared_when_confirmed(model: str) -> None:
    user = holder()
    browser = signed_in(user)
    said = sent(user, ("<b>Hi</b>", EVIL), system="Be <i>brief</i>.")
    page = post(browser, model, said)
    told = page.content.decode()
    assert "Before you share" in told
    assert not SharedConversation.objects.exists()
    once = str(page.context["once"])
    made = post(browser, model, said, once=once, share="1")
    assert made["Location"] == f"/account/shared#link-{once}"
    assert post(browser, model, said, once=once, share="1").status_code == 302
    row = SharedConversation.objects.get()

    seen = Client().get(f"/shared/{row.secret}")
    assert seen["Referrer-Policy"] == "no-referrer"
    assert "noindex" in seen["X-Robots-Tag"]
    assert "no-store" in seen["Cache-Control"]
    text = seen.content.decode()
    for shown in (told.partition("What others will see")[2], text):
        assert "<strong>strong</strong>" in shown
        assert "&lt;b&gt;Hi&lt;/b&gt;" in shown
        assert "Be &lt;i&gt;brief&lt;/i&gt;." in shown
        assert "<script>alert" not in shown
        assert 'href="javascript' not in shown
        assert "<img" not in shown
        assert "1.2.0" in shown
    assert user.address not in text.lower()
    assert f"/report/shared/{row.pk}" in text

    listed = browser.get("/account/shared").content.decode()
    assert f"http://testserver/shared/{row.secret}" in listed
    assert row.secret not in signed_in(holder(2)).get("/account/shared").content.decode()
    assert signed_in(holder(2)).post(f"/account/shared/{row.pk}/revoke").status_code == 404
    assert Client().post(f"/account/shared/{row.pk}/revoke").status_code == 302
    assert Client().get(f"/shared/{row.secret}").status_code == 200
    assert browser.post(f"/account/shared/{row.pk}/revoke")["Location"] == "/account/shared"
    assert Client().get(f"/shared/{row.secret}").status_code == 404
    assert "You share no conversation" in browser.get("/account/shared").content.decode()


@pytest.mark.parametrize("said", ["", "x" * 1_000_000, '[{"role": "user", "content": "\\ud83d"}]'], ids=range(3))
def test_what_cannot_be_shared_is_said_on_the_page(model: str, said: str) -> None:
    for more in ({}, {"share": "1", "once": str(uuid.uuid4())}):
        page = post(signed_in(holder()), model, said, **more)
        assert page.status_code == 422
        assert 'role="alert"' in page.content.decode()


def test_who_is_not_signed_in_is_asked_to_sign_in(model: str) -> None:
    assert post(Client(), model, "[]")["Location"].startswith("/sign-in")
    assert Client().get("/account/shared")["Location"].startswith("/sign-in")
    assert Client().get(f"/playground/{model}/share").status_code == 405


@pytest.mark.parametrize("secret", ["x", "%0A", "a" * 5_000, "%F0%9F%98%80"])
def test_a_made_up_address_shows_nothing(secret: str) -> None:
    assert Client().get(f"/shared/{secret}").status_code == 404


def test_settings_that_changed_stand_with_their_answers(model: str) -> None:
    user = holder()
    row = SharedConversation.objects.create(
        user=user, listing=model, turns=[_answer(stop=["END", "<x>"]), _answer(seed=4)], id=uuid.uuid4()
    )
    text = Client().get(f"/shared/{row.secret}").content.decode()
    assert "Stop before: END · &lt;x&gt;" in text
    assert "Seed: 4" in text


def _answer(**settings: Any) -> dict[str, Any]:
    figures = {"tokens": 1, "prompt_tokens": 2, "first_token_ms": 3, "seconds": 4.0}
    told = {"version": "", "paid_by": "pass", "state": "stopped", "settings": settings}
    return {"role": "assistant", "content": "Yes.", **figures, **told}


def test_moderators_take_it_out_and_show_it_again(model: str) -> None:
    user = holder()
    post(signed_in(user), model, sent(user, ("Hi", "Words")), share="1")
    row = SharedConversation.objects.get()
    kind = kind_of("shared")
    assert kind
    subject = kind.find(str(row.pk))
    assert subject
    assert (subject.author, subject.text) == (user.address, "Hi\n\nWords")
    assert row.secret not in subject.key + subject.title + subject.path
    assert kind.find("nonsense\0") is None
    form = Client().get(f"/report/shared/{row.pk}")
    assert form.status_code == 200
    assert row.secret not in form.content.decode()
    moderator, stranger = holder(8), holder(9)
    make_moderator(moderator.address)
    for who, status in ((user, 302), (moderator, 302), (stranger, 404)):
        assert signed_in(who).get(subject.path).status_code == status
    words = {"action": Action.HIDE, "category": Category.SPAM, "reason": "r", "moderator": "0x" + "0" * 40}
    decision = ModerationDecision.objects.create(content="shared", key=str(row.pk), **words)
    kind.lock(str(row.pk))
    kind.mark(str(row.pk), decision)
    assert Client().get(f"/shared/{row.secret}").status_code == 404
    assert "Moderators have hidden it" in signed_in(user).get("/account/shared").content.decode()
    kind.mark(str(row.pk), None)
    assert Client().get(f"/shared/{row.secret}").status_code == 200


def test_a_page_of_links_has_few_queries(model: str, django_assert_max_num_queries: Any) -> None:
    user = holder()
    turns = [{"role": "user", "content": "Hi"}]
    rows = (SharedConversation(user=user, listing=model, turns=turns) for _n in range(45))
    SharedConversation.objects.bulk_create(rows)
    browser = signed_in(user)
    path, seen = "/account/shared", set()
    while path:
        with django_assert_max_num_queries(8):
            page = browser.get(path)
        seen |= {each.pk for each in page.context["links"]}
        path = page.context["next"]
    assert len(seen) == 45
    assert browser.get("/account/shared?cursor=x").status_code == 400
