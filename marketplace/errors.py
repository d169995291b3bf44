"""What can be refused in the marketplace."""

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class ListingNotFoundError(NotFoundError):
    """No listing has that name."""

    code = "listing-not-found"
    detail = _("There is no model by that name in the catalogue.")


class OwnerNotFoundError(NotFoundError):
    """No account has that name."""

    code = "owner-not-found"
    detail = _("There is nobody by that name in the catalogue.")


class CatalogueRefusedError(DomainError):
    """Some records are bad, and nothing was imported."""

    code = "catalogue-refused"
