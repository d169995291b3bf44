"""Why a wish about notices is not fulfilled, as sentences for the person who has it."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class NoticeNotFoundError(NotFoundError):
    """There is no such notice of this user."""

    code = "notification-not-found"
    detail = _("There is no such notification of yours. It may be so old that it was deleted.")


class LinkInvalidError(DomainError):
    """A link from a mail was not made here, or was cut short on its way."""

    code = "link-invalid"
    status = HTTPStatus.NOT_FOUND
    detail = _("This link is not whole. Open it from the mail itself, or copy all of it.")


class LinkExpiredError(DomainError):
    """A link that confirms an address is too old, or the address has changed since."""

    code = "link-expired"
    status = HTTPStatus.GONE
    detail = _("This link is not valid any more. Have a new one sent from your notification settings.")


class FeedNotFoundError(NotFoundError):
    """A secret address of a feed does not lead anywhere, or not any more."""

    code = "feed-not-found"
    detail = _("This address leads to no feed. Its owner may have replaced it by a new one.")


class NoMailError(DomainError):
    """The site has no way to send mail."""

    code = "no-mail"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _("This site does not send mail.")
