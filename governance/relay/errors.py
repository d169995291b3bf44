"""What cannot be done with a signed message."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class NotOpenError(DomainError):
    """The proposal is not voted on now."""

    code = "vote-not-open"
    status = HTTPStatus.CONFLICT
    detail = _("This proposal is not voted on now.")


class NoPowerError(DomainError):
    """The account has no votes that count."""

    code = "no-voting-power"
    status = HTTPStatus.CONFLICT
    detail = _("This account had no votes when the proposal's votes were fixed.")


class AlreadyVotedError(DomainError):
    """The account has voted, and a vote cannot be changed."""

    code = "already-voted"
    status = HTTPStatus.CONFLICT
    detail = _("This account has voted on this proposal already, and a vote cannot be changed.")


class AlreadyRelayedError(DomainError):
    """What was signed before is on its way to the chain."""

    code = "already-relayed"
    status = HTTPStatus.CONFLICT
    detail = _("What you signed before is already on its way to the chain, so it can no longer be changed.")


class MessageRefusedError(DomainError):
    """The signature is not the account's over exactly this, or the contract would not take it."""

    code = "signature-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("This is not your account’s signature of exactly this. Sign again, or send your own transaction.")


class NothingToDelegateError(DomainError):
    """The account holds no LATTICE, or delegates to that account already."""

    code = "nothing-to-delegate"
    status = HTTPStatus.CONFLICT
    detail = _("This account holds no LATTICE, so there is nothing to delegate.")


class TooManyTriesError(DomainError):
    """The relayer has carried what the account signed often enough, and the chain did not take it."""

    code = "too-many-tries"
    status = HTTPStatus.TOO_MANY_REQUESTS
    detail = _(
        "The relayer has tried your signatures several times, and the chain took none. Send your own transaction."
    )


class TooManyDelegationsError(DomainError):
    """The relayer has carried enough delegations of this account today."""

    code = "too-many-delegations"
    status = HTTPStatus.TOO_MANY_REQUESTS
    detail = _("The relayer carries three delegations of an account a day. Send your own transaction, or wait.")
