"""Who may do what, the log of emergencies, and the guardian's own two forms."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.visitors import user_of
from common.access import member, public
from common.context import visitor_of
from common.errors import wants_problem
from common.htmx import render_page
from contracts.models import Chain
from contracts.names import DAY
from governance.ground.home import home_chain, now_on
from governance.onchain.models.proposals import OnchainProposal
from marketplace.ground.wallet_pages import answer_call

from .actions import prepare_pause, prepare_stop
from .changes import UNDER_WAY
from .emergencies import Emergencies, emergencies_of
from .errors import EmergencyRefusedError
from .forms import PAUSE_WORD, STOP_WORD, PauseForm, StopForm
from .holders import rights_of


@public()
def roles(request: HttpRequest) -> HttpResponse:
    """Who may do what after which wait, on every chain, and what was stopped in an emergency."""
    return _page(request)


def _page(request: HttpRequest, refused: forms.Form | None = None) -> HttpResponse:
    chain = home_chain()
    now = now_on(chain)
    known = emergencies_of(chain, now)
    is_guardian = known.is_guardian(getattr(visitor_of(request), "address", ""))
    context = {
        "chain": chain,
        "now": now,
        "known": known,
        "rights": rights_of(chain, now, known.wait),
        "final": chain.final_block(),
        "is_guardian": is_guardian,
        "refused": refused,
    }
    if is_guardian:
        under_way = OnchainProposal.objects.filter(chain=chain).with_standing(now).in_states(UNDER_WAY)
        words = {"pause_word": PAUSE_WORD, "stop_word": STOP_WORD, "most_days": known.longest // DAY}
        context |= {**words, "stoppable": under_way.order_by("number")}
    return render_page(request, "governance/rules/roles.html", context, fragments=("roles",))


@member
@require_POST
def pause_sales(request: HttpRequest) -> HttpResponse:
    """Give the guardian's wallet the transaction that pauses sales."""
    chain = home_chain()
    known = _known(chain)
    form = PauseForm(request.POST, most=known.longest // DAY)
    if not form.is_valid():
        return _refused(request, form)
    call = prepare_pause(user=user_of(request), known=known, days=form.cleaned_data["days"])
    return answer_call(request, call, title=_("Pause sales"), back=reverse("roles"))


@member
@require_POST
def stop_proposal(request: HttpRequest) -> HttpResponse:
    """Give the guardian's wallet the transaction that cancels a proposal."""
    chain, form = home_chain(), StopForm(request.POST)
    if not form.is_valid():
        return _refused(request, form)
    found = OnchainProposal.objects.select_related("chain")
    proposal = get_object_or_404(found, chain=chain, number=form.cleaned_data["number"])
    call = prepare_stop(user=user_of(request), known=_known(chain), proposal=proposal)
    return answer_call(request, call, title=_("Stop the proposal"), back=reverse("roles"))


def _known(chain: Chain) -> Emergencies:
    return emergencies_of(chain, now_on(chain))


def _refused(request: HttpRequest, form: forms.Form) -> HttpResponse:
    if wants_problem(request):
        sentence = next((str(error) for errors in form.errors.values() for error in errors), None)
        raise EmergencyRefusedError(sentence)
    response = _page(request, form)
    response.status_code = 422
    return response
