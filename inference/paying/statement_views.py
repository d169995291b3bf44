"""The statement of a wallet's paid use, month by month, its calls with their receipts, and its file."""

from __future__ import annotations

import csv
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.visitors import user_of
from common.access import member
from common.errors import NotFoundError
from common.htmx import render_page

from .balances import Fund, Purse, purse_of, shown_funds
from .errors import NoEscrowError
from .statement import COLUMNS, Month, calls_of, csv_rows, statement_of

FIRST = date(2015, 1, 1)  # before there was any chain of ours
OF_A_LINE = ("chain", "token", "day", "model", "key")  # the query of the calls of a line


@require_safe
@member
def statement(request: HttpRequest) -> HttpResponse:
    """A month of one currency: the balance before, each line, and the balance after."""
    purse = purse_of(user_of(request))
    context = {"statement": _asked(request, purse), "funds": _shown(purse), "names": _names(purse)}
    return render_page(request, "inference/paying/statement.html", context)


@require_safe
@member
def statement_calls(request: HttpRequest) -> HttpResponse:
    """The calls of one line of a statement, each with its receipt."""
    user = user_of(request)
    purse = purse_of(user)
    fund = _fund(request, purse)
    day, key = _line(request)
    listing, cursor = request.GET.get("model", "").replace("\0", ""), request.GET.get("cursor", "")
    found = calls_of(user.address, fund.chain, fund.token, day=day, listing=listing, key=key, cursor=cursor)
    if not found.items:
        raise NotFoundError
    here = urlencode({name: request.GET.get(name, "") for name in OF_A_LINE})
    context = {"calls": found, "fund": fund, "day": day, "listing": listing, "name": _names(purse).get(key)}
    context |= {"month": day.replace(day=1), "here": here, "cursor": cursor}
    return render_page(request, "inference/paying/calls.html", context)


@require_safe
@member
def statement_csv(request: HttpRequest) -> HttpResponse:
    """The same as a file, call by call."""
    user = user_of(request)
    found = _asked(request, purse_of(user))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="statement-{found.month:%Y-%m}.csv"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    writer.writerows(csv_rows(user.address, found, request.build_absolute_uri("/").rstrip("/")))
    return response


def _asked(request: HttpRequest, purse: Purse) -> Month:
    """Return the statement that an address asks for: by default this month's, of the first currency with anything."""
    fund = _fund(request, purse)
    return statement_of(user_of(request).address, fund.chain, fund.token, _month(request.GET.get("month", "")))


def _fund(request: HttpRequest, purse: Purse) -> Fund:
    shown = _shown(purse)
    if not shown:
        raise NoEscrowError
    place = request.GET.get("chain", ""), request.GET.get("token", "")
    return next((each for each in purse.funds.values() if (each.chain.short_name, each.token) == place), shown[0])


def _line(request: HttpRequest) -> tuple[date, UUID]:
    """Return the day and the key of a line of a statement. Raises NotFoundError."""
    try:
        day, key = date.fromisoformat(request.GET.get("day", "")), UUID(request.GET.get("key", ""))
    except ValueError as error:
        raise NotFoundError from error
    if not FIRST <= day <= timezone.now().date():
        raise NotFoundError
    return day, key


def _shown(purse: Purse) -> list[Fund]:
    return list(shown_funds(purse.funds, None))


def _names(purse: Purse) -> dict[UUID, str]:
    return {key.pk: key.name for key in purse.keys}


def _month(text: str) -> date:
    today = timezone.now().date()
    try:
        month = date.fromisoformat(f"{text}-01") if len(text) == len("2026-11") else today.replace(day=1)
    except ValueError:
        return today.replace(day=1)
    return month if FIRST <= month <= today else today.replace(day=1)
