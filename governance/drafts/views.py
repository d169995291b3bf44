"""Drafts: their list, beginning one, writing it, reading what others share, and proposing it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.restrictions import RestrictedError
from accounts.visitors import user_of, user_or_none
from common.access import member, public
from common.errors import DomainError, wants_problem
from common.htmx import render_page
from common.limits import limit
from governance.ground.home import home_chain
from marketplace.ground.wallet_pages import answer_call, answer_signed, answer_typed

from . import actions as acting
from .beginnings import BEGINNINGS, change_of
from .content import for_wallet, support_of
from .editor import checked, editor, fresh_tab, reading, words_of
from .errors import AlreadyProposedError, ChangedElsewhereError, DraftRefusedError
from .finding import OWN, PUBLIC, SIGNED, drafts_of
from .models import MOST_DRAFTS, Draft, Visibility
from .proposing import prepare_proposal
from .typed_in import Typed, read_typed

EDITOR = "governance/drafts/editor.html"
MOST_DIGITS = 7  # of the number of a page
TRIED_A_MINUTE, MINUTE = 120, 60  # trial runs of one account: each is a question to somebody's node


@public()
def drafts(request: HttpRequest) -> HttpResponse:
    """Own drafts, co-signed ones, and those that are public."""
    user, chain = user_or_none(request), home_chain()
    group = request.GET.get("of", OWN if user else PUBLIC)
    group = group if group in (OWN, SIGNED) and user else PUBLIC
    address, cursor = user.address if user else "", request.GET.get("after", "")
    page = drafts_of(chain, group, address, cursor=cursor)
    query = urlencode({"of": group, "after": page.next})
    context = {
        "chain": chain,
        "group": group,
        "page": page,
        "first": f"?{urlencode({'of': group})}" if cursor else "",
        "next": f"?{query}" if page.next else "",
        "groups": [*([(OWN, _("Mine")), (SIGNED, _("Co-signed"))] if user else []), (PUBLIC, _("Public"))],
    }
    return render_page(request, "governance/drafts/drafts.html", context)


@member
def new_draft(request: HttpRequest) -> HttpResponse:
    """What a draft can begin as, a change of the number first that the visitor came from; a POST begins one."""
    if request.method == "POST":
        named = BEGINNINGS.get(request.POST.get("as", ""), BEGINNINGS["empty"])
        beginning = change_of(request.POST.get("parameter", "")) or named
        said: dict[str, Any] = {"text": str(beginning.text), "actions": beginning.actions}
        made = acting.begin_draft(user=user_of(request), chain=home_chain(), **said)
        return HttpResponseRedirect(_address(made.key))
    own = Draft.objects.filter(author=user_of(request).address).count()
    context = {"beginnings": BEGINNINGS, "own": own, "most": MOST_DRAFTS, "is_full": own >= MOST_DRAFTS}
    parameter = request.GET.get("parameter", "")
    context |= {"parameter": parameter, "change": change_of(parameter)}
    return render_page(request, "governance/drafts/new_draft.html", context)


@public()
def draft(request: HttpRequest, key: str) -> HttpResponse:
    """A draft: its author writes, everybody else who may reads."""
    user = user_or_none(request)
    address = user.address if user else ""
    found = acting.find_draft(key, address)
    found.chain, asked = home_chain(), request.GET.get("signers", "")
    signers = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < MOST_DIGITS else 1
    if found.author == address and not found.proposals:
        typed = Typed(found.title, found.text, found.version, fresh_tab(), found.actions)
        return render_page(request, EDITOR, editor(found, typed, signers=signers))
    context = reading(found, address, signers)
    return render_page(request, "governance/drafts/draft.html", context, fragments=("standing",))


@member
@require_POST
def save_draft(request: HttpRequest, key: str) -> HttpResponse:
    """Save what the editor says; answer with what is new of the page, or with the whole of it."""
    user, typed = user_of(request), read_typed(request.POST)
    try:
        found = acting.save_draft(user=user, key=key, version=typed.version, tab=typed.tab, **typed.content)
    except (ChangedElsewhereError, AlreadyProposedError, DraftRefusedError, RestrictedError) as error:
        return _not_saved(request, key, typed, error)
    # Read again with what only the queryset adds.
    found = acting.find_draft(key, user.address)
    found.chain, typed.version = home_chain(), found.version
    if request.headers.get("HX-Request"):
        return render(request, "governance/drafts/_saved.html", editor(found, typed, brief=True))
    if not typed.done:
        return HttpResponseRedirect(_address(key))
    return render_page(request, EDITOR, editor(found, typed))


def _not_saved(request: HttpRequest, key: str, typed: Typed, error: DomainError) -> HttpResponse:
    """Answer with what was typed, what stands in the way, and a way to save it all the same."""
    if wants_problem(request):
        raise error
    found = acting.find_draft(key, user_of(request).address)
    found.chain = home_chain()
    typed.done, typed.moved, typed.removed = "", None, None
    # Saved again, it replaces what was saved elsewhere: the person has been told.
    typed.version = found.version
    context = {**editor(found, typed), "fault": error, "other": found}
    template = "governance/drafts/_not_saved.html" if request.headers.get("HX-Request") else EDITOR
    response = render(request, template, context)
    response.status_code = error.status
    return response


@public()
@require_GET
def draft_words(request: HttpRequest, key: str) -> HttpResponse:
    """What a draft's actions do in words, for its page; without our script, that page once they are made."""
    user = user_or_none(request)
    found = acting.find_draft(key, user.address if user else "")
    found.chain = home_chain()
    context = words_of(found)
    if not request.headers.get("HX-Request"):
        return HttpResponseRedirect(f"{_address(key)}#actions-title")
    is_read = found.author != (user.address if user else "") or bool(found.proposals)
    return render(request, "governance/drafts/_words.html", {**context, "is_read": is_read})


@member
@require_GET
def draft_checks(request: HttpRequest, key: str) -> HttpResponse:
    """What stands between a draft and its proposal, with a trial run on the chain: a part of its page."""
    user = user_of(request)
    found = acting.find_draft(key, user.address)
    if found.proposals and request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(_address(key))  # nothing is left to be written
    found.chain = home_chain()
    limit(f"drafts-tried:{user.address}", TRIED_A_MINUTE, MINUTE)
    return render_page(request, "governance/drafts/checks.html", checked(found, user.address), fragments=("checks",))


@member
@require_POST
def propose_draft(request: HttpRequest, key: str) -> HttpResponse:
    """Give the wallet the transaction that proposes the draft."""
    all_the_same = request.POST.get("all_the_same") == "yes"
    call = prepare_proposal(user=user_of(request), key=key, all_the_same=all_the_same)
    return answer_call(request, call, title=_("Propose it to the DAO"), back=_address(key))


@member
@require_POST
def share_draft(request: HttpRequest, key: str) -> HttpResponse:
    """Say who may read it."""
    said = request.POST.get("visibility", "")
    visibility = int(said) if said in map(str, Visibility.values) else -1
    acting.share_draft(user=user_of(request), key=key, visibility=visibility)
    return HttpResponseRedirect(f"{_address(key)}#share")


@member
@require_POST
def delete_draft(request: HttpRequest, key: str) -> HttpResponse:
    """Delete it for good."""
    acting.delete_draft(user=user_of(request), key=key)
    return HttpResponseRedirect(reverse("drafts"))


@member
@require_POST
def copy_draft(request: HttpRequest, key: str) -> HttpResponse:
    """Begin a draft of one's own with what another says."""
    user = user_of(request)
    found = acting.find_draft(key, user.address)
    said: dict[str, Any] = {"title": found.title, "text": found.text, "actions": found.actions}
    made = acting.begin_draft(user=user, chain=home_chain(), **said)
    return HttpResponseRedirect(_address(made.key))


@member
@require_POST
def cosign_draft(request: HttpRequest, key: str) -> HttpResponse:
    """Give the wallet what it signs to support the draft; with a signature, keep it."""
    user = user_of(request)
    if signature := request.POST.get("signature", "").strip():
        acting.cosign_draft(user=user, key=key, signature=signature)
        return answer_signed(request, _("Your co-signature is kept."), back=_address(key))
    found = acting.find_draft(key, user.address)
    acting.check_cosigning(user, found)
    return answer_typed(
        request,
        found.chain,
        for_wallet(support_of(found, user.address)),
        to=reverse("cosign-draft", args=[key]),
        fields={},
        title=_("Co-sign this draft"),
        back=_address(key),
    )


@member
@require_POST
def withdraw_support(request: HttpRequest, key: str) -> HttpResponse:
    """Take one's co-signature back."""
    acting.withdraw_support(user=user_of(request), key=key)
    return HttpResponseRedirect(_address(key))


def _address(key: str) -> str:
    return reverse("draft", args=[key])
