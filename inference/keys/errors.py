"""Why a key, or what is asked of it, is refused."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from common.errors import DomainError, NotFoundError


class KeyRefusedError(DomainError):
    """The key that came with a request does not open anything."""

    status = HTTPStatus.UNAUTHORIZED


class KeyUnknownError(KeyRefusedError):
    """No key has that secret, or it has none any more."""

    code = "invalid-api-key"
    detail = gettext_lazy("That API key is not known here. Make one under /account/keys.")


class KeyRevokedError(KeyRefusedError):
    """Its owner has ended it."""

    code = "api-key-revoked"
    detail = gettext_lazy("That API key was revoked by its owner.")


class KeyReplacedError(KeyRefusedError):
    """Its owner has another secret of the same key by now."""

    code = "api-key-replaced"
    detail = gettext_lazy("That API key was replaced by a newer one of its owner.")


class KeyExpiredError(KeyRefusedError):
    """Its time is over."""

    code = "api-key-expired"
    detail = gettext_lazy("That API key has expired. Make another one under /account/keys.")


class KeyPausedError(KeyRefusedError):
    """Its owner's account does not work at the moment."""

    code = "account-paused"
    status = HTTPStatus.FORBIDDEN
    detail = gettext_lazy("The account that this API key belongs to is paused.")


class KeyNetworkError(KeyRefusedError):
    """It is used from where its owner does not want it to be used."""

    code = "api-key-network"
    status = HTTPStatus.FORBIDDEN
    detail = gettext_lazy("That API key may not be used from this address; its owner named the networks it is for.")


class KeyScopeError(KeyRefusedError):
    """It is not for that model."""

    code = "api-key-scope"
    status = HTTPStatus.FORBIDDEN
    detail = gettext_lazy("That API key is not for this model; its owner named the models it is for.")


class CapReachedError(DomainError):
    """The call could cost more than the key has left under one of its caps; ``data`` says which, and when it is new."""

    code = "cap-reached"
    status = HTTPStatus.PAYMENT_REQUIRED

    def __init__(self, cap: str, label: StrOrPromise, *, limit: int, left: int, resets_at: datetime | None) -> None:
        if resets_at is None:
            detail = _(
                "The API key has reached what it may spend in all. Its owner can raise that under /account/keys."
            )
        else:
            detail = _(
                "The API key has reached what it may spend %(span)s. That begins anew on %(time)s UTC; its owner "
                "can raise it under /account/keys."
            ) % {"span": label, "time": date_format(resets_at, "j M Y, H:i")}
        super().__init__(
            detail,
            cap=cap,
            limit=str(limit),
            left=str(left),
            **({"resets_at": resets_at.isoformat()} if resets_at else {}),
        )


class KeyNotFoundError(NotFoundError):
    """There is no such key, or it is somebody else's."""

    code = "key-not-found"
    detail = gettext_lazy("There is no such key of yours.")


class KeyOverError(DomainError):
    """It is revoked or has expired, so nothing of it can be changed."""

    code = "key-over"
    status = HTTPStatus.CONFLICT
    detail = gettext_lazy("This key does not work any more, so it cannot be changed. Make another one.")


class TooManyKeysError(DomainError):
    """There are as many as there may be."""

    code = "too-many-keys"
    status = HTTPStatus.CONFLICT
    detail = gettext_lazy("You have fifty keys that work, and there can be no more. Revoke one first.")


class CapBelowError(DomainError):
    """A key without a currency has nothing that a cap could count."""

    code = "no-currency"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = gettext_lazy("This key pays for nothing, so it has no caps.")
