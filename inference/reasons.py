"""Why a server did not answer, as the code that its seller reads a sentence for."""

from __future__ import annotations

from http import HTTPStatus
from ssl import SSLError

import urllib3

from common.errors import DomainError
from common.pinned import AddressRefusedError
from common.sealing import SealedError

from .errors import EngineBusyError, EngineStatusError, EngineWarmingError, TooLongError

KEY = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}


def reason_of(error: DomainError | TimeoutError) -> str:
    """Return the code of what went wrong."""
    causes = list(_causes(error))
    if any(isinstance(each, (SSLError, urllib3.exceptions.SSLError)) for each in causes):
        return "certificate"
    if any(isinstance(each, AddressRefusedError) for each in causes):
        return "address"
    if any(isinstance(each, SealedError) for each in causes):
        return "key-lost"
    if isinstance(error, EngineStatusError):
        return _of_status(error.answered)
    if isinstance(error, TooLongError):
        return "refused"
    if isinstance(error, EngineWarmingError):
        return "unreachable"
    if isinstance(error, TimeoutError) or (isinstance(error, EngineBusyError) and error.__cause__):
        return "slow"
    return "limited" if isinstance(error, EngineBusyError) else "no-answer"


def _of_status(status: int) -> str:
    if status in KEY:
        return "key"
    if status in GONE:
        return "not-found"
    if 300 <= status < 400:
        return "redirect"
    return "broken"


def _causes(error: BaseException) -> list[BaseException]:
    """Return an error and all that it came from."""
    found: list[BaseException] = []
    while error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__ or error
    return found
