"""The one API: every app's router, every error as problem+json (RFC 9457), documented as OpenAPI 3.1."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser

from accounts.notifications.api import router as notifications_router
from common import strict_json
from common.errors import SENTENCES, DomainError, NotFoundError, problem, problem_of, problem_of_status
from governance.api import router as governance_router
from inference.modalities.api import router as modalities_router
from inference.upstream_api import router as upstreams_router
from marketplace.catalogue.api import router as marketplace_router
from marketplace.catalogue.search_api import router as search_router
from marketplace.checks.api import router as checks_router
from marketplace.community.api import router as community_router
from marketplace.publish.api import router as publish_router
from marketplace.releases.api import router as releases_router
from marketplace.reports.api import router as reports_router
from marketplace.reputation.api import router as reputation_router
from marketplace.reviews.api import router as reviews_router
from marketplace.unclaimed.api import router as unclaimed_router

from .problems import add_errors


class NotJsonError(DomainError):
    """A body is not sent as JSON."""

    code = "not-json"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    detail = SENTENCES[HTTPStatus.UNSUPPORTED_MEDIA_TYPE]


class MalformedJsonError(DomainError):
    """A body is said to be JSON and is not well formed."""

    code = "malformed-json"
    detail = _("The body is not well-formed JSON.")


class JsonParser(Parser):
    """Reads bodies as JSON, strictly, where they are sent as JSON."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Return the body's value. Raises NotJsonError, MalformedJsonError."""
        kind = request.content_type or ""
        if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
            raise NotJsonError
        try:
            return cast(dict[str, Any], strict_json.loads(request.body.decode()))
        except ValueError as error:  # UnicodeDecodeError is one
            raise MalformedJsonError from error


class Api(NinjaAPI):
    """Operations are named by their function alone: where it stands in the code is nobody's contract."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Return the document, with every error that an operation can answer."""
        document = super().get_openapi_schema(**options)
        add_errors(
            document, {self.get_openapi_operation_id(each) for each in self.operations() if is_for_members(each)}
        )
        return document

    def operations(self) -> Iterator[Operation]:
        """Yield every operation."""
        for router in self._get_bound_routers():
            for path_view in router.path_operations.values():
                yield from path_view.operations

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return the operation's id."""
        return operation.view_func.__name__


def is_for_members(operation: Operation) -> bool:
    """Say whether an operation needs somebody who is signed in."""
    return getattr(operation.view_func, "access", "") == "member"


api = Api(
    parser=JsonParser(),
    title="Citrate Marketplace API",
    version="1",
    description="Find AI models. Read access is open; every error is `application/problem+json`.",
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)
api.add_router("", marketplace_router)
api.add_router("", search_router)
api.add_router("", modalities_router)
api.add_router("", checks_router)
api.add_router("", publish_router)
api.add_router("", upstreams_router)
api.add_router("", releases_router)
api.add_router("", unclaimed_router)
api.add_router("", reviews_router)
api.add_router("", reports_router)
api.add_router("", reputation_router)
api.add_router("", community_router)
api.add_router("/notifications", notifications_router)
api.add_router("/governance", governance_router)


@api.exception_handler(DomainError)
def _domain_error(request: HttpRequest, error: DomainError) -> HttpResponse:
    return problem_of(error, request)


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_of(NotFoundError(), request)


@api.exception_handler(HttpError)
def _unread(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Say what the parser said of a body, or what the number says."""
    if isinstance(error.__cause__, DomainError):
        return problem_of(error.__cause__, request)
    return problem_of_status(error.status_code, instance=request.path)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Name every field that does not fit, without echoing what was sent."""
    faults = [{"field": ".".join(map(str, fault["loc"][1:])), "message": fault["msg"]} for fault in error.errors]
    names = ", ".join(dict.fromkeys(fault["field"] for fault in faults))
    detail = f"Some of what was sent does not fit: {names}."
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail, instance=request.path, data={"errors": faults}
    )
