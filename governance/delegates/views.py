"""Delegates: the list by power, one's record and statement, and delegating to it."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.addresses import parse_address
from accounts.visitors import user_of, user_or_none
from common.access import member, public
from common.errors import wants_problem
from common.htmx import render_page
from common.pages import SortOrder, bounded_int, page_of
from common.prose import render_answer
from common.redirects import redirect_whole
from contracts.models import Chain
from governance.ground.home import home_chain, now_on
from governance.onchain.holdings import Holding, holdings_with
from governance.relay.actions import prepare_delegation, take_delegation
from governance.relay.budget import budget_in, budget_parts
from governance.relay.models import Kind, SignedMessage, State
from marketplace.ground.wallet_pages import answer_call, answer_signed, answer_typed

from . import actions as acting
from .errors import CannotDelegateError, FormRefusedError
from .finding import Participation, all_delegates, all_of, find_delegates, participation_of, rows_of
from .forms import MOST_STATEMENT, DelegateForm, SearchForm, SignedDelegationForm, StatementForm
from .models import DelegateStatement
from .record import delegators_of, power_course, votes_of
from .shift import shift_of

VERSIONS = 10  # of a statement on one page: each is made HTML
NEWEST = SortOrder("newest", F("pk"), descending=True, parse=bounded_int)


@public()
def delegates(request: HttpRequest) -> HttpResponse:
    """Who votes with how much, the most first."""
    chain, form = home_chain(), SearchForm(request.GET)
    is_valid = form.is_valid()
    begins, after = (form.cleaned_data["q"], form.cleaned_data["after"]) if is_valid else ("", "")
    visitor = user_or_none(request)
    held, read = holdings_with(chain, [visitor.address] if visitor else [], **all_delegates(chain))
    page = find_delegates(chain, now_on(chain), begins=begins, cursor=after)
    context = {
        "chain": chain,
        "form": form,
        "begins": begins,
        "after": after,
        "rows": rows_of(page),
        "next_page": urlencode({"q": begins, "after": page.next}) if page.next else "",
        "all": all_of(read),
        "mine": held.get(visitor.address) if visitor else None,
    }
    return render_page(request, "governance/delegates/delegates.html", context, fragments=("delegates",))


@public()
def delegate(request: HttpRequest, address: str) -> HttpResponse:
    """One address: its power, what it says, how it voted, who delegates to it, and delegating to it."""
    account = parse_address(address)
    if address != account:
        return redirect_whole(request, reverse("delegate", args=[account]))
    return _page(request, home_chain(), account)


@public()
def find_delegate(request: HttpRequest) -> HttpResponse:
    """Open the page of the address that was typed."""
    form = DelegateForm(request.GET)
    if not form.is_valid():
        raise FormRefusedError(_sentence(form))
    return redirect("delegate", form.cleaned_data["delegate"])


@member
@require_POST
def delegate_votes(request: HttpRequest) -> HttpResponse:
    """Give the wallet the transaction that delegates."""
    form = DelegateForm(request.POST)
    if not form.is_valid():
        raise FormRefusedError(_sentence(form))
    chosen = form.cleaned_data["delegate"]
    call = acting.prepare_delegation(user=user_of(request), chain=home_chain(), delegate=chosen)
    return answer_call(request, call, title=_("Delegate your votes"), back=reverse("delegate", args=[chosen]))


@member
@require_POST
def sign_delegation(request: HttpRequest) -> HttpResponse:
    """Give the wallet the delegation to sign, which the relayer brings to the chain."""
    form, chain = DelegateForm(request.POST), home_chain()
    if not form.is_valid():
        raise FormRefusedError(_sentence(form))
    chosen = form.cleaned_data["delegate"]
    acting.check_delegate(chain, chosen)
    typed, nonce, expiry = prepare_delegation(chain=chain, account=user_of(request).address, delegatee=chosen)
    fields = {"delegate": chosen, "nonce": str(nonce), "expiry": str(int(expiry.timestamp()))}
    to, back = reverse("delegation-signature"), reverse("delegate", args=[chosen])
    return answer_typed(request, chain, typed, to=to, fields=fields, title=_("Sign your delegation"), back=back)


@member
@require_POST
def delegation_signature(request: HttpRequest) -> HttpResponse:
    """Take the signed delegation, which the relayer will carry."""
    form, chain = SignedDelegationForm(request.POST), home_chain()
    if not form.is_valid():
        raise FormRefusedError(_sentence(form))
    said = form.cleaned_data
    chosen = said.pop("delegate")
    acting.check_delegate(chain, chosen)
    take_delegation(chain=chain, account=user_of(request).address, delegatee=chosen, **said)
    return answer_signed(
        request, _("Signed. The relayer brings it to the chain."), back=reverse("delegate", args=[chosen])
    )


@public()
def statement(request: HttpRequest, address: str) -> HttpResponse:
    """A page of the versions of a delegate's statement, the newest first."""
    account = parse_address(address)
    if address != account:
        return redirect_whole(request, reverse("statement", args=[account]))
    cursor = request.GET.get("after", "")
    page = page_of(DelegateStatement.objects.filter(author=account), NEWEST, limit=VERSIONS, cursor=cursor)
    context = {
        "account": account,
        "versions": [(each, render_answer(each.text)) for each in page.items],
        "first": "?" if cursor else "",
        "next": f"?{urlencode({'after': page.next})}" if page.next else "",
    }
    return render_page(request, "governance/delegates/statement.html", context)


@member
@require_POST
def write_statement(request: HttpRequest, address: str) -> HttpResponse:
    """Keep what a delegate says of itself."""
    account, form = parse_address(address), StatementForm(request.POST)
    if not form.is_valid():
        if wants_problem(request):
            raise FormRefusedError(_sentence(form))
        response = _page(request, home_chain(), account, refused=form)
        response.status_code = 422
        return response
    acting.write_statement(user=user_of(request), author=account, text=form.cleaned_data["text"])
    return redirect("delegate", account)


def _page(request: HttpRequest, chain: Chain, account: str, refused: StatementForm | None = None) -> HttpResponse:
    visitor, now = user_or_none(request), now_on(chain)
    wanted = [account, visitor.address] if visitor else [account]
    parts = {**all_delegates(chain), "said": _said(account), "took_part": participation_of(account, now)}
    if visitor:
        parts |= {**budget_parts(), "on_its_way": _on_its_way(visitor.address)}
    held, read = holdings_with(chain, wanted, **parts)
    votes, next_votes = votes_of(chain, account, now, cursor=request.GET.get("votes", ""))
    delegators = delegators_of(chain, account, cursor=request.GET.get("from", ""))
    said = _written(read["said"])
    context = {
        "chain": chain,
        "account": account,
        "held": held[account],
        "all": all_of(read),
        "took_part": Participation(**(read["took_part"] or {})),
        "course": power_course(chain, account, now),
        "votes": votes,
        "next_votes": next_votes,
        "delegators": delegators,
        "said": said,
        "is_own": bool(visitor and visitor.address == account),
        "form": refused or StatementForm(initial={"text": said["text"] if said else ""}),
        "most_statement": MOST_STATEMENT,
        "refusal": _refusal(chain, account),
        "is_confirming": held[account].changed_block > chain.final_block(),
        **_delegating(held, read, account, visitor.address if visitor else ""),
    }
    return render_page(request, "governance/delegates/delegate.html", context, fragments=("delegate",))


def _delegating(held: dict[str, Holding], read: dict[str, Any], account: str, visitor: str) -> dict[str, Any]:
    mine = held.get(visitor)
    if mine is None:
        return {"mine": None, "shifts": []}
    # Only what is held now can be signed for: a signature that moves nothing is not worth the operator's gas.
    relays = budget_in(read).is_running and mine.balance > 0
    return {"mine": mine, "shifts": shift_of(mine, held[account]), "relays": relays, "waits_for": read["on_its_way"]}


def _on_its_way(account: str) -> Subquery:
    """Return whom a signed delegation of the account names that is not on chain yet, as SQL of the chain's row."""
    signed = SignedMessage.objects.filter(chain=OuterRef("pk"), kind=Kind.DELEGATION, account=account)
    waiting = signed.filter(state__in=(State.SIGNED, State.SENT)).order_by("-pk")
    return Subquery(waiting.values("delegatee")[:1])


def _refusal(chain: Chain, account: str) -> str:
    """Return why nobody should delegate to an address, "" where anybody may."""
    try:
        acting.check_delegate(chain, account)
    except CannotDelegateError as error:
        return str(error.detail)
    return ""


def _said(account: str) -> Subquery:
    """Return the last version of a statement and how many there are, as SQL of the chain's row."""
    versions = DelegateStatement.objects.filter(author=account)
    count = versions.order_by().values("author").annotate(n=Count("pk")).values("n")
    row = JSONObject(text="text", written_at="written_at", versions=Subquery(count))
    return Subquery(versions.order_by("-id").values(row=row)[:1])


def _written(read: dict[str, Any] | None) -> dict[str, Any] | None:
    if not read:
        return None
    return {**read, "html": render_answer(read["text"]), "written_at": parse_datetime(read["written_at"])}


def _sentence(form: Any) -> str:
    return next((str(error) for errors in form.errors.values() for error in errors), _("Something is missing."))
