"""Which errors each operation of the API can answer, derived from what the operation is: nobody writes them by hand."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from common.errors import PROBLEM_JSON

Details = dict[str, Any]

SCHEMA = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457). Further fields hold the values behind it.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": "`urn:citrate:problem:` and the code."},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer", "description": "The status of the answer."},
        "code": {"type": "string", "description": "What to compare: it stays the same, whatever the sentence."},
        "detail": {"type": "string", "description": "A sentence for people."},
        "instance": {"type": "string", "description": "The path that was asked for."},
        "retry_after": {"type": "integer", "description": "Seconds after which to ask again."},
        "errors": {
            "type": "array",
            "description": "The fields that do not fit.",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                "required": ["field", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "code", "detail"],
    "additionalProperties": True,
}
RETRY = {"Retry-After": {"description": "Seconds after which to ask again.", "schema": {"type": "integer"}}}
DESCRIPTIONS = {
    HTTPStatus.BAD_REQUEST: "The request could not be read, or its cursor is not of this order.",
    HTTPStatus.UNAUTHORIZED: "Nobody is signed in.",
    HTTPStatus.FORBIDDEN: "It is not yours to do, or the token of the page is missing.",
    HTTPStatus.NOT_FOUND: "There is nothing by that name.",
    HTTPStatus.METHOD_NOT_ALLOWED: "The address does not take that method.",
    HTTPStatus.REQUEST_TIMEOUT: "The request did not arrive in time.",
    HTTPStatus.CONFLICT: "It does not fit what is there already.",
    HTTPStatus.GONE: "The order that the cursor belongs to is kept no more; begin again.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not sent as `application/json`.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Something that was sent does not fit.",
    HTTPStatus.TOO_MANY_REQUESTS: "It was asked too often.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The address and the headers are too large.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something broke on our side.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The site is busy, or the search was given up.",
}
ALWAYS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def add_errors(document: Details, members: set[str]) -> None:
    """Write into an OpenAPI document what can go wrong; ``members`` are the ids of operations that need a wallet."""
    components = document["components"]
    components.setdefault("schemas", {})["Problem"] = SCHEMA
    components["responses"] = {_name(status): _response(status) for status in DESCRIPTIONS}
    components["responses"]["Default"] = _response(None)
    for methods in document["paths"].values():
        for method, details in methods.items():
            details["responses"] |= {
                str(int(status)): {"$ref": f"#/components/responses/{_name(status)}"}
                for status in sorted(errors_of(method, details, is_member=details["operationId"] in members))
            }
            details["responses"]["default"] = {"$ref": "#/components/responses/Default"}


def errors_of(method: str, details: Details, *, is_member: bool) -> Iterator[HTTPStatus]:
    """Yield the statuses of errors that an operation can answer."""
    parameters = details.get("parameters", [])
    changes = method in ("post", "put", "patch", "delete")
    yield from ALWAYS
    if is_member:
        yield HTTPStatus.UNAUTHORIZED
    if changes:
        yield HTTPStatus.FORBIDDEN
    if any(each["in"] == "path" for each in parameters) or "requestBody" in details:  # a body may name something too
        yield HTTPStatus.NOT_FOUND
    if any(each["name"] == "cursor" for each in parameters):
        yield HTTPStatus.GONE
    if parameters or "requestBody" in details:
        yield HTTPStatus.UNPROCESSABLE_ENTITY
    if changes:
        yield HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    if "requestBody" in details:
        yield HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        yield HTTPStatus.CONFLICT


def _name(status: HTTPStatus) -> str:
    return status.name.title().replace("_", "")


def _response(status: HTTPStatus | None) -> Details:
    description = DESCRIPTIONS[status] if status else "Any other error."
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    waits = status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    return {"description": description, "content": content, **({"headers": RETRY} if waits else {})}
