"""Why a model on chain cannot be claimed."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class UnclaimedNotFoundError(NotFoundError):
    """No such model waits on that chain."""

    code = "unclaimed-not-found"
    detail = _("No unclaimed model has that id on this chain. It may be claimed already, or not be final yet.")


class NotTheSellerError(DomainError):
    """Another address listed it."""

    code = "not-the-seller"
    status = HTTPStatus.FORBIDDEN
    detail = _("Another address listed this model on chain, and only that one can claim it.")


class TextsHiddenError(DomainError):
    """Moderators have hidden what its document says."""

    code = "texts-hidden"
    status = HTTPStatus.FORBIDDEN
    detail = _(
        "Moderators have hidden what its document says, so it cannot be claimed. Appeal, or list it anew with another "
        "document."
    )


class NotCompleteError(DomainError):
    """Its document could not be read; the sentence says why."""

    code = "metadata-incomplete"
    status = HTTPStatus.CONFLICT
    detail = _("Its document on IPFS has not been read yet. It can be claimed once it is.")


class NameStandsError(DomainError):
    """The name that its document says stands for another of the seller's models on the same chain."""

    code = "name-stands-for-another"
    status = HTTPStatus.CONFLICT
    detail = _(
        "This name already stands for another model of yours on this chain, and a listing has one a chain. Name a "
        "document with another name on chain, or let the other model name this one as its new version."
    )
