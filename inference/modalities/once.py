"""One answer of a model that sleeps, paid by itself (x402) by somebody without an account: the rules of ``/v1``.

What differs is the waiting. No thread waits for a chain: who comes before the payment is final is told to send the very
same request again, and whose call waits in turn, or runs, is told so as often as they send it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid5

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from common.errors import DomainError, problem_of
from common.limits import limit_client
from inference.access import Visitor, block_of
from inference.authorised import Authorised
from inference.gateway.errors import AsProblemError, ProtocolError
from inference.gateway.once import FROM_NETWORK, LOOK, admit_payer, refuse_late
from inference.gateway.opening import STRANGERS
from inference.gateway.terms import digest_of, offers_of, packed, read_payment, terms_of, trial
from inference.ledger.errors import PaymentPendingError, PaymentRefusedError, PaymentUsedError
from inference.ledger.payments import begin_payment, look_payment, payment_of, refuse_used
from inference.upstream_wishes import Wish

from .actions import Reply, begin_answer, try_answer

WAIT = 3.0  # seconds that a request waits for its payment
UNPAID = {"allowance-spent", "fair-use-spent", "holders-only"}  # what money would answer
REFUSED = (PaymentRefusedError, PaymentUsedError)


def paid_answer(
    *, request: HttpRequest, ip: str, listing: str, asked: Mapping[str, Any], wish: Wish, wait: float
) -> tuple[Reply, Authorised]:
    """Return what became of an answer that a request pays for, and by what.

    Raises AsProblemError, PaymentRefusedError, PaymentUsedError, PaymentPendingError, PaymentsPausedError, and as
    ``begin_answer`` does.
    """
    limit_client("v1-once", ip, *FROM_NETWORK)
    if request.headers.get("Idempotency-Key"):
        words = _("A payment is used once by itself: send no Idempotency-Key with it.")
        raise AsProblemError(ProtocolError(words, code="invalid_payment"))
    digest = digest_of(request.path, request.body)
    try:
        signed = read_payment(request.headers["Payment-Signature"], listing, digest)
    except ProtocolError as error:
        raise AsProblemError(error) from error
    admit_payer(signed, ip)
    own: dict[str, Any] = {"listing": signed.listing, "asked": asked, "wish": wish}
    tried = Visitor(block_of(ip), pays=trial(signed))
    _pay(signed, lambda: try_answer(visitor=tried, **own))
    payment = payment_of(signed)
    name = uuid5(payment.pk, "turn") if payment else None  # sent again, it is where it was in the queue
    return begin_answer(visitor=Visitor(block_of(ip), pays=signed), **own, wait=wait, name=name), signed


def _pay(signed: Authorised, tries: Callable[[], None]) -> None:
    """Return once the payment is final. Raises PaymentPendingError where that takes longer than a request waits."""
    found = refuse_used(signed)
    if found and found.paid_at:
        return
    if found is None:
        refuse_late(signed)
        tries()
    payment, until = begin_payment(signed=signed), time.monotonic() + WAIT
    while not look_payment(payment_id=payment.pk):
        if time.monotonic() > until:
            raise PaymentPendingError
        time.sleep(LOOK)


def refused(request: HttpRequest, ip: str, error: DomainError, listing: str) -> HttpResponse | None:
    """Return the answer to a request without a key that money would have answered: why, and the terms.

    None where it is refused for another reason, or has no price to be paid call by call.
    """
    is_paid = isinstance(error, REFUSED) or error.status == HTTPStatus.PAYMENT_REQUIRED
    if not is_paid and error.code not in UNPAID:
        return None
    limit_client("v1-terms", ip, *STRANGERS)
    offers = offers_of(listing, digest_of(request.path, request.body))
    if not offers:
        return None
    terms = terms_of(offers, request.build_absolute_uri(request.path), str(error.detail))
    said = DomainError(str(error.detail), **{**error.data, "x402": terms})
    said.code, said.status = error.code, HTTPStatus.PAYMENT_REQUIRED
    response = problem_of(said, request)
    response["PAYMENT-REQUIRED"] = packed(terms)
    return response
