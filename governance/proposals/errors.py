"""What cannot be done with a proposal, and why."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFoundError


class ProposalNotFoundError(NotFoundError):
    """There is no proposal of that number."""

    code = "proposal-not-found"
    detail = _("There is no proposal of this number. Proposals are numbered from 1 in the order they were made.")


class EventNotFoundError(NotFoundError):
    """The proposal has no such event."""

    code = "event-not-found"
    detail = _("This proposal has no such event. It may have been in a block that the chain has replaced since.")


class StepRefusedError(DomainError):
    """A step of a proposal's course cannot be taken now."""

    code = "step-refused"
    status = HTTPStatus.CONFLICT


class FilterNotUnderstoodError(DomainError):
    """A filter has a value that it does not take."""

    code = "filter-not-understood"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
