"""Calls that are paid one by one: a signature goes to the chain (``bringing``); what is final there is a right to one.

Money comes before the call, and the call before the right ends: whoever paid and got nothing sends the same again, and
pays nothing more. Each step may be cut off anywhere, and run any number of times, also at once: the payment is one row,
its transaction goes out under the row's name, and under the row's lock one call at a time runs by it.
"""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from eth_abi import abi as eth_abi
from eth_utils.crypto import keccak

from common.limits import limit
from common.locks import exclusive_until_commit
from common.queue import enqueue
from contracts.chain import codec
from contracts.chain.client import client
from contracts.errors import RevertedError
from contracts.models import Chain, SentTransaction
from contracts.names import DEMO_DOLLAR, ESCROW
from inference.authorised import Authorised
from inference.models import Call
from marketplace.onchain.models.escrow import ChargeFact

from .errors import PaymentInUseError, PaymentPendingError, PaymentRefusedError, PaymentsPausedError, PaymentUsedError
from .models import CallPayment, Charge
from .receipts import open_receipt

log = structlog.get_logger(__name__)

BRING = "inference.ledger.tasks.bring"
A_DAY = timedelta(days=1)
KEPT = timedelta(days=2)  # that a signature is remembered which was never paid
MOST_GAS = 400_000  # of one payment; it takes 140,000 to 190,000
A_PAYER = (60, 3_600)  # payments that are brought for one wallet, in seconds
PART = 4  # of the day's gas may go to the models of one seller
MORE_GAS = 60_000  # than it would take now: the first of a day takes more, and the day may begin meanwhile
UNCLEAR = timedelta(minutes=30)  # in which the index says who has brought a payment
SECONDS_LEFT = 120  # that a signature has to be worth something yet when it is sent


def call_nonce(*, chain: Chain, model_id: str, salt: str) -> str:
    """Return what the escrow makes of model and salt: ``hashCall`` of the contract."""
    given = (chain.pk, chain.deployment[ESCROW], codec.to_bytes(model_id), codec.to_bytes(salt))
    return f"0x{keccak(eth_abi.encode(['uint256', 'address', 'bytes32', 'bytes32'], given)).hex()}"


def payment_of(signed: Authorised) -> CallPayment | None:
    """Return the payment that was made of a signature, None where it is new."""
    own = {"chain_id": signed.chain_id, "payer": signed.payer, "nonce": signed.nonce}
    return CallPayment.objects.filter(**own).first()


def call_by(signed: Authorised) -> UUID | None:
    """Return the call that runs by a payment at this moment, if one does."""
    found = payment_of(signed)
    runs = found and found.call and Charge.objects.filter(call=found.call, ended_at=None).exists()
    return found.call if found and runs else None


def refuse_used(signed: Authorised) -> CallPayment | None:
    """Return the payment of a signature, if there is one. Raises PaymentUsedError where its call was answered."""
    found = payment_of(signed)
    if found and found.used_at:
        raise PaymentUsedError
    return found


def begin_payment(*, signed: Authorised) -> CallPayment:
    """Write down what is to be brought to the chain, once, however often it is asked for. In no transaction.

    Raises PaymentUsedError, PaymentRefusedError, PaymentsPausedError, TooManyError, RetryableChainError.
    """
    chain = Chain.objects.get(pk=signed.chain_id)
    payment = refuse_used(signed)
    return payment or _taken(chain, signed)


def look_payment(*, payment_id: UUID) -> bool:
    """Note that a payment is final, and say whether it is. In no transaction.

    Raises PaymentRefusedError where it never will be, RetryableChainError.
    """
    payment = CallPayment.objects.get(pk=payment_id)
    chain = Chain.objects.get(pk=payment.chain_id)
    if payment.paid_at or _note_fact(chain, payment):
        return True
    sent = SentTransaction.objects.filter(chain=chain, business_id=payment.business_id).first()
    if sent is None:
        if time.time() > payment.ends:
            raise PaymentRefusedError("AuthorizationExpired")
        return False
    hashes = (sent.hash, *sent.former_hashes)
    # In one request, so that one endpoint answers both at the same moment.
    *receipts, head = client(chain).batch(
        [*(("eth_getTransactionReceipt", [each]) for each in hashes), ("eth_blockNumber", [])]
    )
    mined = next(filter(None, receipts), None)
    if mined is None or int(mined["blockNumber"], 16) > int(head, 16) - chain.confirmations:
        return False
    if not int(mined["status"], 16):
        # Either it came too late, or somebody else has brought it, and the index will say so.
        if _is_used(chain, payment) and payment.created_at > timezone.now() - UNCLEAR:
            raise PaymentPendingError
        raise PaymentRefusedError("failed")
    _note_paid(payment, mined["transactionHash"], int(mined["gasUsed"], 16))
    return True


def claim_payment(*, call: Call, signed: Authorised, asked: bytes) -> Charge | None:
    """Let a call run by a payment that is final; None where it is only tried, and will not run.

    Whoever calls this holds the transaction that writes the call. ``asked`` is the hash of what it is asked, for its
    receipt. Raises PaymentPendingError, PaymentUsedError, PaymentInUseError, PaymentRefusedError for another listing.
    """
    if signed.is_trial:
        return None
    own = {"chain_id": signed.chain_id, "payer": signed.payer, "nonce": signed.nonce}
    payment = CallPayment.objects.select_for_update().filter(**own).first()
    if payment is None or payment.paid_at is None:
        raise PaymentPendingError
    if payment.used_at:
        raise PaymentUsedError
    if payment.call and Charge.objects.filter(call=payment.call, ended_at=None).exists():
        raise PaymentInUseError
    if payment.listing != call.listing or payment.model_id != signed.model_id:
        raise PaymentRefusedError("another-model")
    payment.call = call.pk
    payment.save(update_fields=["call"])
    open_receipt(call=call.pk, asked=asked)
    return Charge.objects.create(
        call=call.pk,
        chain_id=payment.chain_id,
        token=payment.token,
        payer=payment.payer,
        key=payment.pk,
        key_id=payment.nonce,
        listing=call.listing,
        version=call.version,
        model_id=payment.model_id,
        per_call=payment.amount,
        held=payment.amount,
        is_direct=True,
        prompt_tokens=call.prompt_tokens,
        started_at=call.started_at,
    )


def use_payment(*, payment_id: UUID) -> None:
    """End the right that was paid for: something of the answer was handed over. The caller holds the call's lock."""
    CallPayment.objects.filter(pk=payment_id, used_at=None).update(used_at=timezone.now())


def forget_unpaid() -> int:
    """Forget signatures that were never paid, and are worth nothing since long; return how many."""
    old = CallPayment.objects.filter(paid_at=None, created_at__lt=timezone.now() - KEPT)
    return old.delete()[0]


def gas_of_payments(chain: Chain, seller: str = "") -> int:
    """Return the gas of the last 24 hours, of all payments or of those for one seller's models."""
    lately = CallPayment.objects.filter(chain_id=chain.pk, created_at__gt=timezone.now() - A_DAY)
    return int(lately.filter(model_id__startswith=seller).aggregate(n=Sum("gas", default=0))["n"])


def _taken(chain: Chain, signed: Authorised) -> CallPayment:
    """Write down a payment that the escrow would take now, within the budget; or one that somebody else has brought."""
    try:
        gas = _tried(chain, signed)
    except RevertedError as error:
        known = payment_of(signed)  # brought meanwhile by another request
        if known:
            return known
        if _fact(chain, signed):
            return _kept(signed, gas=0)
        raise PaymentRefusedError(str(error.data.get("name", "")), str(error.detail)) from error
    if signed.ends - time.time() < SECONDS_LEFT:
        raise PaymentRefusedError("AuthorizationExpired")
    limit(f"call-payment:{signed.payer}", *A_PAYER)
    return _within_budget(chain, signed, gas)


@transaction.atomic
def _within_budget(chain: Chain, signed: Authorised, gas: int) -> CallPayment:
    exclusive_until_commit(f"pay calls on {chain.pk}")
    most = settings.CALL_PAYMENT_GAS_A_DAY
    of_seller = gas_of_payments(chain, signed.model_id[:42])
    if payment_of(signed) is None and (gas_of_payments(chain) + gas > most or (of_seller + gas) * PART > most):
        log.warning("the day's gas for calls that are paid one by one is used up", chain=chain.short_name)
        raise PaymentsPausedError
    return _kept(signed, gas=gas)


def _kept(signed: Authorised, *, gas: int) -> CallPayment:
    own = {"chain_id": signed.chain_id, "payer": signed.payer, "nonce": signed.nonce}
    more = {"token": signed.token, "model_id": signed.model_id, "listing": signed.listing, "amount": signed.amount}
    more |= {"salt": signed.salt, "ends": signed.ends, "signature": signed.signature}
    CallPayment.objects.bulk_create([CallPayment(**own, **more, gas=gas)], ignore_conflicts=True)
    if gas:
        enqueue(BRING)
    return CallPayment.objects.get(**own)


def _tried(chain: Chain, signed: Authorised) -> int:
    """Return the gas that a payment needs. Raises RevertedError where the escrow would not take it now."""
    call = {"from": signed.payer, "to": chain.deployment[ESCROW], "data": data_of(signed)}  # whoever brings it
    return client(chain).quantity("eth_estimateGas", {**call, "gas": hex(MOST_GAS)}, "latest") + MORE_GAS


def _is_used(chain: Chain, payment: CallPayment) -> bool:
    """Whether the payer's number is used, or taken back."""
    data = codec.call_data(DEMO_DOLLAR, "authorizationState", [payment.payer, payment.nonce])
    answer = client(chain).eth_call(payment.token, data)
    return bool(codec.decode_result(DEMO_DOLLAR, "authorizationState", answer))


def data_of(signed: Authorised | CallPayment) -> str:
    """Return the call of the escrow that takes a payment."""
    made = codec.to_bytes(signed.signature)
    payment = {
        "payer": signed.payer,
        "modelId": signed.model_id,
        "salt": signed.salt,
        "token": signed.token,
        "amount": int(signed.amount),
        "validAfter": 0,
        "validBefore": signed.ends,
    }
    v, r, s = made[64], f"0x{made[:32].hex()}", f"0x{made[32:64].hex()}"
    return codec.call_data(ESCROW, "payWithAuthorisation", [payment, v, r, s])


def _fact(chain: Chain, paid: Authorised | CallPayment) -> str:
    """Return the final transaction in which the escrow took a payment, whoever brought it; "" for none.

    The number binds neither amount nor token: less, brought by the payer under the same number, is another payment.
    """
    own = {"payer": paid.payer, "key_id": paid.nonce, "model_id": paid.model_id, "token": paid.token}
    found = ChargeFact.objects.filter(chain=chain, **own, amount=paid.amount, block_number__lte=chain.final_block())
    return found.values_list("tx_hash", flat=True).first() or ""


def _note_fact(chain: Chain, payment: CallPayment) -> bool:
    tx_hash = _fact(chain, payment)
    if tx_hash:
        _note_paid(payment, tx_hash, payment.gas)
    return bool(tx_hash)


def _note_paid(payment: CallPayment, tx_hash: str, gas: int) -> None:
    said = {"paid_at": timezone.now(), "tx_hash": tx_hash, "gas": gas}
    CallPayment.objects.filter(pk=payment.pk, paid_at=None).update(**said)
