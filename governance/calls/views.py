"""What a proposal would do if it were executed now, or what it has done: a fragment of its page, and its own page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from common.access import public
from common.htmx import render_page
from governance.ground.home import home_chain

from .finding import found_proposal, limit_trials
from .outcomes import outcome_of


@public()
def proposal_simulation(request: HttpRequest, number: int) -> HttpResponse:
    """Try a proposal at the latest block; of one that was executed, show what it changed."""
    limit_trials(str(request.META.get("REMOTE_ADDR", "")))
    chain = home_chain()
    outcome = outcome_of(found_proposal(chain, number))
    context = {"chain": chain, "outcome": outcome, "proposal": outcome.proposal, "simulation": outcome.simulation}
    return render_page(request, "governance/calls/proposal_simulation.html", context, fragments=("simulation",))
