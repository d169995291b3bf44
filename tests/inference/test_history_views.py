"""Pages of a history: what is kept is said before, it is one's own, and one press erases it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from inference.conversations.keeping import keep_conversation, switch_on_history
from inference.conversations.past_models import HistoryChoice, PastConversation
from tests.factories.marketplace import listing as make_listing
from tests.inference.conversations.told import sent
from tests.inference.keys.holders import holder

from .conftest import CHAT

pytestmark = pytest.mark.django_db
EVIL = "<script>alert(1)</script> & 'so'"


@pytest.fixture
def model() -> str:
    return make_listing("acme/tiny-chat").name


def signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def post(browser: Client, model: str, **more: str) -> Any:
    said = {"id": str(uuid.uuid4()), "begins": "yes", **more}
    return browser.post(f"/playground/{model}/keep", said, headers={"Accept": "application/json"})


def test_it_is_switched_on_kept_gone_on_with_and_erased(model: str) -> None:
    user = holder()
    browser = signed_in(user)
    page = browser.get("/account/history").content.decode()
    assert "Your history is switched off" in page
    assert "technically able to read it" in page
    said, pk = sent(user, (EVIL, "Words.")), str(uuid.uuid4())
    refused = post(browser, model, conversation=said)
    assert (refused.status_code, refused.json()["code"]) == (409, "history-off")

    assert browser.post("/account/history/switch", {"keep": "yes"})["Location"] == "/account/history"
    assert "Nothing is kept yet" in browser.get("/account/history").content.decode()
    assert post(browser, model, conversation=said, id=pk).status_code == 201
    assert post(browser, model, conversation=said, id=pk, begins="").json() == {"id": pk, "version": 2}
    listed = browser.get("/account/history").content.decode()
    assert f'href="/playground/{model}?past={pk}"' in listed
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in listed
    assert "7 + 11 tokens" in listed

    # Another tab, which knows the first version, goes on as it likes: both stand, and it is told.
    for version in ("1", "-1", "\u0661", "9" * 40, "x"):
        beside = post(browser, model, conversation=sent(user, ("New", "Way")), id=pk, begins="", version=version)
        assert (beside.status_code, beside.json()["id"] != pk) == (201, True)
        assert beside.json()["detail"].startswith("This conversation went on in another tab")
    assert PastConversation.objects.count() == 2
    browser.post(f"/account/history/{beside.json()['id']}/erase")

    other = signed_in(holder(2))
    assert pk not in other.get("/account/history").content.decode()
    assert other.post(f"/account/history/{pk}/erase").status_code == 404
    other.post("/account/history/erase")
    assert PastConversation.objects.count() == 1
    assert browser.post(f"/account/history/{pk}/erase").status_code == 302
    assert post(browser, model, conversation=said, id=pk, begins="").status_code == 404
    for _n in range(2):
        post(browser, model, conversation=said)
    assert browser.post("/account/history/erase").status_code == 302
    assert not PastConversation.objects.exists()
    assert HistoryChoice.objects.exists()


def test_switching_off_asks_whether_to_erase(model: str) -> None:
    user = holder()
    browser = signed_in(user)
    switch_on_history(user=user)
    post(browser, model, conversation=sent(user))
    page = browser.get("/account/history").content.decode()
    assert "Switch off and erase all" in page
    browser.post("/account/history/switch", {"erase": "no"})
    assert PastConversation.objects.count() == 1
    assert "Go on with it" in browser.get("/account/history").content.decode()
    browser.post("/account/history/switch", {"keep": "yes"})
    browser.post("/account/history/switch", {"erase": "yes"})
    assert not PastConversation.objects.exists()


@pytest.mark.parametrize(
    ("more", "status"),
    [({"id": "x"}, 404), ({"conversation": ""}, 422), ({"conversation": "x" * 400_000}, 422)],
    ids=range(3),
)
def test_what_cannot_be_kept_is_answered_so(model: str, more: dict[str, str], status: int) -> None:
    user = holder()
    switch_on_history(user=user)
    assert post(signed_in(user), model, **more).status_code == status


def test_who_is_not_signed_in_is_asked_to_sign_in(model: str) -> None:
    for path in ("/account/history/switch", "/account/history/erase", f"/playground/{model}/keep"):
        assert Client().post(path)["Location"].startswith("/sign-in")
        assert Client().get(path).status_code == 405
    assert Client().get("/account/history")["Location"].startswith("/sign-in")
    assert post(signed_in(holder()), "nobody/nothing").status_code == 404


@pytest.mark.usefixtures("listings")
def test_the_playground_opens_ones_own_conversation_and_says_what_is_kept(client: Client) -> None:
    path, user = f"/playground/{CHAT}", holder()
    assert "data-keep" not in client.get(path).content.decode()
    browser = signed_in(user)
    page = browser.get(path).content.decode()
    assert "data-keep" not in page
    assert "It is switched off" in page
    assert "Nothing you write is stored." in page
    switch_on_history(user=user)
    said = sent(user, ('"Hi" <i>', "Words."), listing=CHAT)
    kept = keep_conversation(user=user, pk=uuid.uuid4(), listing=CHAT, sent=said, begins=True)
    page = browser.get(f"{path}?past={kept.pk}").content.decode()
    assert f'data-keep="/playground/{CHAT}/keep"' in page
    assert "because you switched that on" in page
    assert "Nothing you write is stored." not in page
    assert "&quot;Hi" in page.replace("\\", "")
    assert "<i>" not in page.partition("data-past")[2].partition("<section")[0]
    assert signed_in(holder(2)).get(f"{path}?past={kept.pk}").status_code == 404
    for odd in ("x", "%00", str(uuid.uuid4())):
        assert browser.get(f"{path}?past={odd}").status_code == 404
    assert client.get(f"{path}?past={kept.pk}").status_code == 200  # who is not signed in has the page alone


def test_a_page_of_the_history_has_few_queries(model: str, django_assert_max_num_queries: Any) -> None:
    user = holder()
    browser = signed_in(user)
    switch_on_history(user=user)
    for number in range(23):
        said = sent(user, (f"Question {number}", "Words."))
        keep_conversation(user=user, pk=uuid.uuid4(), listing=model, sent=said, begins=True)
    path, seen = "/account/history", set()
    while path:
        with django_assert_max_num_queries(8):
            page = browser.get(path)
        seen |= {each.past.pk for each in page.context["rows"]}
        path = page.context["next"]
    assert len(seen) == 23
    assert browser.get("/account/history?cursor=x").status_code == 400
