"""Polls on drafts: opening one, its page, and a signed answer."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.visitors import user_of, user_or_none
from common.access import member, public
from common.htmx import render_page
from governance.ground.home import home_chain
from governance.onchain.models.power import PowerFact
from marketplace.ground.wallet_pages import answer_signed, answer_typed

from . import poll_actions as polling
from .content import ballot_of, content_hash, for_wallet
from .finding import ballots_of, result_of
from .models import MOST_REASON, Choice


@member
@require_POST
def open_poll(request: HttpRequest, key: str) -> HttpResponse:
    """Ask the holders about a draft."""
    said = request.POST.get("days", "")
    days = int(said) if said.isdecimal() and len(said) < 4 else 0
    made = polling.open_poll(user=user_of(request), key=key, days=days)
    return HttpResponseRedirect(reverse("poll", args=[made.key]))


@public()
def poll(request: HttpRequest, key: str) -> HttpResponse:
    """What is asked, what was answered so far, and one's own answer."""
    found, user = polling.find_poll(key), user_or_none(request)
    found.chain = home_chain()
    address, cursor = user.address if user else "", request.GET.get("after", "")
    page = ballots_of(found, cursor=cursor)
    own = found.ballots.filter(voter=address).first() if address else None
    context = {
        "poll": found,
        "chain": found.chain,
        "result": result_of(found),
        "page": page,
        "first": "?" if cursor else "",
        "next": f"?{urlencode({'after': page.next})}" if page.next else "",
        "own": own,
        "power": PowerFact.objects.power_at(found.chain, address, found.snapshot) if address else None,
        "choices": [(Choice.FOR, _("For")), (Choice.AGAINST, _("Against")), (Choice.ABSTAIN, _("Abstain"))],
        "most_reason": MOST_REASON,
        "is_current": content_hash(found.draft) == found.content,
    }
    return render_page(request, "governance/drafts/poll.html", context, fragments=("answers",))


@member
@require_POST
def vote_in_poll(request: HttpRequest, key: str) -> HttpResponse:
    """Give the wallet the ballot to sign; with a signature, keep it."""
    user, reason = user_of(request), request.POST.get("reason", "")
    choice, back = _whole(request.POST.get("choice", "")), reverse("poll", args=[key])
    if signature := request.POST.get("signature", "").strip():
        number = _whole(request.POST.get("number", ""))
        polling.cast_poll_vote(user=user, key=key, choice=choice, reason=reason, number=number, signature=signature)
        return answer_signed(request, _("Your answer is kept. You can change it until the poll ends."), back=back)
    found = polling.find_poll(key)
    reason = polling.check_voting(user, found, choice, reason)
    number = polling.next_number(found, user.address)
    return answer_typed(
        request,
        found.chain,
        for_wallet(ballot_of(found, user.address, choice, reason, number)),
        to=reverse("vote-in-poll", args=[key]),
        fields={"number": str(number)},
        title=_("Answer the poll"),
        back=back,
    )


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else -1
