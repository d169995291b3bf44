"""Money into the escrow and back: what the wallet is to sign or to send."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_stubs_ext import StrOrPromise

from accounts.models import User
from accounts.visitors import user_of
from common.access import member
from common.errors import wants_problem
from contracts.chain.preflight import WalletCall
from contracts.models import Chain
from inference.keys.finding import own_key
from inference.keys.models import ApiKey
from marketplace.ground.wallet_pages import answer_call, answer_signed, answer_typed

from .balances import Fund, escrow_chains, purse_of
from .depositing import (
    Permission,
    prepare_deposit,
    prepare_end,
    prepare_request,
    prepare_signed_deposit,
    prepare_withdrawal,
)
from .errors import AmountRefusedError, NoEscrowError, NothingToDrawError, PaysNothingError, SignatureRefusedError
from .forms import amount_in

MOST_DIGITS = 12  # of a moment, in seconds


@require_POST
@member
def authorise_key(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give the wallet what authorises a key, and pays in on the way, in one prompt."""
    key = own_key(user_of(request), pk)
    return _deposit(request, _chain_of(key), key.token, key)


@require_POST
@member
def authorise_key_signed(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the signature that lets the escrow have a token, and give the wallet the transaction."""
    key = own_key(user_of(request), pk)
    return _signed(request, _chain_of(key), key.token, key)


@require_POST
@member
def top_up(request: HttpRequest, chain: str) -> HttpResponse:
    """Give the wallet what pays in."""
    return _deposit(request, _named(chain), request.POST.get("token", ""), None)


@require_POST
@member
def top_up_signed(request: HttpRequest, chain: str) -> HttpResponse:
    """The same, with the signature that lets the escrow have a token."""
    return _signed(request, _named(chain), request.POST.get("token", ""), None)


@require_POST
@member
def ask_back(request: HttpRequest, chain: str) -> HttpResponse:
    """Give the wallet the transaction that asks for money back: an amount, all of it, or nothing any more."""
    user, place = user_of(request), _named(chain)
    token = request.POST.get("token", "")
    if request.POST.get("none"):
        amount = 0
    elif request.POST.get("all"):
        amount = _fund(user, place, token).drawable
        if not amount:
            raise NothingToDrawError
    else:
        amount = _amount(request, place, token)
    call = prepare_request(user=user, chain=place, token=token, amount=amount)
    title = _("Ask for it back") if amount else _("Leave it in the escrow")
    return answer_call(request, call, title=title, back=reverse("api-keys"))


@require_POST
@member
def draw_back(request: HttpRequest, chain: str) -> HttpResponse:
    """Give the wallet the transaction that draws what was asked back."""
    call = prepare_withdrawal(user=user_of(request), chain=_named(chain), token=request.POST.get("token", ""))
    return answer_call(request, call, title=_("Withdraw from the escrow"), back=reverse("api-keys"))


@require_POST
@member
def end_key_on_chain(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give the wallet the transaction that ends a key on chain as well."""
    user = user_of(request)
    call = prepare_end(user=user, key=own_key(user, pk))
    return answer_call(request, call, title=_("End the key on chain"), back=reverse("api-key", args=[pk]))


def _deposit(request: HttpRequest, chain: Chain, token: str, key: ApiKey | None) -> HttpResponse:
    # A key can be authorised without paying in: there may be enough already.
    amount = 0 if key and not request.POST.get("amount", "").strip() else _amount(request, chain, token)
    asked = prepare_deposit(user=user_of(request), chain=chain, token=token, amount=amount, key=key)
    title, back = _title(key), _back(key)
    if isinstance(asked, WalletCall):
        return answer_call(request, asked, title=title, back=back)
    return _ask_signature(request, chain, asked, key, title, back)


def _ask_signature(
    request: HttpRequest, chain: Chain, asked: Permission, key: ApiKey | None, title: StrOrPromise, back: str
) -> HttpResponse:
    to = reverse("authorise-key-signed", args=[key.pk]) if key else reverse("top-up-signed", args=[chain.short_name])
    fields = {"deadline": str(asked.deadline)}
    return answer_typed(request, chain, asked.typed, to=to, fields=fields, title=title, back=back)


def _signed(request: HttpRequest, chain: Chain, token: str, key: ApiKey | None) -> HttpResponse:
    deadline = request.POST.get("deadline", "")
    if not (deadline.isascii() and deadline.isdecimal() and len(deadline) <= MOST_DIGITS):
        raise SignatureRefusedError
    call = prepare_signed_deposit(
        user=user_of(request),
        chain=chain,
        token=token,
        amount=_amount(request, chain, token),
        deadline=int(deadline),
        signature=request.POST.get("signature", ""),
        key=key,
    )
    if not wants_problem(request):
        return answer_call(request, call, title=_title(key), back=_back(key))
    return answer_signed(request, _("Signed. Now send it with your wallet."), back=_back(key), then=call)


def _title(key: ApiKey | None) -> StrOrPromise:
    return _("Authorise the key") if key else _("Add to your balance")


def _back(key: ApiKey | None) -> str:
    return reverse("api-key", args=[key.pk]) if key else reverse("api-keys")


def _amount(request: HttpRequest, chain: Chain, token: str) -> int:
    try:
        return amount_in(request.POST.get("amount", ""), _fund(user_of(request), chain, token).currency)
    except ValidationError as error:
        raise AmountRefusedError(" ".join(error.messages)) from error


def _fund(user: User, chain: Chain, token: str) -> Fund:
    """Return what somebody has in a currency that the chain's escrow takes, or has taken."""
    found = purse_of(user).funds.get((chain.pk, token))
    if found is None:
        raise NoEscrowError
    return found


def _named(short_name: str) -> Chain:
    found = get_object_or_404(Chain, short_name=short_name)
    if found.pk not in escrow_chains():
        raise NoEscrowError
    return found


def _chain_of(key: ApiKey) -> Chain:
    if key.chain is None or not key.pays:
        raise PaysNothingError
    if key.chain.pk not in escrow_chains():
        raise NoEscrowError
    return key.chain
