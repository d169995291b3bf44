"""Taking purchases back: refunds, disputes and rulings, each a transaction that somebody's own wallet signs.

The contract keeps a purchase only as a hash, so each call has to repeat exactly what was bought.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.moderators import refuse_others
from common.text import clean_line, clean_text
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.names import MARKET
from marketplace.buying.orders import Order
from marketplace.files.cids import cid_of
from marketplace.ground.errors import OwnCaseError
from marketplace.listings.metadata import canonical
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.onchain.models.sales import PurchaseFact, ReferralFact
from marketplace.onchain.parties import parties_of_sale

from .errors import (
    DisputeClosedError,
    EvidenceMissingError,
    NothingSaidError,
    NotRefundableError,
    RulingReasonError,
)
from .evidence import MOST_EVIDENCE, Evidence, new_salt
from .finding import find_dispute, purchase_of
from .statements import Side, Statement

MOST_TEXT = 100  # bytes of a reason on chain
BY_CHOICE = 0  # the number on chain for a refund that gives no further reason


def prepare_refund(*, user: User, ref: str) -> WalletCall:
    """Return the transaction by which the buyer has an order's last payment paid back.

    Raises OrderNotFoundError, NotRefundableError, RevertedError with the contract's reason, TooLittleBalanceError,
    RetryableChainError.
    """
    order, fact = _refundable(user, ref)
    args = [fact.model_id, fact.buyer, *_purchase(fact), BY_CHOICE]
    return prepare_call(order.chain, user.address, MARKET, "refund", args)


def prepare_dispute(*, user: User, ref: str, text: str) -> WalletCall:
    """Keep what the buyer has to say, and return the transaction that has a moderator rule on it.

    Saying the same again keeps nothing more. Raises EvidenceMissingError, and as ``prepare_refund`` does.
    """
    text = clean_text(text)
    if not text or len(text) > MOST_EVIDENCE:
        raise EvidenceMissingError
    order, fact = _refundable(user, ref)
    cid = _keep_evidence(order, fact, text)
    args = [fact.model_id, *_purchase(fact), cid]
    return prepare_call(order.chain, user.address, MARKET, "openDispute", args)


def prepare_ruling(*, user: User, receipt: str, for_buyer: bool, reason: str) -> WalletCall:
    """Return the transaction by which a moderator rules on a dispute; the contract asks for its role as well.

    Raises NotAModeratorError, RulingReasonError, DisputeNotFoundError, DisputeClosedError, OwnCaseError, RevertedError,
    TooLittleBalanceError, RetryableChainError.
    """
    # The role as the index knows it and the contract are two guards: the second is asked by trying the call.
    refuse_others(user)
    # Bytes and not characters, because that is what the contract counts.
    reason = clean_line(reason)
    if not 0 < len(reason.encode()) <= MOST_TEXT:
        raise RulingReasonError(limit=MOST_TEXT)
    dispute = _open_dispute(user, receipt)
    fact = purchase_of(dispute)
    # The contract refuses buyer, recipient and seller; that whoever shares in the sale may not rule is ours to keep.
    if user.address in parties_of_sale(fact):
        raise OwnCaseError
    args = [dispute.model_id, dispute.buyer, *_purchase(fact), for_buyer, reason]
    return prepare_call(dispute.chain, user.address, MARKET, "ruleDispute", args)


def prepare_answer(*, user: User, receipt: str) -> WalletCall:
    """Return the transaction by which the seller puts the address of what it said last on chain.

    From then on the money is the seller's where nobody rules in time. Raises DisputeNotFoundError, DisputeClosedError,
    NothingSaidError, RevertedError, TooLittleBalanceError, RetryableChainError.
    """
    dispute = _open_dispute(user, receipt)
    said = Statement.objects.of(dispute).filter(side=Side.SELLER, author=user.address).last()
    if said is None:
        raise NothingSaidError
    args = [dispute.model_id, dispute.buyer, *_purchase(purchase_of(dispute)), said.cid]
    return prepare_call(dispute.chain, user.address, MARKET, "answerDispute", args)


def prepare_closing(*, user: User, receipt: str) -> WalletCall:
    """Return the transaction by which a party gives in, or anyone ends a dispute that nobody ruled upon in time.

    Raises DisputeNotFoundError, DisputeClosedError, RevertedError, TooLittleBalanceError, RetryableChainError.
    """
    dispute = _open_dispute(user, receipt)
    args = [dispute.model_id, dispute.buyer, *_purchase(purchase_of(dispute))]
    return prepare_call(dispute.chain, user.address, MARKET, "closeDispute", args)


def _open_dispute(user: User, receipt: str) -> PurchaseReturn:
    dispute = find_dispute(user, receipt)
    if not dispute.is_disputed:
        raise DisputeClosedError
    return dispute


def _refundable(user: User, ref: str) -> tuple[Order, PurchaseFact]:
    found = Order.objects.found(user.address, ref)
    if found.refundable is None:
        raise NotRefundableError
    return found.order, found.refundable


@transaction.atomic
def _keep_evidence(order: Order, fact: PurchaseFact, text: str) -> str:
    """Return the CID of the text, kept once however often it is sent."""
    # The salt makes each text another CID, so without the lock two presses would keep two documents.
    Order.objects.select_for_update().get(pk=order.pk)
    about = {"chain": order.chain, "model_id": fact.model_id, "buyer": fact.buyer, "text": text}
    kept = Evidence.objects.filter(**about).first()
    if kept is None:
        said = {"model_id": fact.model_id, "purchase": fact.tx_hash, "salt": new_salt(), "text": text}
        content = canonical(said)
        kept = Evidence.objects.create(cid=cid_of(content), content=content, **about)
    return kept.cid


def _purchase(fact: PurchaseFact) -> tuple[dict[str, Any], int]:
    """Return a purchase as its event told it, and the referrer's part."""
    told = {
        "recipient": fact.recipient,
        "token": fact.token,
        "referrer": fact.referrer,
        "plan": fact.plan,
        "quantity": fact.quantity,
        "maturityDay": fact.maturity_day,
        "paid": fact.paid,
        "fee": fact.fee,
        "splitHash": fact.split_hash,
    }
    return told, referral_of(fact)


def referral_of(fact: PurchaseFact) -> int:
    """Return what the referrer gets of a purchase: the event just before it in its transaction, if there is one."""
    same = {"chain": fact.chain_id, "tx_hash": fact.tx_hash, "referrer": fact.referrer, "model_id": fact.model_id}
    # The splitter emits the part before the market emits the sale.
    before = ReferralFact.objects.filter(**same, log_index__lt=fact.log_index).order_by("-log_index")
    return before.values_list("amount", flat=True).first() or 0
