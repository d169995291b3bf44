"""Why the catalogue's pages and its import may refuse."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class OwnerNotFoundError(NotFoundError):
    """No account has that name."""

    code = "owner-not-found"
    detail = _("No one by that name is in the catalogue.")


class CatalogueRefusedError(DomainError):
    """Some records are bad, and nothing was imported."""

    code = "catalogue-refused"


class MetadataNotFoundError(NotFoundError):
    """No document has that CID, or it is damaged."""

    code = "metadata-not-found"
    detail = _("There is no document with this address here.")
