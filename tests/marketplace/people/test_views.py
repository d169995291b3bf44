"""Somebody's page and the form of their profile."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.addresses import checksum
from accounts.models import Account, User
from marketplace.people.models import Profile
from marketplace.scores.models import Review, Standing

from .lives import live
from .test_actions import SAID, hide

ADDRESS = "0x" + "a" * 40


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create(address=ADDRESS)


@pytest.fixture
def member(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


@pytest.mark.parametrize("written", [checksum(ADDRESS), "0x" + "A" * 40])
def test_any_case_of_an_address_leads_to_its_page(client: Client, db: None, written: str) -> None:
    answer = client.get(f"/u/{written}?a=b")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"/u/{ADDRESS}?a=b")


def test_an_address_that_did_nothing_has_an_honest_page(client: Client, db: None) -> None:
    page = client.get(f"/u/{ADDRESS}")
    assert page.status_code == 200
    assert "has not signed in here" in page.content.decode()
    assert "noindex" in page.content.decode()
    assert client.get("/u/nobody").status_code == 422


def test_a_page_shows_what_is_said_and_what_is_proved(
    member: Client, user: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Account.objects.create(name="ada-models", user=user)
    Profile.objects.create(address=ADDRESS, **SAID)
    with django_assert_max_num_queries(8):
        page = member.get(f"/u/{ADDRESS}").content.decode()
    assert "ada-models" in page
    assert "Whoever holds it goes by <bdi>Ada</bdi>" in page
    assert "<em>small</em>" in page
    assert 'href="https://example.org/ada" rel="nofollow ugc noopener me"' in page
    assert "/account/profile" in page
    assert f"/dao/delegates/{ADDRESS}" in page


def test_reviews_are_shown_and_purchases_are_not(
    client: Client, db: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    user, model = live()
    with django_assert_max_num_queries(8):
        page = client.get(f"/u/{user.address}").content.decode()
    assert "Mine, and only mine." in page
    assert f"/reviews/{Review.objects.get(author=user.address).pk}" in page
    assert "passes" not in page
    Review.objects.filter(author=user.address).update(withdrawn_at=timezone.now(), standing=Standing.WITHDRAWN)
    assert "Mine, and only mine." not in client.get(f"/u/{user.address}").content.decode()
    assert model.listing.name not in client.get(f"/u/{user.address}").content.decode()


def test_a_hidden_profile_says_why_and_nothing_else(client: Client, user: User) -> None:
    Profile.objects.create(address=ADDRESS, **SAID)
    hide(ADDRESS)
    page = client.get(f"/u/{ADDRESS}").content.decode()
    assert "Spam." in page
    assert "example.org" not in page
    assert "Ada" not in page


def test_a_profile_is_previewed_and_saved(member: Client, user: User) -> None:
    said = {"name": "Ada", "bio": "**Hello**", "links": "https://example.org/a\n\nhttps://example.org/a"}
    page = member.post("/account/profile", {**said, "preview": "1"})
    assert "<strong>Hello</strong>" in page.content.decode()
    assert not Profile.objects.exists()
    assert member.post("/account/profile", said).headers["Location"] == f"/u/{ADDRESS}"
    assert Profile.objects.get().links == ["https://example.org/a"]
    assert "https://example.org/a" in member.get("/account/profile").content.decode()


@pytest.mark.parametrize(
    "links",
    ["http://example.org", "javascript:alert(1)", "https://", "https://a b", "https://user@example.org", "ftp://a.b",
     "\n".join(f"https://example.org/{number}" for number in range(6)), "https://example.org/" + "a" * 200],
)  # fmt: skip
def test_links_that_are_none_are_refused(member: Client, links: str) -> None:
    answer = member.post("/account/profile", {"links": links})
    assert answer.status_code == 422
    assert not Profile.objects.exists()


def test_a_refused_name_is_said_in_the_form(member: Client) -> None:
    answer = member.post("/account/profile", {"name": "Moderator"})
    assert answer.status_code == 422
    assert "could be taken for Moderator" in answer.content.decode()


def test_a_visitor_is_asked_to_sign_in(client: Client, db: None) -> None:
    assert "/sign-in" in client.get("/account/profile").headers["Location"]
