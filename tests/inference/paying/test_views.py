"""The pages of keys: for their owner alone, with the secret shown once, and few queries however many keys."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from contracts.currencies import Currency
from contracts.models import Chain
from inference.keys.actions import create_key
from inference.keys.finding import key_of
from inference.keys.models import ApiKey, KeySecret
from inference.keys.spending import reserve_spend, settle_spend
from inference.keys.windows import windows_of
from inference.paying.page import Meter
from tests.factories.marketplace import listing
from tests.inference.keys.holders import TOKEN, chain, holder, paying

SECRET = re.compile(r"\bctr_[0-9A-Za-z]{49}\b")
ONE = 10**18


@pytest.fixture
def user(db: None, client: Client) -> User:
    """Somebody signed in on a chain with an escrow."""
    found = chain()
    found.deployment = {"InferenceEscrow": "0x" + "e" * 40}
    found.save()
    made = holder()
    client.force_login(made)
    session = client.session
    session["chain_id"] = found.pk
    session.save()
    return made


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content
    assert "no-store" in answer.headers["Cache-Control"]
    return answer.content.decode()


def test_the_secret_is_shown_once_and_a_reload_makes_nothing(user: User, client: Client) -> None:
    assert "Make your first key" in text(client, "/account/keys")
    answer = client.post("/account/keys/new", {"name": "Bot", "token": TOKEN, "cap_total": "1.5", "cap_day": ".25"})
    key = ApiKey.objects.get()
    page = f"/account/keys/{key.pk}"
    assert (answer.status_code, answer.headers["Location"], answer.content) == (302, page, b"")
    assert (key.user, key.cap_total, key.cap_day, key.cap_week) == (user, 3 * ONE // 2, ONE // 4, None)
    # What refreshes the page, or asks for its head alone, does not use up the showing.
    part = client.get(page, headers={"HX-Request": "true", "HX-Target": "div#key-state"}).content.decode()
    assert "The last 30 days" in part
    assert not SECRET.search(part)
    client.head(page)
    (secret,) = set(SECRET.findall(text(client, page)))
    assert key_of(secret, "127.0.0.1") == key
    for path in ("/account/keys", page, f"{page}/edit"):
        assert not SECRET.search(text(client, path))
        assert secret[:40] not in text(client, path)
    again = client.post(f"{page}/rotate", {"hours": "0"})
    assert (again.status_code, again.headers["Location"]) == (302, page)
    (other,) = set(SECRET.findall(text(client, page)))
    assert other != secret
    assert not SECRET.search(text(client, page))
    assert KeySecret.objects.filter(key=key, ends_at=None).count() == 1


def hidden(client: Client, path: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]+)"', text(client, path))
    assert found, name
    return found[1]


def test_a_form_that_is_sent_twice_makes_one_key_and_its_secret_is_shown(user: User, client: Client) -> None:
    said = {"name": "Bot", "token": "none", "once": hidden(client, "/account/keys/new", "once")}
    first, second = (client.post("/account/keys/new", said) for _click in range(2))
    assert first.headers["Location"] == second.headers["Location"] == f"/account/keys/{said['once']}"
    assert SECRET.search(text(client, second.headers["Location"]))
    assert KeySecret.objects.get().key == ApiKey.objects.get()
    # A form that the browser had kept, for another key; and somebody else's.
    assert client.post("/account/keys/new", {**said, "name": "Another"}).status_code == 302
    ApiKey.objects.filter(name="Bot").update(user=holder(2))
    assert client.post("/account/keys/new", said).headers["Location"] != first.headers["Location"]
    assert sorted(ApiKey.objects.values_list("name", "user")) == sorted(
        [("Bot", holder(2).pk), ("Another", user.pk), ("Bot", user.pk)]
    )
    assert client.post("/account/keys/new", {**said, "once": "x"}).status_code == 422


def test_a_rotation_that_is_sent_twice_leaves_the_secret_before_its_time(user: User, client: Client) -> None:
    before = create_key(user=user, name="Bot", chain_id=None)
    page = f"/account/keys/{before.key.pk}"
    said = {"hours": "24", "replaces": hidden(client, page, "replaces")}
    for _click in range(2):
        assert client.post(f"{page}/rotate", said).headers["Location"] == page
    (secret,) = set(SECRET.findall(text(client, page)))
    assert key_of(before.secret, "127.0.0.1") == key_of(secret, "127.0.0.1")
    assert KeySecret.objects.count() == 2
    # A tab of before the rotation changes nothing either.
    client.post(f"{page}/rotate", {**said, "hours": "0"})
    assert key_of(before.secret, "127.0.0.1")


def test_only_the_session_that_made_it_sees_the_secret(user: User, client: Client) -> None:
    client.post("/account/keys/new", {"name": "Bot", "token": "none"})
    page = f"/account/keys/{ApiKey.objects.get().pk}"
    elsewhere = Client()
    elsewhere.force_login(user)
    assert not SECRET.search(text(elsewhere, page))
    assert "ctr_" not in str(dict(client.session))
    assert SECRET.search(text(client, page))


def test_a_key_without_money_needs_no_cap(user: User, client: Client) -> None:
    assert client.post("/account/keys/new", {"name": "Bot", "token": "none"}).status_code == 302
    assert "pays for nothing" in text(client, "/account/keys")
    assert client.post("/account/keys/new", {"name": "Bot", "token": TOKEN}).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "\u200b"},
        {"name": "x" * 61},
        {"token": "0x" + "1" * 40},
        {"cap_total": "0"},
        {"cap_total": "-1"},
        {"cap_total": "1e5"},
        {"cap_day": "nothing"},
        {"cap_day": "9" * 40},
        {"expires": "2001-01-01"},
        {"expires": "9999-12-31"},
        {"expires": "soon"},
        {"scopes": "acme/nothing"},
        {"scopes": "\n".join(f"acme/{number}" for number in range(51))},
        {"networks": "home"},
        {"networks": "10.0.0.0/33"},
        {"networks": "\n".join(f"10.0.0.{number}" for number in range(21))},
    ],
)
def test_what_is_no_key(user: User, client: Client, wrong: dict[str, str]) -> None:
    said = {"name": "Bot", "token": TOKEN, "cap_total": "1"}
    answer = client.post("/account/keys/new", {**said, **wrong})
    assert answer.status_code == 422
    assert "error" in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_limits_are_read_as_they_are_meant(user: User, client: Client) -> None:
    listing("Acme/Chat")
    last = (timezone.now() + timedelta(days=3)).date()
    said = {
        "scopes": "acme/CHAT, \n acme/chat",
        "networks": "::ffff:192.0.2.0/120\n2001:DB8::/32",
        "expires": f"{last}",
    }
    assert client.post("/account/keys/new", {"name": " Night   job ", "token": "none", **said}).status_code == 302
    key = ApiKey.objects.get()
    assert (key.name, key.scopes, key.networks) == ("Night job", ["Acme/Chat"], ["192.0.2.0/24", "2001:db8::/32"])
    # Through the whole last day in UTC.
    assert key.expires_at is not None
    assert key.expires_at.isoformat() == f"{last + timedelta(days=1)}T00:00:00+00:00"
    form = text(client, f"/account/keys/{key.pk}/edit")
    assert f'value="{last}"' in form
    changed = client.post(f"/account/keys/{key.pk}/edit", {"name": "Other"})
    assert changed.status_code == 302
    key.refresh_from_db()
    assert (key.name, key.scopes, key.networks) == ("Other", [], [])
    assert key.expires_at is None


def test_names_are_text(user: User, client: Client) -> None:
    client.post("/account/keys/new", {"name": "<script>alert(1)</script>", "token": "none"})
    assert "<script>alert" not in text(client, "/account/keys")


def test_another_ones_key_is_not_there(user: User, client: Client) -> None:
    other = create_key(user=holder(2), name="Theirs", chain_id=None).key
    page = f"/account/keys/{other.pk}"
    assert client.get(page).status_code == 404
    assert client.get(f"{page}/edit").status_code == 404
    for path in ("edit", "rotate", "end-overlap", "revoke"):
        assert client.post(f"{page}/{path}", {"name": "Mine"}).status_code == 404
    other.refresh_from_db()
    assert (other.name, other.is_live) == ("Theirs", True)
    assert "Theirs" not in text(client, "/account/keys")
    client.logout()
    assert client.get(page).status_code == 302


def test_one_revokes_and_ends_the_overlap(user: User, client: Client) -> None:
    key = create_key(user=user, name="Bot", chain_id=None).key
    page = f"/account/keys/{key.pk}"
    client.post(f"{page}/rotate", {"hours": "168"})
    assert "The one before," in text(client, page)
    client.post(f"{page}/end-overlap")
    assert "The one before," not in text(client, page)
    assert client.post(f"{page}/revoke").status_code == 302
    assert "It does not work any more" in text(client, page)
    assert client.post(f"{page}/rotate").status_code == 409
    assert client.get(f"{page}/revoke").status_code == 405


def test_without_an_escrow_keys_still_work(user: User, client: Client) -> None:
    Chain.objects.update(deployment={})
    key = paying(user, total=ONE).key
    assert "Bot" in text(client, "/account/keys")
    assert "Bot" in text(client, f"/account/keys/{key.pk}")
    assert client.get("/account/statement").status_code == 409
    assert client.get("/account/statement/calls").status_code == 409


def test_few_queries_however_many_keys(user: User, client: Client) -> None:
    made = [paying(user, day=ONE, total=5 * ONE).key for _number in range(2)]
    for _number in range(15):
        key = paying(user, day=ONE).key
        reserve_spend(key_pk=key.pk, amount=5, at=timezone.now())
    paths = ("/account/keys", f"/account/keys/{made[0].pk}", "/account/statement")
    assert max(_queries(client, path) for path in paths) <= 5


def _queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


@pytest.mark.parametrize(
    ("spent", "held", "filled", "half"),
    [(0, 0, 0, 0), (1, 0, 1, 0), (0, 1, 0, 1), (500, 0, 4, 0), (999, 0, 7, 0), (999, 1, 7, 1), (1_000, 0, 8, 0)],
)
def test_a_meter_is_full_only_when_nothing_is_left(user: User, spent: int, held: int, filled: int, half: int) -> None:
    key = paying(user, total=1_000).key
    at = timezone.now()
    reserve_spend(key_pk=key.pk, amount=spent + held, at=at)
    settle_spend(key_pk=key.pk, at=at, reserved=spent, charged=spent)
    key.refresh_from_db()
    meter = Meter(windows_of(key, at)[-1], Currency(TOKEN, "ETH", 18))
    assert (meter.filled, meter.half) == (filled, half)


def test_without_our_script_a_page_to_copy_from(user: User, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("inference.paying.depositing.check_call", lambda call: 0)
    answer = client.post("/account/balance/anvil/top-up", {"token": TOKEN, "amount": "1"})
    assert answer.status_code == 200
    assert "deposit(address" in answer.content.decode()
