"""Why something cannot be said, changed or followed."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class TextMissingError(DomainError):
    """Nothing was written that anybody can see."""

    code = "comment-empty"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Write something first.")


class TextTooLongError(DomainError):
    """More was written than a comment holds."""

    code = "comment-too-long"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("A comment has at most 10,000 characters. Shorten it, or write two.")


class SubjectNotFoundError(NotFoundError):
    """There is nothing to discuss under that name."""

    code = "subject-not-found"
    detail = _("There is nothing to discuss by that name.")


class CommentNotFoundError(NotFoundError):
    """There is no such comment."""

    code = "comment-not-found"
    detail = _("There is no comment at this address.")


class CommentGoneError(DomainError):
    """The comment was deleted or taken out meanwhile."""

    code = "comment-gone"
    status = HTTPStatus.CONFLICT
    detail = _("This comment was deleted or taken out, so nothing can be added to it or changed any more.")


class NotYourCommentError(DomainError):
    """Only its author may change a comment."""

    code = "not-your-comment"
    status = HTTPStatus.FORBIDDEN
    detail = _("Only its author can change or delete a comment.")


class NotYourDiscussionError(DomainError):
    """Only the owner of the subject, and moderators, lead a discussion."""

    code = "not-your-discussion"
    status = HTTPStatus.FORBIDDEN
    detail = _("Only the owner and moderators can lock this discussion or pin an answer.")


class DiscussionLockedError(DomainError):
    """The discussion is locked."""

    code = "discussion-locked"
    status = HTTPStatus.CONFLICT
    detail = _("This discussion is locked, so nothing can be written in it at present.")


class SubjectHiddenError(DomainError):
    """Moderators have hidden what is discussed."""

    code = "subject-hidden"
    status = HTTPStatus.CONFLICT
    detail = _("Moderators have hidden what is discussed here, so nothing can be written about it.")


class UndoOverError(DomainError):
    """The time to take a deletion back is over."""

    code = "undo-over"
    status = HTTPStatus.CONFLICT
    detail = _("A deleted comment can be brought back for ten minutes, and this one is older. Its words are gone.")


class TooManyEditionsError(DomainError):
    """It was edited too often."""

    code = "too-many-editions"
    status = HTTPStatus.CONFLICT
    detail = _("A comment can be edited 50 times. Write a new one.")


class NewAccountSlowError(DomainError):
    """An account that nobody knows yet writes too often."""

    code = "new-account-slower"
    status = HTTPStatus.TOO_MANY_REQUESTS


class TooMuchFollowedError(DomainError):
    """The user follows as much as one can."""

    code = "too-much-followed"
    status = HTTPStatus.CONFLICT
    detail = _("You follow 1,000 things already. Stop following some first.")


class NotFollowableError(NotFoundError):
    """There is nothing to follow under that name."""

    code = "not-followable"
    detail = _("There is no seller, model or discussion of that name to follow.")
