"""The pages on which a seller says which servers answer."""

from __future__ import annotations

import logging
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, User
from inference.models import Upstream, UpstreamState
from inference.watching import try_upstream
from marketplace.publish.models import Draft, DraftFile
from tests.factories.marketplace import listing as make_listing

from .seller import KEY, selling

pytestmark = pytest.mark.django_db
SAID = {"base_url": "https://models.example/v1", "mode": "chat", "at_once": "4", "key": KEY}
HTMX = {"HX-Request": "true", "HX-Target": "div#upstreams"}


@pytest.fixture
def seller(client: Client) -> User:
    user = User.objects.create(address="0x" + "c" * 40)
    client.force_login(user)
    return user


@pytest.fixture
def here(seller: User) -> str:
    """The page of a draft."""
    return reverse("draft-upstreams", args=[Draft.objects.create(user=seller).pk])


def test_a_server_is_added_and_its_key_is_on_no_page(client: Client, here: str) -> None:
    assert "None yet" in client.get(here).content.decode()
    answered = client.post(here, SAID, follow=True)
    assert answered.redirect_chain == [(here, 302)]
    page = answered.content.decode()
    assert "https://models.example/v1" in page
    assert "key ending in 0042" in page
    assert KEY not in page
    assert "being tried" in page
    assert answered["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    part = client.get(here, headers={"HX-Request": "true", "HX-Target": "div#upstream-list"}).content.decode()
    assert part.lstrip().startswith('<div id="upstream-list">')
    assert "<form" in part
    assert 'name="base_url"' not in part  # what is being typed stays


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"base_url": "http://models.example/v1"}, "Only https"),
        ({"base_url": "https://169.254.169.254/latest"}, "private network"),
        ({"base_url": "https://me:word@models.example"}, "a name or a password"),  # pragma: allowlist secret
        ({"base_url": ""}, "required"),
        ({"key": "two words"}, "That is no key"),
        ({"at_once": "0"}, "greater than or equal"),
        ({"mode": "zero-shot"}, "valid choice"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_the_key_is_not_given_back(
    client: Client, here: str, change: dict[str, str], says: str
) -> None:
    for headers in ({}, HTMX):
        answered = client.post(here, {**SAID, **change}, headers=headers)
        page = answered.content.decode()
        assert answered.status_code == 422
        assert says in page
        assert not {KEY, "two words", "me:word"} & {word for word in (KEY, "two words") if word in page}
        assert ("<html" in page) == (not headers)
    assert not Upstream.objects.exists()


def test_all_that_may_be_done_is_done_by_forms_alone(client: Client, here: str) -> None:
    client.post(here, SAID)
    client.post(here, {**SAID, "model": "other"})
    one, two = Upstream.objects.order_by("place")

    def do(what: str, **headers: str) -> Any:
        return client.post(reverse("change-upstream", args=[one.pk, what]), headers=headers)

    assert do("drain")["Location"] == here
    assert "switched off" in client.get(here).content.decode()
    assert "being tried" in do("resume", **HTMX).content.decode()
    do("down")
    assert list(Upstream.objects.order_by("place")) == [two, one]
    do("up")
    do("try")
    assert do("nonsense").status_code == 404
    change = reverse("edit-upstream", args=[one.pk])
    page = client.get(change).content.decode()
    assert "https://models.example/v1" in page
    assert KEY not in page
    assert client.post(change, {**SAID, "key": "", "base_url": "https://other.example/v1"}).status_code == 422
    assert (
        client.post(change, {**SAID, "key": "", "retains": "no", "free": "on", "cost_note": "much"})["Location"] == here
    )
    one.refresh_from_db()
    assert (one.retains, one.free, one.cost_note) == (False, True, "much")
    replace = reverse("upstream-key", args=[one.pk])
    assert client.get(replace).status_code == 200
    assert client.post(replace, {"key": "a b"}).status_code == 422
    assert client.post(replace, {"key": "another-key-9999"})["Location"] == here
    assert "key ending in 9999" in client.get(here).content.decode()
    assert do("remove")["Location"] == here
    assert list(Upstream.objects.all()) == [two]


def test_what_was_found_is_told_in_words(client: Client, here: str, settings: Any) -> None:
    settings.UPSTREAM_LOOPBACK = True
    with selling() as server:
        client.post(here, {**SAID, "base_url": server.url})
        try_upstream(Upstream.objects.get().pk)
        page = client.get(here).content.decode()
        assert "It answers, streams, reads 8,192 tokens, first token after" in page
        server.key = "changed"
        client.post(reverse("change-upstream", args=[Upstream.objects.get().pk, "try"]))
        try_upstream(Upstream.objects.get().pk)
    assert "It refuses the key. Replace the key" in client.get(here).content.decode()


def test_a_listing_s_servers_are_its_owner_s_alone(client: Client, seller: User) -> None:
    listing = make_listing("acme/chat", task="text-generation")
    here = reverse("listing-upstreams", args=["acme", "chat"])
    assert client.get(here).status_code == 404
    Account.objects.filter(pk=listing.owner_id).update(user=seller, is_reserved=False)
    assert client.post(here, SAID)["Location"] == here
    assert "Servers that answer for chat" in client.get(here).content.decode()
    stranger = User.objects.create(address="0x" + "d" * 40)
    client.force_login(stranger)
    upstream = Upstream.objects.get()
    for name in ("edit-upstream", "upstream-key"):
        assert client.get(reverse(name, args=[upstream.pk])).status_code == 404
    assert client.post(reverse("change-upstream", args=[upstream.pk, "remove"])).status_code == 404
    assert client.get(here).status_code == 404
    assert client.get(reverse("draft-upstreams", args=[uuid4()])).status_code == 404
    client.logout()
    assert client.get(here).status_code == 302


def test_servers_of_the_version_before_are_offered(client: Client, seller: User) -> None:
    listing = make_listing("acme/chat", task="text-generation")
    Account.objects.filter(pk=listing.owner_id).update(user=seller, is_reserved=False)
    draft = Draft.objects.create(user=seller, listing="acme/chat")
    here = reverse("draft-upstreams", args=[draft.pk])
    assert "Use those of version" not in client.get(here).content.decode()
    answered = client.post(reverse("take-over-upstreams", args=[draft.pk]), {"version": "9.9.9"})
    assert answered.status_code == 302


def test_the_form_is_folded_where_files_are_there(client: Client, here: str) -> None:
    unfolded = '<details class="adding" open>'
    assert unfolded in client.get(here).content.decode()
    DraftFile.objects.create(draft=Draft.objects.get(), path="model.gguf")
    assert unfolded not in client.get(here).content.decode()
    assert unfolded in client.post(here, {**SAID, "base_url": "no address"}).content.decode(), "what is wrong is seen"


def test_pages_ask_few_queries(client: Client, here: str, django_assert_max_num_queries: Any) -> None:
    for number in range(8):
        client.post(here, {**SAID, "model": f"m{number}"})
    Upstream.objects.update(state=UpstreamState.HEALTHY, asked_at=None)
    with django_assert_max_num_queries(8):
        page = client.get(here).content.decode()
    assert "Eight servers answer" in page
    assert client.post(here, {**SAID, "model": "m9"}).status_code == 422


def test_a_key_is_in_no_log(client: Client, here: str, caplog: pytest.LogCaptureFixture, settings: Any) -> None:
    settings.UPSTREAM_LOOPBACK = True
    with caplog.at_level(logging.DEBUG), selling(status=500) as server:
        client.post(here, {**SAID, "base_url": server.url})
        upstream = Upstream.objects.get()
        try_upstream(upstream.pk)
        client.post(here, {**SAID, "base_url": "x"})
        settings.SEALING_KEYS = ["k" * 5]
        with pytest.raises(Exception) as raised:  # noqa: PT011  whatever it is, it must not say the key
            client.post(here, {**SAID, "model": "other"})
    assert KEY not in caplog.text
    assert KEY not in repr(raised.value)
    assert KEY not in repr(upstream)
