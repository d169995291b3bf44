"""The pages of no app, and those that are shown when something fails."""

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path, reverse

from common import views
from common.commands import ACTIONS, PAGES
from common.context import site
from config.urls import urlpatterns as real


def failing(error: type[Exception]) -> HttpResponse:
    raise error("only for the test")


urlpatterns = [
    path("broken/400", lambda request: failing(SuspiciousOperation)),
    path("broken/403", lambda request: failing(PermissionDenied)),
    path("broken/404", lambda request: failing(Http404)),
    path("broken/500", lambda request: failing(RuntimeError)),
    path("broken/503", lambda request: failing(OperationalError)),
    path("styleguide", views.styleguide, name="styleguide"),
    *real,
]
handler400, handler403 = views.bad_request, views.permission_denied
handler404, handler500 = views.page_not_found, views.server_error


@pytest.fixture
def visitor() -> Client:
    """A browser that sees the site with four broken pages."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
@override_settings(ROOT_URLCONF=__name__)
def test_error_page_has_one_action_and_touches_no_database(visitor: Client, status: int) -> None:
    answer = visitor.get(f"/broken/{status}")
    assert answer.status_code == status
    page = answer.content.decode()
    assert page.partition("<main")[2].partition("</main>")[0].count('class="btn act"') == 1
    assert "only for the test" not in page


@override_settings(ROOT_URLCONF=__name__)
def test_what_failed_can_be_tried_again_and_says_its_number(visitor: Client) -> None:
    page = visitor.get("/broken/500", headers={"x-request-id": "edge-0123.a_B"}).content.decode()
    assert '<a class="btn act" href="">Try again</a>' in page
    assert ">edge-0123.a_B</code>" in page
    assert 'href="/models"' in page
    sent = visitor.post("/broken/500").content.decode()
    assert "Try again</a>" not in sent
    assert '<a class="btn act" href="/">' in sent


@override_settings(ROOT_URLCONF=__name__)
def test_a_database_that_is_away_is_said_to_come_back(visitor: Client) -> None:
    answer = visitor.get("/broken/503")
    assert answer["Retry-After"] == "5"
    assert "Back in a moment" in answer.content.decode()
    problem = visitor.get("/broken/503", headers={"accept": "application/json"})
    assert (problem.status_code, problem.json()["code"]) == (503, "service-unavailable")
    assert (problem["Retry-After"], problem["Content-Type"]) == ("5", "application/problem+json")
    failed = visitor.get("/broken/500", headers={"accept": "application/json"})
    assert (failed.status_code, failed.json()["code"]) == (500, "internal-server-error")


@pytest.mark.parametrize("status", [400, 403, 404])
@override_settings(ROOT_URLCONF=__name__)
def test_htmx_gets_a_toast_instead_of_a_page(visitor: Client, status: int) -> None:
    answer = visitor.get(f"/broken/{status}", headers={"HX-Request": "true"})
    assert answer.status_code == status
    assert answer.content.decode().strip().startswith('<div class="toast notice bad">')


@override_settings(ROOT_URLCONF=__name__)
def test_stale_form_is_told_what_to_do(visitor: Client) -> None:
    visitor.handler.enforce_csrf_checks = True
    answer = visitor.post("/models")
    assert answer.status_code == 403
    assert "reload the page" in answer.content.decode()


def test_each_page_of_the_palette_leads_somewhere(visitor: Client) -> None:
    page = visitor.get("/commands").content.decode()
    part = visitor.get("/commands", headers={"HX-Request": "true", "HX-Target": "dialog#palette"}).content.decode()
    assert "<dialog" not in page.partition("<main")[2].partition("</main>")[0]
    for entry in PAGES:
        address = reverse(entry["name"])
        assert f'href="{address}' in page
        assert f'href="{address}' in part
    assert part.count("data-do=") == len(ACTIONS)


@override_settings(ROOT_URLCONF=__name__)
def test_styleguide_shows_both_themes(visitor: Client) -> None:
    page = visitor.get("/styleguide").content.decode()
    assert page.count('data-theme="light"') == page.count('data-theme="dark"') == len(views.STYLEGUIDE["parts"])


def test_styleguide_is_not_routed_outside_debug(client: Client) -> None:
    assert "styleguide" not in {getattr(each, "name", "") for each in real}


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ("light", "light"), ('"><script>', ""), ("", "")])
def test_only_the_two_themes_are_taken_from_the_cookie(cookie: str, theme: str) -> None:
    request: HttpRequest = RequestFactory().get("/")
    request.COOKIES["theme"] = cookie
    assert site(request)["theme"] == theme


@pytest.mark.parametrize("status", [403, 404])
@override_settings(ROOT_URLCONF=__name__)
def test_an_address_that_the_error_page_cannot_read_either_is_a_bad_request(visitor: Client, status: int) -> None:
    answer = visitor.get(f"/broken/{status}?{'&'.join(map(str, range(1_001)))}")
    assert answer.status_code == 400


ELSEWHERE = ["http://[", "http://[::1", "javascript:alert(1)", "//evil.example/x", "http://evil.example/x", ""]


@pytest.mark.parametrize("page", ELSEWHERE)
def test_htmx_from_no_page_of_ours_comes_back_to_the_home_page(visitor: Client, page: str) -> None:
    answer = visitor.get("/sell/", headers={"HX-Request": "true", "HX-Current-URL": page})
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/sign-in?next=%2F")
