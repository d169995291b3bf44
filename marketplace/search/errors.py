"""Why a search may be refused."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class SearchTooSlowError(DomainError):
    """A search took longer than anybody would wait, and was given up."""

    code = "search-too-slow"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _("This search took too long and was stopped. Try other words or fewer filters.")


class SearchNotUnderstoodError(DomainError):
    """Some of what was asked means nothing here; ``data`` names each parameter with what is wrong."""

    code = "invalid-request"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    @classmethod
    def of(cls, faults: Mapping[str, str]) -> SearchNotUnderstoodError:
        """Return the refusal of these parameters."""
        detail = gettext("Some of the request was not understood: %(names)s.") % {"names": ", ".join(sorted(faults))}
        return cls(detail, errors=[{"field": name, "message": faults[name]} for name in sorted(faults)])


class SearchTooLongError(DomainError):
    """A search has more in it than is kept."""

    code = "search-too-long"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class SavedSearchNotFoundError(NotFoundError):
    """This account keeps no such search."""

    code = "saved-search-not-found"
    detail = _("You have no saved search with that number.")


class TooManySavedError(DomainError):
    """Fifty searches are kept already."""

    code = "too-many-saved"
    status = HTTPStatus.CONFLICT
    detail = _("You already have fifty saved searches. Delete one first.")
