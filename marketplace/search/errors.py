"""What can be refused of a search."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class SearchTooSlowError(DomainError):
    """A search took longer than anybody would wait, and was given up."""

    code = "search-too-slow"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _("This search took too long and was given up. Try it with other words, or with fewer filters.")


class SavedSearchNotFoundError(NotFoundError):
    """This account keeps no such search."""

    code = "saved-search-not-found"
    detail = _("You keep no search by that number.")


class TooManySavedError(DomainError):
    """Fifty searches are kept already."""

    code = "too-many-saved"
    status = HTTPStatus.CONFLICT
    detail = _("You keep fifty searches already. Forget one first.")
