"""What the visitor's wallet is to send or to sign: JSON for our script, or a page to copy from without it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django_stubs_ext import StrOrPromise

from common.errors import wants_problem
from common.htmx import render_page
from common.money import format_units
from contracts.chain import codec
from contracts.chain.preflight import WalletCall
from contracts.currencies import ERC20
from contracts.models import Chain


def answer_call(
    request: HttpRequest, call: WalletCall, *, title: StrOrPromise, back: str, until: datetime | None = None
) -> HttpResponse:
    """Answer with a transaction, as JSON or as a page. ``until`` is when the contract stops taking it, if it does."""
    if wants_problem(request):
        return JsonResponse(call.for_wallet())
    ours = {address: name for name, address in call.chain.deployment.items()}
    # Only an approval goes to an address that is not one of our contracts: the token's.
    contract = ours.get(call.to, ERC20)
    signature, args = codec.decode_call(contract, call.data)
    context = {
        "call": call,
        "title": title,
        "back": back,
        "until": until,
        "contract": contract,
        "signature": signature,
        "arguments": list(_flat(args)),
        "exact_value": format_units(call.value),
    }
    return render_page(request, "marketplace/ground/wallet_call.html", context)


def answer_typed(
    request: HttpRequest,
    chain: Chain,
    typed: Mapping[str, Any],
    *,
    to: str,
    fields: Mapping[str, str],
    title: StrOrPromise,
    back: str,
) -> HttpResponse:
    """Answer a form ``data-signs`` with typed data (EIP-712), as JSON or as a page.

    Numbers in it have to be text: JavaScript's lose digits beyond 2**53. The signature goes to ``to`` by POST, as
    ``signature``, together with what the form had, and with ``fields``. Answer that by ``answer_signed``.
    """
    if wants_problem(request):
        return JsonResponse({"typed": typed, "chainId": chain.pk, "to": to, "fields": dict(fields)})
    given = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    context = {
        "chain": chain,
        "title": title,
        "back": back,
        "to": to,
        "typed": json.dumps(typed, indent=2, ensure_ascii=False),
        "arguments": list(_flat(dict(typed["message"]))),
        "fields": {**given, **fields},
    }
    return render_page(request, "marketplace/ground/wallet_sign.html", context)


def answer_signed(
    request: HttpRequest, said: StrOrPromise, *, back: str, then: WalletCall | None = None
) -> HttpResponse:
    """Answer a signature that was taken: with a sentence that the page says, or, without our script, by going back.

    ``then`` is a transaction that the wallet is asked for next, by our script alone.
    """
    if not wants_problem(request):
        return redirect(back)
    return JsonResponse({"said": str(said), **({"then": then.for_wallet()} if then else {})})


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the arguments one by one, those in structs and lists by their path: ``order.quantity``, ``bps[0]``."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _flat(member, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for place, member in enumerate(value):
            yield from _flat(member, f"{name}[{place}]")
    else:
        yield name, str(value)
