"""The demo wallet's own pages: a request in words, and demo dollars for nothing. Routed only in the demo."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.demo import SIGNERS, NotForYouError, call_in, persona_of
from accounts.visitors import user_of
from common.access import member, public
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.models import LOCAL_CHAIN, Chain
from contracts.names import DEMO_DOLLAR
from marketplace.ground.wallet_pages import answer_call

from . import requests, signing

MOST_AGE = 86_400  # seconds
PLACE, BYTES = re.compile(r"(0x[0-9a-f]{40})?"), re.compile(r"0x([0-9a-f]{2})*")
NUMBER = re.compile(r"0x[0-9a-f]{1,64}")
# What the window shows of a transaction, or what only bounds it. A price of gas, say, would be paid without being seen.
READ = {"from", "to", "data", "input", "value", "nonce", "gas", "chainId"}


@public()
@never_cache
@require_POST
def request_in_words(request: HttpRequest) -> HttpResponse:
    """A JSON-RPC call that the demo wallet is asked for, as its window shows it; ``age`` is how long it is open."""
    method, params, call = call_in(request)
    if method not in SIGNERS:
        raise NotForYouError
    chain, account = Chain.objects.get(pk=LOCAL_CHAIN), str(SIGNERS[method](params)).lower()
    age = call.get("age")
    waited = min(max(age, 0), MOST_AGE) if type(age) is int else 0
    if method == "eth_sendTransaction":
        shown = requests.transaction(_wallet_call(chain, account, params[0]), waited)
    elif method == "personal_sign":
        # Browsers name the page's origin with every POST, and ``call_in`` has found it to be ours.
        shown = signing.message(chain, account, str(params[0]), waited, request.headers["Origin"])
    else:
        shown = signing.typed(chain, account, params[1] if len(params) > 1 else None, waited)
    context = {"shown": shown, "chain": chain, "account": account, "persona": persona_of(account)}
    return render(request, "marketplace/wallet/request.html", context)


def _wallet_call(chain: Chain, account: str, wanted: Mapping[str, Any]) -> WalletCall:
    """Return a transaction as a page asks for it. Raises NotForYouError where it is none, or holds more."""
    to, data, other, value, where = (
        str(wanted.get(name) or default).lower()
        for name, default in (("to", ""), ("data", ""), ("input", ""), ("value", "0x0"), ("chainId", hex(chain.pk)))
    )
    # Nodes take the bytes by either name, and which of two that differ is the node's secret.
    if not (wanted.keys() <= READ and len({data, other} - {""}) < 2 and NUMBER.fullmatch(where)):
        raise NotForYouError
    data = data or other or "0x"
    if not (PLACE.fullmatch(to) and BYTES.fullmatch(data) and NUMBER.fullmatch(value) and int(where, 16) == chain.pk):
        raise NotForYouError
    return WalletCall(chain, account, to, data, int(value, 16))


@member
@require_POST
def demo_dollars(request: HttpRequest) -> HttpResponse:
    """Give the wallet the transaction that gets it demo dollars, once in 24 hours."""
    chain = Chain.objects.get(pk=LOCAL_CHAIN)
    call = prepare_call(chain, user_of(request).address, DEMO_DOLLAR, "faucet", [])
    return answer_call(request, call, title=_("Get demo dollars"), back=reverse("account"))
