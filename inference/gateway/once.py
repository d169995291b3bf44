"""One call of somebody without an account: terms, a signature, the money, and then the call (decision 0317).

Nothing runs before the payment is final, and nothing is paid that could not run now. What is paid and was not answered
is a right to that call: the same request, sent again, runs by it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

from django.core.exceptions import DisallowedHost
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from common.database import in_database, in_thread
from common.limits import TooManyError, limit_client, take
from inference.authorised import Authorised
from inference.keys.errors import KeyPausedError
from inference.ledger.errors import PaymentPendingError, PaymentRefusedError, PaymentUsedError
from inference.ledger.finding import receipts_of
from inference.ledger.payments import SECONDS_LEFT, begin_payment, look_payment, payment_of, refuse_used
from inference.models import Mode

from .errors import ProtocolError, protocol_error
from .opening import STRANGERS, Admitted, open_call
from .reading import Wanted, read_body
from .terms import Offer, digest_of, offers_of, packed, read_payment, terms_of, trial

Read = Callable[[dict[str, Any]], Wanted]
Run = Callable[[Admitted, Wanted], Awaitable[HttpResponseBase]]

PER_MINUTE = 60  # requests of one payer
FROM_NETWORK = (60, 60)  # requests with a payment, in seconds
AT_ONCE = 32  # payments that this process waits for
PAYS = HTTPStatus.PAYMENT_REQUIRED
MOST_WAIT, LOOK = 45.0, 0.5  # seconds
_waiting = asyncio.Semaphore(AT_ONCE)


async def bought(request: HttpRequest, ip: str, read: Read, run: Run) -> HttpResponseBase | None:
    """Return the answer to a request without a key: a call that is paid, or terms; None where it has no price for that.

    Raises ProtocolError, and as ``start_call`` and ``begin_payment`` do.
    """
    header: str = request.headers.get("Payment-Signature", "")
    await in_database(partial(limit_client, "v1-once" if header else "v1-terms", ip, *_rate(header)))
    try:
        wanted = read(read_body(request.body))
    except ProtocolError:
        if header:
            raise
        return None
    digest = digest_of(request.path, request.body)
    offers = [] if wanted.is_dry else await in_database(offers_of, wanted.models[0], digest)
    url = _url(request)
    if not header:
        if not offers:
            return None
        words = _("Use an API key, or pay for this one call: sign the terms, and send the same request again.")
        return await _required(
            ProtocolError(words, status=HTTPStatus.PAYMENT_REQUIRED, code="payment_required"), offers, url
        )
    if request.headers.get("Idempotency-Key"):
        raise ProtocolError(
            _("A payment is used once by itself: send no Idempotency-Key with it."), code="invalid_payment"
        )
    try:
        signed = await in_thread(read_payment, header, wanted.models[0], digest)
        who = await in_database(admit_payer, signed, ip)
        wanted = replace(wanted, models=[signed.listing])
        await _pay(who, signed, wanted)
        return await _told(await run(who, wanted), signed)
    except (PaymentRefusedError, PaymentUsedError) as error:
        return await _required(protocol_error(error), offers, url)
    except ProtocolError as error:
        if error.status != PAYS:
            raise
        return await _required(error, offers, url)


def _url(request: HttpRequest) -> str:
    try:
        return request.build_absolute_uri(request.path)
    except DisallowedHost:
        return request.path


def _rate(header: str) -> tuple[int, int]:
    return FROM_NETWORK if header else STRANGERS


def admit_payer(signed: Authorised, ip: str) -> Admitted:
    """Return who pays. Raises KeyPausedError where a moderator has paused that wallet's account, TooManyError."""
    left = take(f"v1-once:{signed.payer}", PER_MINUTE, 60)
    if left.left < 0:
        raise TooManyError(left.resets)
    if User.objects.filter(address=signed.payer, is_active=False).exists():
        raise KeyPausedError
    return Admitted(None, ip, left, signed)


async def _pay(who: Admitted, signed: Authorised, wanted: Wanted) -> None:
    """Return once the payment is final. Raises PaymentPendingError where that takes too long, and as it is brought."""
    found = await in_database(refuse_used, signed)
    if found and found.paid_at:
        return
    if found is None:
        refuse_late(signed)
        await in_database(_try, who, wanted)
    if _waiting.locked():
        words = _("Many payments are being brought at this moment. Nothing was taken from you: ask again in a moment.")
        raise ProtocolError(words, status=HTTPStatus.SERVICE_UNAVAILABLE, code="busy", retry=5)
    async with _waiting:
        payment = await in_thread(partial(begin_payment, signed=signed))
        until = time.monotonic() + MOST_WAIT
        while not await in_thread(partial(look_payment, payment_id=payment.pk)):
            if time.monotonic() > until:
                raise PaymentPendingError
            await asyncio.sleep(LOOK)


def refuse_late(signed: Authorised) -> None:
    """Raise PaymentRefusedError where a signature would be worth nothing by the time that it is on the chain."""
    if signed.ends - time.time() < SECONDS_LEFT:
        raise PaymentRefusedError("AuthorizationExpired")


@transaction.atomic
def _try(who: Admitted, wanted: Wanted) -> None:
    """Refuse before any money moves what would be refused after it. Raises as ``start_call`` does."""
    tried = replace(who, pays=trial(who.pays) if who.pays else None)
    open_call(tried, wanted, Mode.CHAT, wanted.models)
    transaction.set_rollback(True)


async def _required(error: ProtocolError, offers: list[Offer], url: str) -> HttpResponseBase:
    """Return why something has to be paid, and the terms: whole in the body too, where programs find them first.

    What has no price to be paid call by call has no terms.
    """
    if not offers:
        return error.response()
    terms = await in_thread(terms_of, offers, url, error.message)
    response = JsonResponse({**error.document, "x402": terms}, status=error.status)
    response["PAYMENT-REQUIRED"] = packed(terms)
    return response


async def _told(response: HttpResponseBase, signed: Authorised) -> HttpResponseBase:
    said = await in_database(settled_of, signed)
    response["PAYMENT-RESPONSE"] = packed(said)
    return response


def settled_of(signed: Authorised) -> dict[str, Any]:
    """Return what x402 says of a payment that was taken: its transaction, and the receipt of its call."""
    payment = payment_of(signed)
    tx_hash, call = (payment.tx_hash, payment.call) if payment else ("", None)
    receipt = receipts_of([call]).get(call, "") if call else ""
    said = {"success": True, "transaction": tx_hash, "network": f"eip155:{signed.chain_id}", "payer": signed.payer}
    return {**said, "extensions": {"receipt": reverse("call-receipt", args=[receipt]) if receipt else None}}
