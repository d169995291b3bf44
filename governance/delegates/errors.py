"""Errors of delegates' pages."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class FormRefusedError(DomainError):
    """A field says something that cannot be; the sentence says what."""

    code = "form-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class CannotDelegateError(DomainError):
    """Votes cannot go there."""

    code = "cannot-delegate"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotYourStatementError(DomainError):
    """A statement is its delegate's own."""

    code = "not-your-statement"
    status = HTTPStatus.FORBIDDEN
    detail = _("Only this address itself can write its statement. Sign in with its wallet.")


class TooManyVersionsError(DomainError):
    """It was rewritten too often in one day."""

    code = "statement-rewritten-too-often"
    status = HTTPStatus.TOO_MANY_REQUESTS
    detail = _("You have rewritten your statement many times today. Try again tomorrow.")
