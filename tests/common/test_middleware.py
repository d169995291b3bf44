"""Each page has the policy of the settings, and each line of the log its request's id."""

import pytest
import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from common.middleware import ContentSecurityPolicyMiddleware, RequestMiddleware


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/about", "/models", "/nowhere", "/api/v1/listings"])
def test_the_policy_is_that_of_the_settings(path: str) -> None:
    policy = Client().get(path)["Content-Security-Policy"]
    told = dict(part.split(" ", 1) for part in policy.split("; "))
    stated = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert told == {name: " ".join(values) for name, values in stated.items()}


def test_a_view_may_state_its_own_policy() -> None:
    own = HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})
    given = ContentSecurityPolicyMiddleware(lambda _: own)(RequestFactory().get("/"))
    assert given["Content-Security-Policy"] == "default-src 'none'"


@pytest.mark.parametrize("sent", ["edge-0123", ""])
def test_lines_have_the_id_while_the_request_lasts(sent: str) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse(structlog.contextvars.get_contextvars()["request_id"])

    given = RequestMiddleware(answer)(RequestFactory().get("/", headers={"X-Request-ID": sent}))
    assert isinstance(given, HttpResponse)
    assert given.content.decode() == sent or len(given.content) == 32
    assert not structlog.contextvars.get_contextvars()
