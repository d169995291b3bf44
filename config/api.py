"""The one API: every app's router, every error as problem+json (RFC 9457), documented as OpenAPI 3.1."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.operation import Operation

from common.errors import DomainError, NotFoundError, problem, problem_of
from marketplace.catalogue.api import router as marketplace_router
from marketplace.catalogue.search_api import router as search_router


class Api(NinjaAPI):
    """Operations are named by their function alone: where it stands in the code is nobody's contract."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return the operation's id."""
        return operation.view_func.__name__


api = Api(
    title="Citrate Marketplace API",
    version="1",
    description="Find AI models. Read access is open; every error is `application/problem+json`.",
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)
api.add_router("", marketplace_router)
api.add_router("", search_router)


@api.exception_handler(DomainError)
def _domain_error(request: HttpRequest, error: DomainError) -> HttpResponse:
    return problem_of(error, request)


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_of(NotFoundError(), request)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Name every field that does not fit, without echoing what was sent."""
    faults = [{"field": ".".join(map(str, fault["loc"][1:])), "message": fault["msg"]} for fault in error.errors]
    names = ", ".join(dict.fromkeys(fault["field"] for fault in faults))
    detail = f"Some of what was sent does not fit: {names}."
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail, instance=request.path, data={"errors": faults}
    )
