"""Who has not accepted the terms as they stand reads what is public, and is asked wherever they would write."""

import pytest
from django.test import Client

from accounts.legal.models import Acceptance
from accounts.models import User
from tests.accounts.signing import Person

JSON = {"accept": "application/json"}
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/models?q=a"}


@pytest.fixture
def member(client: Client, person: Person, request: pytest.FixtureRequest) -> Client:
    """Somebody who signed in under the first terms, and whose session lasts."""
    person.sign_in(client)
    request.getfixturevalue("second_terms")
    return client


def test_a_page_of_their_own_leads_to_the_terms_and_back(member: Client, person: Person) -> None:
    answer = member.get("/account/?a=b")
    assert answer.headers["Location"] == "/account/accept?next=%2Faccount%2F%3Fa%3Db"
    page = member.get(answer.headers["Location"]).content.decode()
    assert "/terms/2" in page
    assert "/terms/2/changes" in page
    assert "/privacy/2/changes" not in page
    person.sign_in(member)
    assert member.get("/account/").status_code == 200
    assert member.get(answer.headers["Location"]).headers["Location"] == "/account/?a=b"


@pytest.mark.parametrize("path", ["/about", "/models", "/terms", "/terms/2/changes"])
def test_what_is_public_is_read_and_says_what_waits(member: Client, path: str) -> None:
    page = member.get(path)
    assert page.status_code == 200
    assert "/account/accept" in page.content.decode()


def test_nothing_is_written(member: Client) -> None:
    before = list(User.objects.values())
    for path in ("/account/searches/save", "/account/notifications/read", "/models/a/b/buy"):
        assert member.post(path, {"query": "q=a"}).headers["Location"] == "/account/accept?next=%2F"
    assert list(User.objects.values()) == before


def test_a_program_hears_why(member: Client) -> None:
    answer = member.post("/account/searches/save", {"query": "q=a"}, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (403, "terms-not-accepted")
    answer = member.post("/api/v1/notifications/read", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "terms-not-accepted")


def test_htmx_goes_there_as_a_whole_page(member: Client) -> None:
    answer = member.post("/account/searches/save", {"query": "q=a"}, headers=HTMX)
    assert answer.headers["HX-Redirect"] == "/account/accept?next=%2Fmodels%3Fq%3Da"


def test_what_a_page_loads_of_their_own_leads_nowhere(member: Client) -> None:
    assert member.get("/account/searches", headers=HTMX).status_code == 200


def test_signing_out_stays_open(member: Client) -> None:
    assert member.post("/sign-out").headers["Location"] == "/"


def test_who_has_never_accepted_is_asked_for_all(member: Client) -> None:
    User.objects.update(accepted="")
    Acceptance.objects.all().delete()
    page = member.get("/account/accept").content.decode()
    assert "/terms/2" in page
    assert "/privacy/2" in page
    assert "changes" not in page


def test_a_page_for_all_asks_for_no_user(client: Client, person: Person, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_max_num_queries(0):
        client.get("/terms")
