"""What a proposal would do if it were executed now, or what it has done: a fragment of its page, and its own page."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse

from common.access import public
from common.htmx import render_page
from governance.ground.home import home_chain

from .explaining import explain_proposal
from .finding import found_proposal, limit_trials
from .outcomes import outcome_of


@public()
def proposal_simulation(request: HttpRequest, number: int) -> HttpResponse:
    """Try a proposal at the latest block; of one that was executed, show what it changed."""
    limit_trials(str(request.META.get("REMOTE_ADDR", "")))
    chain = home_chain()
    outcome = outcome_of(found_proposal(chain, number))
    # The fragment does not show the actions, and so does not ask for them.
    shown = {"proposal": outcome.proposal, "actions": partial(explain_proposal, outcome.proposal)}
    context = {**shown, "chain": chain, "outcome": outcome, "simulation": outcome.simulation}
    return render_page(request, "governance/calls/proposal_simulation.html", context, fragments=("simulation",))
