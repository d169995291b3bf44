"""Who may open a view, and how others are sent to sign in."""

from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django_htmx.middleware import HtmxMiddleware

from accounts.models import User
from common.access import member, member_api, staff
from common.errors import NotSignedInError


@member
def for_members(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


@staff
def for_staff(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


@member_api
def operation(request: HttpRequest, number: int) -> int:
    return number


def request(method: str = "GET", *, user: User | None = None, **headers: str) -> HttpRequest:
    made = RequestFactory().generic(method, "/account/?page=2", headers=headers)
    made.user = user or AnonymousUser()
    HtmxMiddleware(lambda _: HttpResponse())(made)
    return made


def test_a_member_comes_in_and_the_page_is_not_kept() -> None:
    response = for_members(request(user=User()))
    assert response.content == b"inside"
    assert "no-store" in response["Cache-Control"]


def test_a_visitor_signs_in_and_comes_back() -> None:
    assert for_members(request()).headers["Location"] == "/sign-in?next=%2Faccount%2F%3Fpage%3D2"


def test_after_a_form_the_visitor_comes_home() -> None:
    assert for_members(request("POST")).headers["Location"] == "/sign-in?next=%2F"


def test_htmx_is_led_to_the_sign_in_and_back_to_the_page() -> None:
    headers: dict[str, Any] = {"HX-Request": "true", "HX-Current-URL": "http://testserver/models?q=a"}
    response = for_members(request(**headers))
    assert response.headers["HX-Redirect"] == "/sign-in?next=%2Fmodels%3Fq%3Da"


def test_a_program_gets_a_problem() -> None:
    response = for_members(request(accept="application/json"))
    assert response.status_code == HTTPStatus.UNAUTHORIZED
    assert response["Content-Type"] == "application/problem+json"


def test_staff_alone_enter_what_is_for_staff() -> None:
    assert for_staff(request(user=User(is_staff=True))).content == b"inside"
    assert for_staff(request()).status_code == HTTPStatus.FOUND
    with pytest.raises(PermissionDenied):
        for_staff(request(user=User()))


def test_an_operation_for_members_refuses_others() -> None:
    assert operation(request(user=User()), 7) == 7
    with pytest.raises(NotSignedInError):
        operation(request(), 7)


def test_the_marks_can_be_read() -> None:
    marks = [getattr(view, "access", "") for view in (for_members, for_staff, operation)]
    assert marks == ["member", "staff", "member"]
