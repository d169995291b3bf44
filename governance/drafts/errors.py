"""Why something cannot be done with a draft, or in a poll."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class DraftNotFoundError(DomainError):
    """There is no such draft, or not for this person."""

    code = "draft-not-found"
    status = HTTPStatus.NOT_FOUND
    detail = _("There is no draft under this address, or its author keeps it private.")


class ChangedElsewhereError(DomainError):
    """Another tab has saved the draft since this one read it; ``data`` has the version that is kept."""

    code = "changed-elsewhere"
    status = HTTPStatus.CONFLICT
    detail = _(
        "This draft was saved in another tab meanwhile. What you wrote here is not saved yet, and still stands here: "
        "save it over the other text, or copy what you need."
    )


class TooManyDraftsError(DomainError):
    """A wallet keeps so many drafts already."""

    code = "too-many-drafts"
    status = HTTPStatus.CONFLICT
    detail = _("You keep as many drafts as one wallet may. Delete one that you no longer need.")


class DraftRefusedError(DomainError):
    """What was filled in cannot be kept or proposed; the detail says why."""

    code = "draft-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class AlreadyProposedError(DomainError):
    """The draft stands on chain as a proposal; ``data`` has its number."""

    code = "already-proposed"
    status = HTTPStatus.CONFLICT
    detail = _("This draft has been proposed, so its text stays as it was voted on. Copy it into a new draft.")


class NotShareableError(DomainError):
    """Others cannot read the draft."""

    code = "draft-private"
    status = HTTPStatus.CONFLICT
    detail = _("Only you can read this draft. Share it first.")


class SignatureRefusedError(DomainError):
    """The signature is not that of the account that is signed in, over what is there now."""

    code = "signature-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Your wallet did not sign exactly this, or it has changed since. Load the page again, then sign it.")


class NoPowerError(DomainError):
    """A wallet without votes has no say."""

    code = "no-power"
    status = HTTPStatus.CONFLICT
    detail = _("Your wallet has no votes: it holds no LATTICE that is delegated to it. Delegate to yourself first.")


class PollClosedError(DomainError):
    """The poll is over."""

    code = "poll-closed"
    status = HTTPStatus.CONFLICT
    detail = _("This poll is over.")


class PollNotFoundError(DomainError):
    """There is no such poll."""

    code = "poll-not-found"
    status = HTTPStatus.NOT_FOUND
    detail = _("There is no such poll.")


class PollOpenError(DomainError):
    """A draft has one poll at a time."""

    code = "poll-open"
    status = HTTPStatus.CONFLICT
    detail = _("A poll on this draft is still open.")


class BallotOvertakenError(DomainError):
    """The wallet has voted again meanwhile, in another tab."""

    code = "ballot-overtaken"
    status = HTTPStatus.CONFLICT
    detail = _("Your wallet has voted in this poll meanwhile. Load the page again; you can still change your vote.")


class NotProposableError(DomainError):
    """Something that the chain would refuse stands in the way; ``detail`` says what, and what to do."""

    code = "not-proposable"
    status = HTTPStatus.CONFLICT
