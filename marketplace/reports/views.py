"""Reporting something, one's own reports, statements of reasons and appeals, the rules, the log."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.visitors import user_or_none
from common.access import public
from common.errors import DomainError, wants_problem
from common.htmx import render_page
from marketplace.ground.caching import KEEP
from marketplace.ground.rules import CHAPTERS, SINCE, VERSION

from . import confirming
from .errors import LocationError
from .forms import MailReportForm, NoticeForm, ReportForm
from .locations import first_content
from .reporting import confirm_report, find_reported, report_by_mail, report_content
from .weights import BY_MAIL, HEAD_START, LEAST, WHOLE


@public(cache_seconds=KEEP)
def rules(request: HttpRequest) -> HttpResponse:
    """The rules whose numbers decisions cite, and how reports are weighed."""
    shares = {"whole": WHOLE, "by_mail": BY_MAIL, "least": LEAST}
    weights = {**{name: f"{share / WHOLE:g}" for name, share in shares.items()}, "head_start": HEAD_START}
    context = {"chapters": CHAPTERS, "version": VERSION, "since": SINCE, "weights": weights}
    return render(request, "marketplace/reports/rules.html", context)


@public()
@never_cache
def report(request: HttpRequest, content: str, key: str) -> HttpResponse:
    """Report a content: signed in, or by mail."""
    subject = find_reported(content, key)
    user = user_or_none(request)
    form_class = ReportForm if user else MailReportForm
    form = form_class(request.POST or None)
    context = {"subject": subject, "sends_mail": settings.SENDS_MAIL}
    if request.method != "POST" or not form.is_valid():
        return _form(request, "report", form, context)
    try:
        if user:
            made = report_content(user=user, content=content, key=key, said=form.said())
            return redirect(f"{reverse('own-reports')}#report-{made.pk}")
        mail = form.cleaned_data["mail"]
        report_by_mail(client=_client(request), mail=mail, content=content, key=key, said=form.said())
        return redirect("report-sent")
    except DomainError as error:
        return _refused(request, "report", form, context, error)


@public()
@never_cache
def notice(request: HttpRequest) -> HttpResponse:
    """Give notice of something unlawful (DSA, article 16)."""
    user = user_or_none(request)
    needs_mail = user is None
    context: dict[str, Any] = {"sends_mail": settings.SENDS_MAIL}
    if request.method != "POST":
        form = NoticeForm(needs_mail=needs_mail, initial={"locations": _named(request)})
        return _form(request, "notice", form, context)
    form = NoticeForm(request.POST, needs_mail=needs_mail)
    if not form.is_valid():
        return _form(request, "notice", form, context)
    try:
        return _give_notice(request, user, form)
    except DomainError as error:
        return _refused(request, "notice", form, context, error)


def _give_notice(request: HttpRequest, user: User | None, form: NoticeForm) -> HttpResponse:
    subject, said = first_content(form.cleaned_data["locations"]), form.said()
    if subject is None:
        raise LocationError
    content, key = subject.content.value, subject.key
    if user and not form.cleaned_data["exempt"]:
        made = report_content(user=user, content=content, key=key, said=said)
        return redirect(f"{reverse('own-reports')}#report-{made.pk}")
    mail = form.cleaned_data.get("mail", "")
    report_by_mail(client=_client(request), mail=mail, content=content, key=key, said=said)
    return redirect("report-sent" if mail else "notice-taken")


@public()
def report_sent(request: HttpRequest) -> HttpResponse:
    """Say that a link is on its way, whether or not there was a report before."""
    return render(request, "marketplace/reports/sent.html", {"is_taken": False})


@public()
def notice_taken(request: HttpRequest) -> HttpResponse:
    """Say that a notice without a mail address has been taken."""
    return render(request, "marketplace/reports/sent.html", {"is_taken": True})


@public()
@never_cache
def confirmation(request: HttpRequest) -> HttpResponse:
    """Ask whether a report is to count; a POST says yes. A GET does nothing: mailboxes follow links to look."""
    token = request.GET.get("token", "")
    done = request.method == "POST"
    found = confirm_report(token=token) if done else confirming.confirmed(token)
    return render(request, "marketplace/reports/confirm.html", {"report": found, "done": done or found.case_id})


def _named(request: HttpRequest) -> str:
    """Return the address that a link to the form names: a path of this site."""
    path = request.GET.get("at", "")
    return request.build_absolute_uri(path) if path.startswith("/") and not path.startswith("//") else ""


def _form(request: HttpRequest, name: str, form: forms.Form, context: dict[str, Any]) -> HttpResponse:
    response = render_page(request, f"marketplace/reports/{name}.html", {**context, "form": form})
    if form.is_bound:
        response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    return response


def _refused(
    request: HttpRequest, name: str, form: forms.Form, context: dict[str, Any], error: DomainError
) -> HttpResponse:
    """Show the form again with what was written in it, and why it was not taken."""
    if wants_problem(request):
        raise error
    response = _form(request, name, form, {**context, "error": error})
    response.status_code = error.status
    if "retry_after" in error.data:
        response["Retry-After"] = str(error.data["retry_after"])
    return response


def _client(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
