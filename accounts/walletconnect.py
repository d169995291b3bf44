"""What a wallet on another device needs of us: its person's phone signs and sends, and most cannot be asked to read.

Routed only where ``WALLETCONNECT_PROJECT_ID`` is set.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from common.access import member
from common.limits import limit_client
from contracts.chain.mined import find_mined
from contracts.models import Chain

LOOKS = (120, 60)  # a page looks every block, or every few seconds


@member
@require_GET
def receipt(request: HttpRequest, chain_id: int, tx_hash: str) -> HttpResponse:
    """Say which block a transaction is in and whether it succeeded; ``block`` is null while it is in none."""
    limit_client("receipt", str(request.META["REMOTE_ADDR"]), *LOOKS)
    chain = get_object_or_404(Chain, pk=chain_id)
    found = find_mined(chain, tx_hash, chain.final_block())
    return JsonResponse({"block": found and found.block, "ok": found is not None and found.succeeded})
