"""Why someone is not signed in, as sentences for the person who tried."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError

REFUSALS = {
    "malformed": _("This is not a sign-in message that we know. Start again."),
    "domain": _("This message was made for another site. Sign in only to the address that your browser shows."),
    "origin": _("Nobody can sign in at this address of the site. Open the site at its own address, and sign in there."),
    "uri": _("This message names another site as its address. Start again."),
    "statement": _("The text of this message was changed. Start again."),
    "documents": _("This message does not name the terms as they stand now. Start again."),
    "extras": _("This message asks for more than a sign-in. Start again."),
    "stale": _("This message is too old. Start again, and sign within five minutes."),
    "future": _("This message is dated in the future. Set the clock of your device, and start again."),
    "no-expiry": _("This message does not say until when it is valid. Start again."),
    "expired": _("This message has expired. Start again, and sign within five minutes."),
    "chain": _("This message names a chain that we do not know. Choose another chain in your wallet."),
    "nonce": _("This message was used before, or its time has passed. Start again."),
    "signature": _("The signature does not belong to this address. Start again, and sign with the same account."),
}


class SignInError(DomainError):
    """A sign-in was refused; ``data["reason"]`` is a key of ``REFUSALS``."""

    code = "sign-in-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, reason: str) -> None:
        super().__init__(REFUSALS[reason], reason=reason)


class InvalidFormError(DomainError):
    """Something that was sent has not the form it must have; ``data["fields"]`` names which."""

    code = "invalid-request"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Some of what was sent does not fit. Reload the page and start again.")


class InvalidAddressError(DomainError):
    """What was given is no address."""

    code = "invalid-address"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("This is not an address: it has to be 0x and 40 hexadecimal digits, with a right checksum.")


class ClosedAccountError(DomainError):
    """The user was shut out by the moderators."""

    code = "account-closed"
    status = HTTPStatus.FORBIDDEN
    detail = _("This account is closed. Write to the moderators if you think that this is a mistake.")


class SignInClosedError(DomainError):
    """Nobody can sign in for now: what must be remembered for it cannot be."""

    code = "sign-in-closed"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _("Nobody can sign in at the moment. Everything else goes on; try again in a few minutes.")


class NotAModeratorError(DomainError):
    """Only moderators do this: those who hold the role on the home chain."""

    code = "not-a-moderator"
    status = HTTPStatus.FORBIDDEN
    detail = _("Only moderators decide this, and the wallet that you are signed in with is none.")
