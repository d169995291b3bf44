"""The demo wallet: play money for people without a wallet, on the demo's own chain and machine.

Anvil holds the keys of its well-known accounts and signs for anybody who asks. Browsers must not ask it directly: then
any web page could. So this door opens for this machine, this site and these accounts alone. Routed only in the demo,
and ``accounts.checks`` refuses to start where anybody else could reach it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from common.access import public
from common.errors import DomainError
from common.origins import is_own
from common.outbound import Outbound, OutboundError
from contracts.errors import RetryableChainError
from contracts.models import LOCAL_CHAIN, Chain

MAX_BYTES = 300_000  # the most that a transaction may carry is 128 KiB, in hexadecimal twice that
MOST_ANSWERED = 8 * 2**20
SECONDS = 20
CONNECTIONS = 4


@dataclass(frozen=True)
class Persona:
    """One of anvil's accounts, by the part that it plays."""

    name: str
    title: str | Promise
    address: str


PERSONAS = (
    Persona("buyer", _("Buyer"), "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
    Persona("seller", _("Seller"), "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"),
    Persona("voter", _("Voter"), "0x90F79bf6EB2c4f870365E785982E1f101E93b906"),
    Persona("moderator", _("Moderator"), "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65"),
    Persona("moderator-2", _("Second moderator"), "0x1BcB8e569EedAb4668e55145Cfeaf190902d3CF2"),
    Persona("moderator-3", _("Third moderator"), "0x11e8F3eA3C6FcF12EcfF2722d75CEFC539c51a1C"),
    Persona("guardian", _("Guardian"), "0x8263Fce86B1b78F95Ab4dae11907d8AF88f841e7"),
    Persona("voter-2", _("Second voter"), "0xcF2d5b3cBb4D7bF04e3F7bFa8e27081B52191f91"),
    Persona("voter-3", _("Third voter"), "0x86c53Eb85D0B7548fea5C4B4F82b4205C8f6Ac18"),
    Persona("contributor", _("Contributor"), "0x1aac82773CB722166D7dA0d5b0FA35B0307dD99D"),
)
ADDRESSES = {persona.address.lower() for persona in PERSONAS}

# None of anvil's own methods, which could move its clock or give away its money.
READS = {
    "eth_blockNumber",
    "eth_call",
    "eth_chainId",
    "eth_estimateGas",
    "eth_feeHistory",
    "eth_gasPrice",
    "eth_getBalance",
    "eth_getTransactionByHash",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
}
# Who acts, for each method that acts.
SIGNERS: dict[str, Callable[[list[Any]], Any]] = {
    "eth_sendTransaction": lambda params: params[0]["from"],
    "eth_signTypedData_v4": lambda params: params[0],
    "personal_sign": lambda params: params[1],
}


class NotForYouError(DomainError):
    """The demo wallet was asked from elsewhere, or for something that it does not do."""

    code = "demo-wallet-refused"
    status = HTTPStatus.FORBIDDEN
    detail = _("The demo wallet does not do this.")


@public()
@never_cache
@require_GET
def wallets(request: HttpRequest) -> HttpResponse:
    """List the personas: name, title, address."""
    return JsonResponse({"wallets": [{**asdict(each), "title": str(each.title)} for each in PERSONAS]})


@public()
@require_POST
def rpc(request: HttpRequest) -> HttpResponse:
    """Pass one JSON-RPC call on to the demo's chain, and its answer back."""
    method, params, _call = call_in(request)
    return HttpResponse(_ask(method, params), content_type="application/json")


def call_in(request: HttpRequest) -> tuple[str, list[Any], dict[str, Any]]:
    """Return the method and the parameters of the call that a page of this site makes, and the call as it came.

    Raises NotForYouError for anybody else's, and for what the demo wallet does not do.
    """
    # Both: a foreign page can ask from this machine, and another machine can forge an Origin.
    if not (_is_local(request) and _is_own(request) and len(request.body) <= MAX_BYTES):
        raise NotForYouError
    try:
        call = json.loads(request.body)
        method, params = call["method"], call.get("params", [])
        # Anvil would sign for any of its accounts; the personas are the ones meant for play.
        if method not in READS and str(SIGNERS[method](params)).lower() not in ADDRESSES:
            raise NotForYouError
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise NotForYouError from error
    return method, params, call


def persona_of(address: str) -> Persona:
    """Return the persona with this address. Raises StopIteration."""
    return next(each for each in PERSONAS if each.address.lower() == address.lower())


def _is_local(request: HttpRequest) -> bool:
    """Say whether the browser runs on this machine; the server has already looked behind a proxy."""
    try:
        return ip_address(request.META["REMOTE_ADDR"]).is_loopback
    except ValueError:
        return False


def _is_own(request: HttpRequest) -> bool:
    """Say whether a page of this site asks: browsers name the page's origin with every POST and cannot forge it."""
    return is_own(request.headers.get("Origin", ""))


def _ask(method: str, params: list[Any]) -> bytes:
    """Return the node's answer as it comes: a refusal in it is the wallet's to explain."""
    node = Chain.objects.get(pk=LOCAL_CHAIN).endpoints[0]
    question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    try:
        return _outbound().post(node, question, seconds=SECONDS, most_bytes=MOST_ANSWERED).body
    except OutboundError as error:
        raise RetryableChainError(reason=str(error)) from error


@cache
def _outbound() -> Outbound:
    """Return this process's connections to the node."""
    return Outbound(CONNECTIONS)
