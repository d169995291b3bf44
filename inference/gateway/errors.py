"""What goes wrong, in the words of OpenAI's protocol.

Its clients read ``{"error": {message, type, code, param}}`` as application/json, and send 408, 409, 429 and 5xx again
by themselves: so only what is worth asking again has such a status, and what needs money is a 402.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import JsonResponse
from django.utils.translation import gettext as _

from common.errors import DomainError

# What our own errors are where the protocol has another status or another word for them.
STATUSES = {
    "allowance-spent": HTTPStatus.PAYMENT_REQUIRED,
    "fair-use-spent": HTTPStatus.PAYMENT_REQUIRED,
    "call-closed": HTTPStatus.BAD_GATEWAY,
    "gone": HTTPStatus.BAD_GATEWAY,
}
CODES = {
    "not-runnable": "model_not_found",
    "invalid-api-key": "invalid_api_key",
    "too-long": "context_length_exceeded",
    "not-taken": "unsupported_parameter",
    "too-many-requests": "rate_limit_exceeded",
    "too-many-streams": "rate_limit_exceeded",
    "allowance-spent": "insufficient_quota",
    "fair-use-spent": "insufficient_quota",
}
PARAMS = {"not-runnable": "model", "wrong-mode": "model", "too-long": "messages", "bad-question": "messages"}
RETRIES = {"busy": 2, "too-many-streams": 2, "warming-up": 5, "not-answering": 10}  # seconds
KINDS = {
    HTTPStatus.UNAUTHORIZED: "authentication_error",
    HTTPStatus.PAYMENT_REQUIRED: "insufficient_quota",
    HTTPStatus.FORBIDDEN: "permission_error",
    HTTPStatus.NOT_FOUND: "not_found_error",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit_error",
}


class ProtocolError(Exception):
    """A request that is not answered. ``param`` names what of it is at fault, ``retry`` is in seconds."""

    def __init__(
        self, message: str, *, status: int = HTTPStatus.BAD_REQUEST, code: str = "", param: str = "", retry: int = 0
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.code, self.param, self.retry = message, status, code, param, retry

    @property
    def document(self) -> dict[str, Any]:
        """What clients read of it."""
        default = "server_error" if self.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
        kind = KINDS.get(HTTPStatus(self.status), default)
        said = {"message": self.message, "type": kind, "code": self.code or None, "param": self.param or None}
        return {"error": said}

    def response(self) -> JsonResponse:
        """Return the answer that says so."""
        headers = {"Cache-Control": "no-store"}
        if self.retry:
            headers["Retry-After"] = str(self.retry)
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        return JsonResponse(self.document, status=self.status, headers=headers)


class AsProblemError(DomainError):
    """What the protocol refuses, said in its words by the API beside it."""

    def __init__(self, error: ProtocolError) -> None:
        super().__init__(error.message)
        self.code, self.status = error.code.replace("_", "-"), HTTPStatus(error.status)


def protocol_error(error: DomainError) -> ProtocolError:
    """Return one of our own errors as the protocol has it."""
    status = STATUSES.get(error.code, error.status)
    if status in (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT):  # what nobody has to send again
        status = HTTPStatus.BAD_REQUEST
    code = CODES.get(error.code, error.code.replace("-", "_"))
    names = error.data.get("names")
    param = str(names[0]) if isinstance(names, list) and names else PARAMS.get(error.code, "")
    after = error.data.get("retry_after")
    retry = after if isinstance(after, int) else RETRIES.get(error.code, 0)
    return ProtocolError(_words(error), status=status, code=code, param=param, retry=retry)


def _words(error: DomainError) -> str:
    """Return what it says; of a context that is too small in the words that clients of the protocol look for."""
    if error.code != "too-long" or "context" not in error.data:
        return str(error.detail)
    return (
        _(
            "This model's maximum context length is %(context)d tokens. However, your messages resulted in about "
            "%(tokens)d tokens. Please reduce the length of the messages."
        )
        % error.data
    )


def refused(param: str, message: str, code: str = "invalid_value") -> ProtocolError:
    """Return the refusal of one part of a request."""
    return ProtocolError(message, code=code, param=param)


def unsupported(param: str) -> ProtocolError:
    """Return the refusal of what nothing here can do."""
    words = _("Unsupported parameter: '%(name)s' is not supported here.") % {"name": param}
    return refused(param, words, "unsupported_parameter")
