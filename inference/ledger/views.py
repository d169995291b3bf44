"""What anybody may see of the ledger: whether the books agree, and what settlement costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.access import public
from common.errors import NotFoundError
from common.htmx import render_page
from contracts.models import AnchorFact, Chain
from contracts.names import ANCHORS, ESCROW

from .models import Charge, Receipt
from .receipts import KIND, epoch_of, home_chain, proof_of
from .standing import standings

SCRIPT = Path(__file__).with_name("verify_receipt.py")


@require_safe
@public(cache_seconds=15)
def status(request: HttpRequest) -> HttpResponse:
    """Say for every chain whether the ledger is what the escrow has, and what waits to be settled."""
    return render_page(request, "inference/status.html", {"standings": standings()}, fragments=("status",))


@never_cache
@require_safe
@public()
def call_receipt(request: HttpRequest, secret: str) -> HttpResponse:
    """Show the receipt of a paid call to whoever knows its address; with ``?format=json`` as programs read it."""
    receipt = Receipt.objects.filter(secret=secret).first()
    charge = Charge.objects.filter(call=receipt.call).first() if receipt else None
    if receipt is None or charge is None:
        raise NotFoundError
    told = _told(receipt)
    if request.GET.get("format") == "json":
        return _private(JsonResponse(told))
    chain, home = Chain.objects.get(pk=charge.chain_id), home_chain()
    anchor = AnchorFact.objects.filter(chain=home, anchored=KIND, epoch=told["epoch"]).first() if home else None
    context = {"receipt": receipt, "charge": charge, "chain": chain, "told": told, "anchor": anchor, "home": home}
    context |= {"escrow": chain.deployment.get(ESCROW, ""), "anchors": home.deployment.get(ANCHORS, "") if home else ""}
    return _private(render_page(request, "inference/receipt.html", context))


@require_safe
@public(cache_seconds=300)
def receipt_script(request: HttpRequest) -> HttpResponse:
    """Give the script that checks a receipt without us."""
    return HttpResponse(SCRIPT.read_bytes(), content_type="text/x-python; charset=utf-8")


def _told(receipt: Receipt) -> dict[str, Any]:
    return {
        "typed": receipt.typed,
        "signature": receipt.signature,
        "salt": receipt.salt,
        "epoch": epoch_of(receipt.day) if receipt.day else None,
        "proof": proof_of(receipt),
    }


def _private(response: HttpResponse) -> HttpResponse:
    """Keep its address out of search engines, and out of what other sites are told."""
    response["X-Robots-Tag"], response["Referrer-Policy"] = "noindex", "no-referrer"
    return response
