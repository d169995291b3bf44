"""What can be wrong with a conversation that is to be shared."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class UnprovenError(DomainError):
    """An answer is not as it was written here, for whom it was written."""

    code = "answer-unproven"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _(
        "Only answers that were written here for you, and came to their end, can be shared. "
        "One of these was cut off, or is not as it was written: write it again, then share."
    )


class NothingToShareError(DomainError):
    """There is no conversation, or none that can be read."""

    code = "nothing-to-share"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("There is no conversation to share yet. Ask something in the playground first.")


class ConversationTooLongError(DomainError):
    """It is longer than what one link shows."""

    code = "conversation-too-long"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("The conversation is too long for one link. Begin a new one, and share that.")


class TooManyLinksError(DomainError):
    """The account has as many links as it may have."""

    code = "too-many-links"
    status = HTTPStatus.CONFLICT

    def __init__(self, most: int) -> None:
        words = _(
            "You share %(most)d conversations, which is as many as an account may. Revoke one that you no longer need."
        )
        super().__init__(words % {"most": most})


class SharedNotFoundError(NotFoundError):
    """No conversation is shared there, or not any more."""

    code = "shared-not-found"
    detail = _("No conversation is shared here. Its owner may have revoked the link.")


class HistoryOffError(DomainError):
    """Nobody keeps conversations for this account."""

    code = "history-off"
    status = HTTPStatus.CONFLICT
    detail = _("Your history is switched off, so this conversation is not kept.")


class PastNotFoundError(NotFoundError):
    """There is no such conversation in this account's history, or not any more."""

    code = "past-not-found"
    detail = _("There is no such conversation in your history. It may have been erased.")
