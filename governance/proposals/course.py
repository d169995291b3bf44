"""The course of a proposal: what was done with it and when, what comes, and who can take the next step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.statements import Given, Statement
from contracts.models import Event
from governance.onchain.models.proposals import GRACE, ProposalState

from .finding import home_id
from .standing import Standing, span

MOST_EVENTS = 20  # of a proposal's own, without its votes: there are at most six


@dataclass(frozen=True)
class Step:
    """A step, with the event that took it. ``state`` is "done", "now" or "to-come"."""

    title: str
    at: datetime
    state: str
    note: str = ""
    event: Event | None = None


@dataclass(frozen=True)
class NextActor:
    """Who can do what now, in words; ``does`` is the step that a wallet can take: queue, execute, cancel, or none."""

    says: str
    does: str = ""


@cache
def own_events() -> Statement[Event]:
    """Return the statement for the events of a proposal but its votes (``name``, ``subject``), in their order."""
    events = Event.objects.filter(chain=home_id(), subject=Given("subject"))
    return Statement(events.defer("args").order_by("block_number", "log_index")[:MOST_EVENTS])


def subject_of(number: int) -> str:
    """Return the subject of the events of a proposal."""
    return f"proposal:{number}"


def course_of(standing: Standing, events: Sequence[Event]) -> list[Step]:
    """Return the steps in their order; what can no longer come is left out."""
    by_name = {event.name: event for event in events}
    steps = list(_steps(standing, by_name))
    # A cancellation ends it wherever it comes.
    return sorted(steps, key=lambda step: step.at)


def _steps(standing: Standing, events: dict[str, Event]) -> Iterator[Step]:
    proposal, state = standing.proposal, standing.state
    yield Step(_("Proposed"), proposal.proposed_at, "done", "", events.get("ProposalCreated"))
    stopped = proposal.canceled_at
    if not stopped or stopped > proposal.snapshot:
        yield Step(
            _("Voting opens"), proposal.snapshot, _when(standing, proposal.snapshot), _("votes count as of this time")
        )
    if not stopped or stopped > proposal.deadline:
        added = proposal.deadline - proposal.first_deadline
        note = _("%(time)s were added, as the quorum came late") % {"time": span(added)} if added else ""
        yield Step(
            _("Voting closes"),
            proposal.deadline,
            _when(standing, proposal.deadline),
            note,
            events.get("ProposalExtended"),
        )
    if proposal.queued_at:
        yield Step(_("Queued in the timelock"), proposal.queued_at, "done", "", events.get("ProposalQueued"))
    if proposal.eta and (not stopped or stopped > proposal.eta) and not proposal.executed_at:
        yield Step(_("May be executed"), proposal.eta, _when(standing, proposal.eta))
    if proposal.executed_at:
        yield Step(_("Executed"), proposal.executed_at, "done", "", events.get("ProposalExecuted"))
    if stopped:
        title = _("Stopped by the guardian") if proposal.stopped_by else _("Canceled by its proposer")
        event = events.get("ProposalStopped") or events.get("ProposalCanceled")
        yield Step(title, stopped, "done", "", event)
    if state in (ProposalState.SUCCEEDED, ProposalState.QUEUED, ProposalState.EXPIRED):
        lapse = (proposal.eta or proposal.deadline) + GRACE
        title = _("Expired") if state == ProposalState.EXPIRED else _("Expires")
        yield Step(title, lapse, _when(standing, lapse))


def _when(standing: Standing, at: datetime) -> str:
    if standing.now > at:
        return "done"
    return "now" if standing.next and standing.next.at == at else "to-come"


def next_actor(standing: Standing) -> NextActor | None:
    """Return who can do what now; None for what is over."""
    proposal, state = standing.proposal, standing.state
    if state == ProposalState.PENDING:
        says = _("Its proposer may cancel it until voting opens, %s UTC.")
        return NextActor(says % _day(proposal.snapshot), "cancel")
    if state == ProposalState.ACTIVE:
        says = _("Whoever had votes when voting opened may vote until %s UTC.")
        return NextActor(says % _day(proposal.deadline))
    if state == ProposalState.SUCCEEDED:
        says = _("It passed. Anyone may queue it until %s UTC; it expires after that.")
        return NextActor(says % _day(proposal.deadline + GRACE), "queue")
    if state == ProposalState.QUEUED and proposal.eta:
        if standing.now < proposal.eta:
            return NextActor(_("It waits in the timelock. Anyone may execute it from %s UTC.") % _day(proposal.eta))
        says = _("Anyone may execute it until %s UTC; it expires after that.")
        return NextActor(says % _day(proposal.eta + GRACE), "execute")
    return None


def _day(time: datetime) -> str:
    return date_format(time, "j M, H:i")
