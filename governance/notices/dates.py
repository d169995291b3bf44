"""The DAO's dates: when votes open and close, and when what has passed can be executed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.notifications.links import site
from common.calendars import Event
from contracts.models import Chain
from governance.ground.errors import NoDaoError
from governance.ground.home import home_chain
from governance.onchain.models.power import PowerFact
from governance.onchain.models.proposals import OnchainProposal, ProposalQuerySet, VoteFact

from .finality import Final, final_of

PAST = timedelta(days=30)  # how long what is over stays in a calendar
MOST = 300  # proposals


def recent(chain: Chain, final: Final) -> ProposalQuerySet:
    """Return the proposals that were final then and go on, or ended lately; the newest first."""
    found = OnchainProposal.objects.filter(chain=chain, proposed_block__lte=final.number)
    return found.filter(Q(deadline__gt=final.time - PAST) | Q(eta__gt=final.time - PAST)).order_by("-number")


def all_dates(origin: str) -> list[Event]:
    """Return everybody's dates. Raises NoDaoError."""
    chain = home_chain()
    final = final_of(chain)
    if final is None:
        raise NoDaoError
    return [event for each in recent(chain, final)[:MOST] for event in _events(each, final.time, origin)]


def own_dates(user: User) -> list[Event]:
    """Return a user's dates: of votes in which they have a say, or on what they proposed; none without a DAO."""
    try:
        chain = home_chain()
    except NoDaoError:
        return []
    final = final_of(chain)
    if final is None:
        return []
    past = PowerFact.objects.filter(chain=chain, account=user.address, time__lte=OuterRef("snapshot"))
    cast = VoteFact.objects.filter(chain=chain, proposal=OuterRef("number"), voter=user.address)
    counts: dict[str, Any] = {
        "power": Subquery(past.order_by("-time", "-block_number", "-log_index").values("votes")[:1]),
        "did_vote": Exists(cast),
    }
    mine = recent(chain, final).annotate(**counts).filter(Q(power__gt=0) | Q(proposer=user.address))
    return [event for each in mine[:MOST] for event in _events(each, final.time, site())]


def _events(proposal: OnchainProposal, now: datetime, origin: str) -> Iterator[Event]:
    """Yield a proposal's dates; of those that a cancellation has made void it says so."""
    number, title = proposal.number, proposal.title
    words = {"number": number, "title": title}
    is_void = bool(proposal.canceled_at and proposal.canceled_at <= now)
    url = f"{origin}{reverse('proposal', args=[number])}"
    said: dict[str, Any] = {"text": _said(proposal), "url": url, "changed": _changed(proposal, now)}
    dates = {
        "opens": (proposal.snapshot, _("Vote opens: %(title)s (proposal %(number)d)")),
        "closes": (proposal.deadline, _("Vote closes: %(title)s (proposal %(number)d)")),
        "executable": (proposal.eta, _("Can be executed: %(title)s (proposal %(number)d)")),
    }
    for name, (moment, title_of) in dates.items():
        if moment is not None:
            uid = f"{proposal.proposed_tx}-{number}-{name}@{urlsplit(origin).hostname or 'localhost'}"
            is_cancelled = is_void and moment > (proposal.canceled_at or now)
            yield Event(uid, moment, title_of % words, is_cancelled=is_cancelled, **said)


def _said(proposal: OnchainProposal) -> str:
    if not hasattr(proposal, "did_vote"):
        return ""
    return _("You have voted.") if proposal.did_vote else _("You have not voted yet.")


def _changed(proposal: OnchainProposal, now: datetime) -> datetime:
    """Return when a proposal's dates last changed, as far as it is recorded."""
    times = [proposal.proposed_at, proposal.queued_at, proposal.executed_at, proposal.canceled_at]
    if proposal.deadline != proposal.first_deadline:  # it was lengthened before it would have ended
        times.append(proposal.first_deadline)
    return max(min(time, now) for time in times if time)
