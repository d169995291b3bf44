"""Errors that several packages of the DAO's pages raise."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class NoDaoError(DomainError):
    """The DAO's contracts are not deployed on the home chain, or nothing of it is indexed yet."""

    code = "no-dao"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _("The DAO cannot be read yet: its chain is not indexed. Try again in a minute.")
