"""One's own reports, and the decisions about what is one's own."""

from __future__ import annotations

from http import HTTPStatus

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from accounts.moderators import is_moderator, moderator, moderators
from accounts.visitors import user_of
from common.access import member
from common.errors import DomainError, wants_problem
from common.htmx import render_page
from common.pages import SortOrder, bounded_int, page_of
from marketplace.ground.cases import Case

from .appealing import appeal_decision
from .errors import StatementNotFoundError
from .forms import AppealForm
from .models import ReasonStatement, Report

A_PAGE = 30
NEWEST = SortOrder("newest", F("pk"), descending=True, parse=bounded_int)


@member
def own_reports(request: HttpRequest) -> HttpResponse:
    """What a member has reported, and what became of it."""
    mine = Report.objects.by(user_of(request).address)
    page = page_of(mine, NEWEST, limit=A_PAGE, cursor=request.GET.get("cursor", ""))
    context = {"reports": page.items, **_steps(request, "own-reports", page.next)}
    return render_page(request, "marketplace/reports/own_reports.html", context)


@moderator
def case_reports(request: HttpRequest, pk: int) -> HttpResponse:
    """The reports behind a case, for moderators: a page that the case's own shows the middle of."""
    case = get_object_or_404(Case.objects.select_related("appealed"), pk=pk)
    page = page_of(Report.objects.behind(case), NEWEST, limit=A_PAGE, cursor=request.GET.get("cursor", ""))
    context = {"case": case, "reports": page.items, **_steps(request, "case-reports", page.next, pk)}
    return render_page(request, "marketplace/reports/case_reports.html", context)


@member
def own_statements(request: HttpRequest) -> HttpResponse:
    """What moderators have decided about what is a member's own."""
    mine = ReasonStatement.objects.to(user_of(request).address).with_decision()
    page = page_of(mine, NEWEST, limit=A_PAGE, cursor=request.GET.get("cursor", ""))
    context = {"statements": page.items, **_steps(request, "own-statements", page.next)}
    return render_page(request, "marketplace/reports/own_statements.html", context)


@member
def statement(request: HttpRequest, public_id: str) -> HttpResponse:
    """A statement of reasons, for its recipient and for moderators; who reported it sees what became of it."""
    return _statement_page(request, public_id, AppealForm())


@require_http_methods(["GET", "HEAD", "POST"])
@member
def appeal(request: HttpRequest, public_id: str) -> HttpResponse:
    """Appeal against a decision, once."""
    if request.method != "POST":
        return redirect("reason-statement", public_id)
    form = AppealForm(request.POST)
    if not form.is_valid():
        return _statement_page(request, public_id, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        appeal_decision(user=user_of(request), public_id=public_id, text=form.cleaned_data["text"])
    except StatementNotFoundError:
        raise
    except DomainError as error:
        if wants_problem(request):
            raise
        return _statement_page(request, public_id, form, error=error, status=error.status)
    return redirect(f"{reverse('reason-statement', args=[public_id])}#appeal")


def _statement_page(
    request: HttpRequest,
    public_id: str,
    form: AppealForm,
    *,
    error: DomainError | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    user = user_of(request)
    found = ReasonStatement.objects.with_decision().filter(public_id=public_id).first()
    if found is None:
        raise StatementNotFoundError
    is_own = found.recipient == user.address
    if not is_own and not is_moderator(user):
        return _for_reporter(request, found)
    context = {
        "statement": found,
        "decision": found.decision,
        "appeal": getattr(found, "appeal", None),
        "is_own": is_own,
        "may_appeal": is_own and not found.lifted_at and timezone.now() <= found.appeal_until,
        "is_nobodys": not found.lifted_at and _nobody_is_left(found),
        "form": form,
        "error": error,
    }
    response = render_page(request, "marketplace/reports/statement.html", context)
    response.status_code = status
    return response


def _nobody_is_left(found: ReasonStatement) -> bool:
    """Say whether all who hold the role took part in a decision, so that nobody can judge an appeal against it."""
    took_part = (found.decision.moderator, found.decision.confirmed_by)
    return not moderators().exclude(account__in=took_part).exists()


def _for_reporter(request: HttpRequest, found: ReasonStatement) -> HttpResponse:
    """Lead who reported it to what became of it. Raises StatementNotFoundError for everybody else."""
    mine = Report.objects.by(user_of(request).address).filter(decision=found.decision_id).first()
    if mine is None:
        raise StatementNotFoundError
    return redirect(f"{reverse('own-reports')}#report-{mine.pk}")


def _steps(request: HttpRequest, name: str, following: str, *args: object) -> dict[str, str]:
    here = reverse(name, args=args)
    return {
        "first": here if request.GET.get("cursor") else "",
        "next": f"{here}?{urlencode({'cursor': following})}" if following else "",
    }
