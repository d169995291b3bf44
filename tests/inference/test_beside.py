"""Two models side by side: which can be chosen, and a page whose second column is the other model's own."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Account, User
from inference.access import Visitor
from inference.beside import choices_of
from inference.conversations.keeping import switch_on_history
from inference.models import Kind, Mode, Upstream, UpstreamState
from marketplace.ground.decisions import Category
from tests.factories.marketplace import listing as make_listing
from tests.inference.keys.holders import holder

from .conftest import CHAT, UNHEARD
from .hiding import hidden

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("listings", "an_upstream")]

HERE = f"/playground/{UNHEARD}"
SERVER = {"base_url": "https://models.example/v1", "model": "lemon-1"}
COLUMN = {"HX-Request": "true", "HX-Target": "section#column"}


def sold(name: str, **fields: Any) -> None:
    """Add a model that a seller's own server answers for, to holders alone."""
    make_listing(name, task="text-generation")
    given = {"mode": Mode.CHAT, "kind": Kind.URL, "state": UpstreamState.HEALTHY, "free": False, **fields}
    given |= SERVER
    Upstream.objects.create(listing=name, engine=f"u-{name[-8:]}", **given)


def test_what_is_free_can_be_chosen_and_what_one_sells(owner: User) -> None:
    sold("acme/sold")
    sold("acme/given", free=True)
    sold("acme/silent", free=True, state=UpstreamState.FAILING)
    stranger = Visitor("203.0.113.0/24")
    assert choices_of(stranger, UNHEARD) == ["acme/given", CHAT]
    assert choices_of(stranger, CHAT) == [UNHEARD, "acme/given"]
    Upstream.objects.filter(listing=CHAT).update(kind=Kind.URL, engine="u-chat", free=False, **SERVER)
    assert choices_of(stranger, UNHEARD) == ["acme/given"]
    with hidden(Category.SPAM):
        assert choices_of(Visitor("203.0.113.0/24", owner, 31_337), UNHEARD) == ["acme/given"]


def test_what_one_holds_does_not_fall_behind_what_is_free(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    Upstream.objects.filter(listing=CHAT).update(kind=Kind.URL, engine="u-chat", free=False, state="healthy", **SERVER)
    Account.objects.filter(name="inference-tests").update(user=owner, is_reserved=False)
    sold("acme/given", free=True)
    monkeypatch.setattr("inference.beside.MOST", 1)
    assert choices_of(Visitor("203.0.113.0/24", owner, 31_337), UNHEARD) == [CHAT]
    Account.objects.filter(user=owner).update(user=None, is_reserved=True)


def test_the_button_asks_which_there_are(client: Client) -> None:
    assert f"{HERE}?choose=1" in client.get(HERE).content.decode()
    for headers in ({}, {"HX-Request": "true", "HX-Target": "div#choice"}):
        page = client.get(f"{HERE}?choose=1", headers=headers).content.decode()
        assert f"<option>{CHAT}</option>" in page
        assert f"<option>{UNHEARD}</option>" not in page
        assert ("<html" in page) == (not headers)
    Upstream.objects.filter(listing=CHAT).delete()
    assert "There is no other model that you may talk to here." in client.get(f"{HERE}?choose=1").content.decode()


def test_a_page_of_two_has_one_composer_and_asks_for_the_second(client: Client) -> None:
    page = client.get(f"{HERE}?beside={CHAT.upper()}").content.decode()
    assert page.count("<model-playground") == 1
    assert page.count('id="question"') == 1
    assert f'hx-get="/playground/{CHAT}"' in page
    assert "data-both" in page
    column = client.get(f"/playground/{CHAT}", headers=COLUMN).content.decode()
    assert column.strip().startswith("<section")
    assert f'data-socket="/ws/playground/{CHAT}"' in column
    assert 'data-follows="' in column
    assert "data-both" not in column
    assert 'id="question"' not in column
    assert 'id="allowance"' not in column


@pytest.mark.parametrize("asked", [UNHEARD, "nobody/nothing", "%00", "x" * 3_000])
def test_no_other_model_is_said_so_and_the_page_stays(client: Client, asked: str) -> None:
    page = client.get(f"{HERE}?beside={asked}")
    assert page.status_code == 200
    assert "There is no other model of that name." in page.content.decode()
    assert "data-both" not in page.content.decode()


def test_a_second_that_refuses_leaves_the_first(client: Client) -> None:
    with hidden(Category.SPAM):
        assert client.get(f"{HERE}?beside={CHAT}").status_code == 200
        refused = client.get(f"/playground/{CHAT}", headers=COLUMN)
        assert refused.status_code == 403
        assert "<html" not in refused.content.decode()
    for name in ("inference-tests/search", "nobody/nothing"):  # which is no conversation, which answers nothing
        assert client.get(f"/playground/{name}", headers=COLUMN).status_code == 404


@pytest.mark.parametrize("sells", [False, True], ids=["stranger", "seller"])
def test_each_column_is_kept_and_shared_by_itself_within_few_queries(
    owner: User, django_assert_max_num_queries: Any, *, sells: bool
) -> None:
    user, browser = owner if sells else holder(), Client()
    browser.force_login(user)
    session = browser.session
    session["chain_id"] = 31_337
    session.save()
    switch_on_history(user=user)
    browser.get(HERE)
    for path, headers, name in ((f"{HERE}?beside={CHAT}", {}, UNHEARD), (f"/playground/{CHAT}", COLUMN, CHAT)):
        with django_assert_max_num_queries(8):
            page = browser.get(path, headers=headers).content.decode()
        assert f'data-keep="/playground/{name}/keep"' in page
        assert f'action="/playground/{name}/share"' in page
