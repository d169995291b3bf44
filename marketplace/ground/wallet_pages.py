"""A transaction for the visitor's wallet: JSON for our script, or a page to copy from without it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django_stubs_ext import StrOrPromise

from common.errors import wants_problem
from common.htmx import render_page
from common.money import format_units
from contracts.chain import codec
from contracts.chain.preflight import WalletCall
from contracts.currencies import ERC20


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
