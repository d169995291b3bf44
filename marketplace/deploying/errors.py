"""Why files are not given out."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class FileMissingError(NotFoundError):
    """There is no such file for whom asked: to strangers, what they may not have does not exist."""

    code = "file-not-found"
    detail = _("There is no such file here for you. Who holds the model finds it on the model’s page, signed in.")


class ReleaseNotFoundError(NotFoundError):
    """The listing has no such version."""

    code = "version-not-found"
    detail = _("This model has no such version.")


class FilesHiddenError(DomainError):
    """A moderator has hidden the model, so that not even those who hold it get its files."""

    code = "files-hidden"
    status = HTTPStatus.FORBIDDEN
    detail = _("A moderator has hidden this model, and nobody gets its files.")


class LinkEndedError(DomainError):
    """A signed link is over, or was never one."""

    code = "link-ended"
    status = HTTPStatus.NOT_FOUND
    detail = _("This link is over. Copy a new one from the page of the model’s files; what you have is resumed.")
