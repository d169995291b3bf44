"""The moderators' pages: who gets in and how, what they find there, and what they can do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, reverse

from accounts.console import console
from accounts.models import User
from contracts.models import Chain
from marketplace.ground.decisions import Category, ModerationDecision
from marketplace.listings.models import Listing
from marketplace.moderation.hiding import hide_listing
from tests.accounts.conftest import CHAIN
from tests.accounts.signing import Person
from tests.moderators import make_moderator

pytestmark = pytest.mark.django_db

NAME = "BAAI/bge-m3"
LISTINGS = "/admin/marketplace/listing/"
LOG = "/admin/marketplace/moderationdecision/"


@pytest.fixture
def listing() -> Listing:
    return Listing.objects.get(name=NAME)


def signed_in(client: Client, *, staff: bool) -> User:
    user = User.objects.create(address="0x" + "ab" * 20, is_staff=staff)
    client.force_login(user)
    return user


@pytest.fixture
def moderator(client: Client) -> User:
    return signed_in(client, staff=True)


def leaves(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from leaves(each.url_patterns)
        else:
            yield each


def test_every_address_of_it_is_for_the_staff_and_none_is_about_passwords() -> None:
    found = list(leaves(console.get_urls()))
    assert len(found) > 10
    assert {each.callback.access for each in found} == {"staff"}  # type: ignore[attr-defined]  # the mark is there
    for name in ("password_change", "password_change_done"):
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:{name}")


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", LISTINGS, LOG, "/admin/nothing"])
def test_a_visitor_signs_in_with_a_wallet_and_others_than_staff_are_refused(client: Client, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/sign-in?next={path.replace('/', '%2F')}"
    user = signed_in(client, staff=False)
    answer = client.get(path)
    assert answer.status_code == 403
    assert f"You are signed in as {user.checksum[:6]}…{user.checksum[-4:]}" in answer.content.decode()


def test_the_way_in_is_a_signature_and_the_way_out_ends_the_session(client: Client) -> None:
    Chain.objects.update_or_create(pk=31337, defaults=CHAIN)
    person = Person()
    call_command("grant_staff", person.address)
    person.sign_in(client)
    assert client.get("/admin/login/").headers["Location"] == "/admin/"
    page = client.get("/admin/").content.decode()
    assert person.address in page
    assert "password" not in page.lower()
    call_command("grant_staff", person.address, remove=True)
    assert client.get("/admin/").status_code == 403
    call_command("grant_staff", person.address)
    assert client.post("/admin/logout/").headers["Location"] == "/"
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize(
    "address",
    ["", "moderator", "0x12", "0xAb" + "ab" * 19, "ab" * 20, "vitalik.eth"],
    ids=["nothing", "a word", "short", "a wrong checksum", "no 0x", "a name"],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(CommandError, match="not an address"):
        call_command("grant_staff", address)


def test_listings_are_found_by_name_and_read_but_not_written(client: Client, moderator: User, listing: Listing) -> None:
    page = client.get(LISTINGS, {"q": "bge-m3"}).content.decode()
    assert NAME in page
    assert "timm/" not in page
    page = client.get(f"{LISTINGS}{listing.pk}/change/").content.decode()
    assert 'name="_save"' not in page
    for path in (f"{LISTINGS}add/", f"{LISTINGS}{listing.pk}/delete/", f"{LOG}add/"):
        assert client.get(path).status_code == 403
    assert client.post(f"{LISTINGS}{listing.pk}/change/", {"name": "BAAI/other"}).status_code == 403


def test_the_staff_reads_the_log_and_decides_in_the_console_alone(
    client: Client, moderator: User, listing: Listing
) -> None:
    by = make_moderator("0x" + "cd" * 20)
    hide_listing(moderator=by, name=NAME, category=Category.LICENCE, reason="Its licence forbids\nthis.")
    page = client.get(f"{LISTINGS}{listing.pk}/change/").content.decode()
    assert f'href="/moderation/about/listing/{NAME}"' in page
    assert "Its licence forbids<br>this." in page
    assert NAME in client.get(LISTINGS, {"hidden": "yes"}).content.decode()
    entry = ModerationDecision.objects.get()
    assert "Its licence forbids" in client.get(LOG, {"q": "bge-m3"}).content.decode()
    assert "Its licence forbids" in client.get(f"{LOG}{entry.pk}/change/").content.decode()
    assert client.get(f"{LOG}{entry.pk}/delete/").status_code == 403
    assert client.get("/moderation/").status_code == 403  # staff without the role decides nothing


def test_the_staff_finds_the_way_there_and_nobody_else_is_shown_it(client: Client) -> None:
    signed_in(client, staff=False)
    assert 'href="/admin/"' not in client.get("/models").content.decode()
    User.objects.update(is_staff=True)
    assert 'href="/admin/"' in client.get("/models").content.decode()
