"""The treasury's page, its files, and what anybody may do for it with a wallet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.visitors import user_of
from common.access import member, public
from common.context import visitor_of
from common.htmx import render_page
from common.text import as_cell
from contracts.currencies import Currency, currency_of
from contracts.models import Chain
from contracts.names import COIN
from governance.ground.home import home_chain, now_on
from governance.onchain.models.treasury import SpendingFact
from marketplace.ground.wallet_pages import answer_call
from marketplace.selling.periods import LABELS

from .actions import prepare_bonus_claim, prepare_release
from .bonuses import epochs_of
from .books import Books, books_of
from .errors import NoBonusError, TokenMissingError
from .fees import WORDS, fees_of
from .forms import BonusForm, TokenForm, asked_in
from .inflow import Inflow
from .outflow import spendings, title_of, waiting_in, words_of

MOST_ROWS = 100_000  # of a file
FEE_COLUMNS = ("day", "model", "model_id", "state", "sales", "currency", "to_the_vault", "to_referrers", "units")
SPENDING_COLUMNS = ("time", "amount", "currency", "units", "asset", "proposal", "title", "transaction", "block")


@public()
def treasury(request: HttpRequest) -> HttpResponse:
    """What the treasury holds, what comes and goes, what its caps leave, and what waits in the timelock."""
    chain = home_chain()
    now, asked = now_on(chain), asked_in(request.GET)
    books = books_of(chain, now, chain.head())
    inflow = Inflow(chain, fees_of(chain), asked, now.date())
    outflow, waiting = spendings(chain, asked.after), waiting_in(chain, now)
    context = {
        "chain": chain,
        "now": now,
        "books": books,
        "inflow": inflow,
        "period": asked.period,
        "periods": LABELS,
        "period_label": LABELS[asked.period],
        "coin": books.holdings[0],
        "outflow": _payments(outflow.items, books, chain),
        "outflow_next": outflow.next,
        "is_first": not asked.after,
        "waiting": waiting,
        "first_ready": next((each for each in waiting if each.is_ready), None),
        "final": chain.final_block(),
    }
    return render_page(request, "governance/treasury/treasury.html", context, fragments=("treasury",))


def _payments(facts: Sequence[SpendingFact], books: Books, chain: Chain) -> list[tuple[object, ...]]:
    """Return each payment with its proposal, its asset, and what the proposal says of it."""
    words = zip(facts, words_of(facts, chain), strict=True)
    return [(fact, title_of(fact), books.holding(fact.asset), said) for fact, said in words]


@public()
def fees_csv(request: HttpRequest) -> HttpResponse:
    """Every day's fees by model, with how far they have come: the table behind the plot."""
    chain = home_chain()
    inflow = Inflow(chain, fees_of(chain), asked_in(request.GET), now_on(chain).date())
    return _file("fees", FEE_COLUMNS, _fee_rows(inflow))


def _fee_rows(inflow: Inflow) -> Iterator[tuple[object, ...]]:
    for fee in sorted(inflow.shown, key=lambda each: (each.made, each.model_id, each.stand)):
        amounts = (_plain(inflow.currency, amount) for amount in (fee.net, fee.referred))
        said = (fee.made.isoformat(), as_cell(fee.name), fee.model_id, WORDS[fee.stand], fee.sales)
        yield (*said, as_cell(inflow.currency.unit), *amounts, fee.net)


@public()
def spendings_csv(request: HttpRequest) -> HttpResponse:
    """Everything that left the treasury, with the proposal that did it."""
    chain = home_chain()
    books = books_of(chain, now_on(chain), chain.head())
    rows = (_spending_row(fact, books) for fact in spendings(chain, limit=MOST_ROWS).items)
    return _file("spendings", SPENDING_COLUMNS, rows)


def _spending_row(fact: SpendingFact, books: Books) -> tuple[object, ...]:
    by, held = title_of(fact), books.holding(fact.asset)
    amount = (_plain(held.currency, fact.amount), as_cell(held.currency.unit)) if held else ("", "")
    named = (by.number, as_cell(by.title)) if by else ("", "")
    return (fact.time.isoformat(), *amount, fact.amount, fact.asset, *named, fact.tx_hash, fact.block_number)


@member
@require_POST
def release_fees(request: HttpRequest) -> HttpResponse:
    """Give the wallet the transaction that divides what the fee vault has."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        raise TokenMissingError
    call = prepare_release(user=user_of(request), chain=home_chain(), token=form.cleaned_data["token"])
    return answer_call(request, call, title=_("Divide the fees"), back=reverse("treasury"))


@public()
def bonuses(request: HttpRequest) -> HttpResponse:
    """The epochs of the bonus pool, what is claimed of each, and what the visitor can claim."""
    chain = home_chain()
    epochs = epochs_of(chain)
    account = getattr(visitor_of(request), "address", "")
    context = {
        "chain": chain,
        "now": now_on(chain),
        "coin": currency_of(chain, COIN),
        "epochs": epochs,
        "own": [(epoch, bonus) for epoch in epochs for bonus in epoch.open_to(account)],
        "visitor_address": account,
    }
    return render_page(request, "governance/treasury/bonuses.html", context, fragments=("bonuses",))


@member
@require_POST
def claim_bonus(request: HttpRequest) -> HttpResponse:
    """Give the wallet the transaction that draws a bonus."""
    form = BonusForm(request.POST)
    if not form.is_valid():
        raise NoBonusError
    named = {"epoch": int(form.cleaned_data["epoch"]), "model_id": form.cleaned_data["model_id"]}
    call = prepare_bonus_claim(user=user_of(request), chain=home_chain(), **named)
    return answer_call(request, call, title=_("Claim the bonus"), back=reverse("bonuses"))


def _file(name: str, columns: Iterable[object], rows: Iterable[Iterable[object]]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response)
    writer.writerow(columns)
    writer.writerows(rows)
    return response


def _plain(currency: Currency, amount: int) -> str:
    return currency.number(amount).replace(",", "")
