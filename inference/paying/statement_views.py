"""The statement of a wallet's paid use, month by month, and its file."""

from __future__ import annotations

import csv
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.visitors import user_of
from common.access import member
from common.htmx import render_page
from contracts.models import Chain
from inference.keys.models import ApiKey

from .balances import Fund, escrow_chains, funds_of, shown_funds
from .errors import NoEscrowError
from .statement import COLUMNS, Statement, csv_rows, statement_of


@require_safe
@member
def statement(request: HttpRequest) -> HttpResponse:
    """A month of one currency: the balance before, each line, and the balance after."""
    found, funds = _asked(request)
    context = {
        "statement": found,
        "funds": funds,
        "names": dict(ApiKey.objects.of(user_of(request).pk).values_list("pk", "name")),
    }
    return render_page(request, "inference/paying/statement.html", context)


@require_safe
@member
def statement_csv(request: HttpRequest) -> HttpResponse:
    """The same as a file, call by call."""
    found, _funds = _asked(request)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="statement-{found.month:%Y-%m}.csv"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    writer.writerows(csv_rows(user_of(request).address, found))
    return response


def _asked(request: HttpRequest) -> tuple[Statement, list[Fund]]:
    """Return the statement that an address asks for: by default this month's, of the first currency with anything."""
    user, chains = user_of(request), escrow_chains()
    funds = funds_of(user, chains, list(ApiKey.objects.of(user.pk)))
    shown = list(shown_funds(funds, None))
    if not shown:
        raise NoEscrowError
    place = _chain_named(chains, request.GET.get("chain", "")), request.GET.get("token", "")
    fund = next((each for each in funds.values() if (each.chain, each.token) == place), shown[0])
    return statement_of(user.address, fund.chain, fund.token, _month(request.GET.get("month", ""))), shown


def _chain_named(chains: dict[int, Chain], short_name: str) -> Chain | None:
    return next((each for each in chains.values() if each.short_name == short_name), None)


def _month(text: str) -> date:
    today = timezone.now().date()
    try:
        month = date.fromisoformat(f"{text}-01") if len(text) == len("2026-11") else today.replace(day=1)
    except ValueError:
        return today.replace(day=1)
    return month if date(2015, 1, 1) <= month <= today else today.replace(day=1)
