"""Brings to the chain what people signed to pay single calls with, beside the web, which sends no transactions."""

from __future__ import annotations

import time

import structlog
from eth_account.signers.local import LocalAccount

from contracts.chain.client import client
from contracts.chain.preflight import HEADROOM
from contracts.chain.transactions import send_transaction
from contracts.errors import ChainError
from contracts.models import Chain, SentTransaction
from contracts.names import ESCROW

from .errors import PaymentPendingError, PaymentRefusedError
from .models import CallPayment
from .payments import data_of, look_payment

log = structlog.get_logger(__name__)


def bring_payments(*, chain: Chain, settler: LocalAccount) -> None:
    """Bring what is new, note what is final, and send again what waits for a block. In no transaction.

    Any number of times, also at once: a payment has one transaction. The settler's are numbered, so that one which
    waited for ever would keep all later ones waiting.
    """
    for payment in CallPayment.objects.filter(chain_id=chain.pk, paid_at=None).order_by("created_at"):
        try:
            if not look_payment(payment_id=payment.pk):
                _bring(chain, settler, payment)
        except (PaymentRefusedError, PaymentPendingError):
            continue
        except ChainError as error:
            log.warning("a payment was not sent", payment=str(payment.pk), reason=error.reason or str(error.detail))


def _bring(chain: Chain, settler: LocalAccount, payment: CallPayment) -> None:
    account = settler.address.lower()
    sent = SentTransaction.objects.filter(chain=chain, business_id=payment.business_id).first()
    if sent and sent.sender != account:
        return  # another key's, which cannot be replaced by this one
    if sent is None:
        balance, price = client(chain).quantities([("eth_getBalance", [account, "latest"]), ("eth_gasPrice", [])])
        if balance < payment.gas * price * HEADROOM:
            log.error("the settler cannot pay its gas", chain=chain.short_name, account=account, balance=balance)
            return
        if time.time() >= payment.ends:
            return  # it would be for nothing
    send_transaction(
        chain=chain,
        account=settler,
        business_id=payment.business_id,
        to=chain.deployment[ESCROW],
        data=data_of(payment),
        gas=payment.gas,
    )
