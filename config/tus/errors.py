"""What the protocol itself refuses."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class BadHeaderError(DomainError):
    """A header that tus wants is missing, or says nothing that it may."""

    code = "bad-header"

    def __init__(self, name: str) -> None:
        super().__init__(
            _("The header %(name)s is missing, or is not as tus 1.0 has it.") % {"name": name}, header=name
        )


class VersionError(DomainError):
    """Another version of tus is spoken."""

    code = "tus-version"
    status = HTTPStatus.PRECONDITION_FAILED
    detail = _("This address speaks tus 1.0.0: send the header Tus-Resumable with it.")


class KindError(DomainError):
    """The body is not said to be bytes of a file."""

    code = "content-type"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    detail = _("Send the bytes of a file as application/offset+octet-stream.")


class MethodError(DomainError):
    """The address does not take the method."""

    code = "method-not-allowed"
    status = HTTPStatus.METHOD_NOT_ALLOWED
    detail = _("This address does not take that method.")


class ForeignPageError(DomainError):
    """The request comes from another site's page, or from no page."""

    code = "foreign-origin"
    status = HTTPStatus.FORBIDDEN
    detail = _("Files can be sent from the pages of this site only.")


class TooLongError(DomainError):
    """More bytes come than were announced."""

    code = "too-long"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    detail = _("More bytes came than the file was said to have.")


class TooSlowError(DomainError):
    """The bytes come too slowly, or no more."""

    code = "too-slow"
    status = HTTPStatus.REQUEST_TIMEOUT
    detail = _("The connection was too slow. What has arrived is kept: go on from there.")


class CrowdedError(DomainError):
    """As many uploads are being received as may be at once."""

    code = "uploads-busy"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _("Other uploads are being received at the moment. Try again in 5 seconds.")

    def __init__(self) -> None:
        super().__init__(retry_after=5)


class ChecksumError(DomainError):
    """The bytes of a request are not those that its checksum is of."""

    code = "checksum-mismatch"
    status = 460  # type: ignore[assignment]  # tus's own, which http does not know
    detail = _("The bytes changed on their way. Send them again.")
