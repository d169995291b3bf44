"""The moderators' console: the queue, one case at a time, and what is decided in it."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.moderators import moderator
from accounts.visitors import user_of
from common.errors import DomainError
from common.htmx import render_page
from marketplace.ground.contents import find_content
from marketplace.ground.decisions import ModerationDecision
from marketplace.ground.wallet_pages import answer_call

from .background import background_of
from .case_view import CaseView, found_case
from .claiming import claim_case, found_subject, gone, open_own_case, release_case, subject_of
from .deciding import confirm_decision, decide_case, decline_decision
from .effects import effects_of
from .errors import NotOfferedError
from .forms import AnswerForm, DecisionForm, QueueForm
from .queue import counts_of, queue_of
from .suspending import prepare_suspension
from .undoing import undo_decision
from .wishes import Wish


@moderator
@require_safe
def moderation(request: HttpRequest) -> HttpResponse:
    """The queue alone."""
    return render_page(
        request, "marketplace/moderation/queue.html", _queue(request, counts_of(user_of(request).address))
    )


@moderator
@require_safe
def moderation_case(request: HttpRequest, pk: int) -> HttpResponse:
    """One case beside the queue."""
    return _case(request, pk)


@moderator
@require_safe
def case_background(request: HttpRequest, pk: int) -> HttpResponse:
    """What happened to a case's content, its author's record and similar cases."""
    case = found_case(pk)
    context = {"case": case, "background": background_of(case)}
    return render_page(request, "marketplace/moderation/background.html", context, fragments=("background",))


@moderator
@require_safe
def case_effects(request: HttpRequest, pk: int) -> HttpResponse:
    """What the decision that is being filled in would do."""
    case = found_case(pk)
    subject = subject_of(case)
    form = DecisionForm(request.GET, subject=subject)
    form.is_valid()  # what is left open does not matter yet
    sent = form.cleaned_data
    said: list[str] = []
    if sent.get("action"):
        wish = form.wish()
        said = effects_of(wish, subject, case, meanwhile=bool(sent.get("meanwhile")))
    return render_page(
        request, "marketplace/moderation/effects.html", {"case": case, "effects": said}, fragments=("effects",)
    )


@moderator
@require_POST
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Work on a case."""
    return _do(request, pk, lambda: claim_case(moderator=user_of(request), pk=pk))


@moderator
@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a case back."""
    return _do(request, pk, lambda: release_case(moderator=user_of(request), pk=pk))


@moderator
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide a case, or send the decision to a second moderator."""
    case = found_case(pk)
    subject = subject_of(case)
    form = DecisionForm(request.POST, subject=subject)
    if not form.is_valid():
        return _case(request, pk, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    wish, meanwhile = form.wish(), bool(form.cleaned_data.get("meanwhile"))
    return _do(
        request,
        pk,
        lambda: decide_case(moderator=user_of(request), pk=pk, wish=wish, meanwhile=meanwhile),
        form=form,
    )


@moderator
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree, as the second moderator."""
    pending = _pending(request)
    return _do(request, pk, lambda: confirm_decision(moderator=user_of(request), pk=pk, pending=pending))


@moderator
@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Refuse as the second moderator, or take back what one has asked for."""
    form = AnswerForm(request.POST)
    reason = form.cleaned_data.get("reason", "") if form.is_valid() else ""
    pending = _pending(request)
    return _do(request, pk, lambda: decline_decision(moderator=user_of(request), pk=pk, pending=pending, reason=reason))


@moderator
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a decision back that was made less than ten minutes ago."""
    made = undo_decision(moderator=user_of(request), pk=pk)
    return redirect("moderation-case", made.case_id) if made.case_id else redirect("moderation")


@moderator
@require_POST
def send_suspension(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a moderator's wallet what a decision does on chain."""
    call = prepare_suspension(user=user_of(request), pk=pk)
    case = ModerationDecision.objects.filter(pk=pk).values_list("case_id", flat=True).first()
    back = f"/moderation/cases/{case}" if case else "/moderation/"
    return answer_call(request, call, title=_("Suspend the sale, or end that"), back=back)


@moderator
def moderation_about(request: HttpRequest, content: str, key: str) -> HttpResponse:
    """What was decided about a content, and the way to open a case about it."""
    subject = found_subject(content, key)
    if request.method == "POST":
        case = open_own_case(moderator=user_of(request), content=content, key=key)
        return redirect("moderation-case", case.pk)
    decisions = ModerationDecision.objects.about(subject.content, subject.key).select_related("case")[:50]
    context = {"subject": subject, "decisions": decisions}
    return render_page(request, "marketplace/moderation/about.html", context)


def _do(request: HttpRequest, pk: int, action: Callable[[], object], form: DecisionForm | None = None) -> HttpResponse:
    """Do something in a case and show it again; a refusal stands on its page, where what was written is not lost."""
    try:
        action()
    except DomainError as error:
        return _case(request, pk, form=form, refusal=str(error.detail), status=HTTPStatus(error.status))
    return redirect("moderation-case", pk)


def _pending(request: HttpRequest) -> int:
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise NotOfferedError
    return int(form.cleaned_data["pending"])


def _case(
    request: HttpRequest,
    pk: int,
    *,
    form: DecisionForm | None = None,
    refusal: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    user = user_of(request)
    case = found_case(pk, user.address)
    view = CaseView(case, find_content(case.content, case.key), user.address)
    context = {
        **_queue(request, view.counts),
        "view": view,
        "case": case,
        "subject": view.subject,
        "form": form or DecisionForm(subject=view.subject or gone(case.content, case.key), initial=view.initial),
        "answer": AnswerForm(initial={"pending": case.pending_id}),
        "refusal": refusal,
    }
    if case.pending and view.subject:
        asked = case.pending
        wish = Wish(view.action_of(asked.action), asked.category, asked.rule, asked.reason, asked.days, asked.scopes)
        context["effects"] = effects_of(wish, view.subject, case)
    response = render_page(request, "marketplace/moderation/case.html", context)
    response.status_code = status
    return response


def _queue(request: HttpRequest, counts: dict[str, int]) -> dict[str, Any]:
    form = QueueForm(request.GET, auto_id="queue_%s")
    chosen = {name: value for name, value in form.cleaned_data.items() if value} if form.is_valid() else {}
    page = queue_of(user_of(request).address, chosen, request.GET.get("after", ""))
    return {"queue": page, "counts": counts, "filters": form, "chosen": chosen, "address": user_of(request).address}
