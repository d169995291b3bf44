"""Why a file may be refused, or not be given."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class FileRefusedError(DomainError):
    """The file is not taken; each subclass says why."""

    code = "file-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class FileMissingError(FileRefusedError):
    """There is no file, or nothing in it."""

    code = "file-missing"
    detail = _("Choose a file that is not empty.")


class FileTooLargeError(FileRefusedError):
    """The file has more bytes than are taken."""

    code = "file-too-large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    detail = _("A file may have at most 5 MB. Choose a smaller one, or a part of it.")


class FileKindError(FileRefusedError):
    """The file's name says that it is something else than what is taken."""

    code = "file-kind"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    detail = _("Attach an image (PNG, JPEG, WebP or GIF) or plain text (.txt, .log, .md, .csv, .json).")


class NotAnImageError(FileRefusedError):
    """The name says that it is an image, and its content is none, or a broken one."""

    code = "not-an-image"
    detail = _("This file cannot be read as an image. Save it again as PNG or JPEG, and attach that.")


class ImageTooLargeError(FileRefusedError):
    """The image has more pixels than are decoded."""

    code = "image-too-large"
    detail = _("An image may have at most 16 megapixels, and 12,000 pixels a side. Make it smaller, or cut it.")


class NotATextError(FileRefusedError):
    """The name says that it is text, and its bytes are not."""

    code = "not-a-text"
    detail = _("This file is not plain text in UTF-8. Save it as plain text, or attach a screenshot.")


class ImagesBusyError(DomainError):
    """Other images are being read."""

    code = "images-busy"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _("Other images are being checked at the moment. Try again in a few seconds.")


class FileNotFoundHereError(NotFoundError):
    """There is no such file, or it is not for whoever asks."""

    code = "file-not-found"
    detail = _("There is no such file that this account may see.")


class FileDamagedError(DomainError):
    """What is stored does not hash to its name any more, so it is not given."""

    code = "file-damaged"
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    detail = _("This file is damaged: what is stored is not what was sent. The operator has been told.")


class BlobGoneError(NotFoundError):
    """Nobody needed the file, and it was deleted."""

    code = "file-gone"
    detail = _("This file is not kept here any more, because nothing referred to it. Send it again.")


class BadPathError(FileRefusedError):
    """A name that a file in a model's folder cannot have."""

    code = "bad-path"


class DiskFullError(DomainError):
    """The disk has less left than the operator keeps free."""

    code = "disk-full"
    status = HTTPStatus.INSUFFICIENT_STORAGE
    detail = _("There is no room for more files on this site at the moment. What has arrived stays; go on later.")


class QuotaError(FileRefusedError):
    """The account would hold more bytes than it may."""

    code = "over-quota"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class ModelFileTooLargeError(FileRefusedError):
    """One file has more bytes than are taken."""

    code = "model-file-too-large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class TooManyUploadsError(FileRefusedError):
    """More uploads are unfinished than an account may have."""

    code = "too-many-uploads"
    status = HTTPStatus.CONFLICT


class UploadNotFoundError(NotFoundError):
    """There is no such upload, or it is somebody else's."""

    code = "upload-not-found"
    detail = _("There is no such upload of this account. It may have been left unfinished for too long.")


class UploadBusyError(DomainError):
    """Another request sends to the same upload."""

    code = "upload-busy"
    status = HTTPStatus.LOCKED
    detail = _("This file is being sent from another window or device at the moment.")


class OffsetError(DomainError):
    """The bytes do not go on where those that are here end; ``data["offset"]`` says where that is."""

    code = "wrong-offset"
    status = HTTPStatus.CONFLICT
    detail = _("These bytes do not go on where the earlier ones end. Ask where that is, and go on from there.")


class BadDigestError(FileRefusedError):
    """What was announced as a sha256 is none."""

    code = "bad-digest"
    detail = _("A sha256 has 64 digits of 0–9 and a–f.")
