"""Why something about a draft, or about listing it, may be refused."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class DraftNotFoundError(NotFoundError):
    """There is no such draft, or it is somebody else's."""

    code = "draft-not-found"
    detail = _("There is no draft here that this account may see.")


class DraftRefusedError(DomainError):
    """What was sent cannot be kept; the sentence says why."""

    code = "draft-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooManyDraftsError(DomainError):
    """The account keeps so many drafts already."""

    code = "too-many-drafts"
    status = HTTPStatus.CONFLICT
    detail = _("You keep 50 drafts, and there can be no more. Delete one that you do not need.")


class ChangedElsewhereError(DomainError):
    """Another tab or device has saved the same part; ``data`` has the revision that is kept, the parts, and when."""

    code = "changed-elsewhere"
    status = HTTPStatus.CONFLICT
    detail = _(
        "This draft was saved in another tab or on another device meanwhile. What you wrote here is not saved yet, and "
        "still stands here: save it over the other text, or copy what you need."
    )


class DraftPublishedError(DomainError):
    """It is listed, and stays as it was; ``data`` has the name."""

    code = "draft-published"
    status = HTTPStatus.CONFLICT
    detail = _("This draft is published. To change the model, begin a new version of it.")


class DraftOutError(DomainError):
    """A transaction of it may still come true."""

    code = "draft-out"
    status = HTTPStatus.CONFLICT
    detail = _("A transaction of this draft is on its way, and may still be confirmed. Wait for it.")


class TooManyFilesError(DomainError):
    """It has as many files as a model may have."""

    code = "too-many-files"
    status = HTTPStatus.CONFLICT
    detail = _("A model has at most 1,000 files. Put some of them together, or leave some out.")


class PathTakenError(DomainError):
    """Another file stands there; two that differ by case alone would be one on some systems."""

    code = "path-taken"
    status = HTTPStatus.CONFLICT
    detail = _("Another file of this draft has that path already, apart from small and capital letters.")


class FolderTakenError(PathTakenError):
    """A file has the name of a folder of another: no system can write both."""

    detail = _("Another file of this draft makes a folder of that name, or is a file where this one needs a folder.")


class NotReadyError(DomainError):
    """Something is missing or wrong; ``data["problems"]`` are sentences."""

    code = "not-ready"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("This draft is not ready to be listed.")

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems), problems=problems)


class NameTakenError(DomainError):
    """A model of that name is listed, or about to be."""

    code = "name-taken"
    status = HTTPStatus.CONFLICT
    detail = _("A model of that name is listed already, or is being listed now. Choose another name.")


class OwnerRefusedError(DomainError):
    """The name cannot be an owner's; the sentence says why."""

    code = "owner-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
