"""Why a seller's terms may be refused."""

from __future__ import annotations

from http import HTTPStatus

from common.errors import DomainError


class FormRefusedError(DomainError):
    """What was filled in cannot be taken; the detail says why, field by field."""

    code = "form-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
