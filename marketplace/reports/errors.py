"""Why a report or an appeal may be refused."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class StatementNotFoundError(NotFoundError):
    """There is no such statement of reasons, or it is somebody else's."""

    detail = _("There is no statement of reasons here that this wallet may read.")


class ReportedContentNotFoundError(NotFoundError):
    """What is to be reported is not there."""

    detail = _("What you want to report is not here any more.")


class NothingWrittenError(DomainError):
    """A report or an appeal says nothing, or too much."""

    code = "nothing-written"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Say what it is about, in at most 3,000 characters.")


class OwnContentError(DomainError):
    """A member reports what is their own."""

    code = "own-content"
    status = HTTPStatus.CONFLICT
    detail = _("This is your own. You can change it or take it out yourself.")


class AppealedError(DomainError):
    """A decision is appealed once."""

    code = "appealed-already"
    status = HTTPStatus.CONFLICT
    detail = _("You have appealed against this decision already. A decision can be appealed once.")


class AppealLateError(DomainError):
    """The time to appeal is over."""

    code = "appeal-late"
    status = HTTPStatus.CONFLICT
    detail = _("The 180 days in which this decision could be appealed are over.")


class AppealLiftedError(DomainError):
    """There is nothing left to appeal against."""

    code = "decision-lifted"
    status = HTTPStatus.CONFLICT
    detail = _("This decision was lifted already, so there is nothing left to appeal against.")


class EvidenceLinkError(DomainError):
    """What should be a link is none."""

    code = "evidence-link"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("A link begins with https:// or http://, and holds no blanks.")


class MailMissingError(DomainError):
    """Somebody without a wallet gives no mail address, and the report is not of the gravest kind."""

    code = "mail-missing"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("Give your mail address: only a notice about the sexual abuse of children may go without one.")


class LocationError(DomainError):
    """A notice names no page of this site."""

    code = "location-missing"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _(
        "The first address leads to nothing that can be decided about. Give that of a model or a profile, or follow "
        "the link “Report” beside a review or a comment, and from there the link to this form."
    )
