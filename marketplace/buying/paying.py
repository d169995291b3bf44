"""The transaction that pays an order, in coin or in a token, and what has to come before it.

A token is pulled by the RevenueSplitter, and the buyer has to allow it: by a signature (EIP-2612) that goes along with
the purchase, or, for tokens and wallets without that, by a transaction of its own (docs/decisions/0085).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.allowances import allowance_of, approval, check_balance, wants_reset
from contracts.chain import codec
from contracts.chain.preflight import WalletCall, check_call
from contracts.names import COIN, MARKET, SPLITTER
from contracts.permits import permit_of, signed_parts
from marketplace.listings.access_lists import AccessList
from marketplace.onchain.models.listings import OnchainListing

from .errors import AccessListUnknownError, NotOnAccessListError, SignatureRefusedError
from .orders import Order


@dataclass(frozen=True)
class Permission:
    """What the buyer has to give before the purchase: typed data to sign, or else a transaction that approves.

    ``resets``: that transaction takes back what is left of an earlier allowance, and another one has to follow it.
    """

    approval: WalletCall
    typed: Mapping[str, Any] | None = None
    resets: bool = False

    def for_wallet(self) -> dict[str, Any]:
        """Return it as the wallet script takes it."""
        if self.typed is None:
            return {"approve": self.approval.for_wallet(), "resets": self.resets}
        return {"sign": self.typed, "chainId": self.approval.chain.pk}


def permission_for(order: Order) -> Permission | None:
    """Return what is missing for the splitter to pull the price; None for coin, and where it is allowed already.

    Raises TooLittleBalanceError with both figures in the token, RevertedError where it lets nothing be allowed,
    RetryableChainError.
    """
    if order.token == COIN:
        return None
    # Before anything is asked: a permission does not help a wallet that cannot pay.
    check_balance(order.chain, order.buyer, order.token, order.max_price)
    allowed = allowance_of(order.chain, order.buyer, order.token)
    if allowed >= order.max_price:
        return None
    resets = wants_reset(_approval(order, order.max_price), allowed)
    # Exactly the price: an unlimited allowance would outlive the purchase.
    permission = Permission(_approval(order, 0 if resets else order.max_price), _permit_of(order), resets)
    # A signature is free; an approval costs gas, so a token that refuses it has to say so first.
    if permission.typed is None:
        check_call(permission.approval)
    return permission


def calls_before(order: Order, permission: Permission) -> list[WalletCall]:
    """Return the transactions that allow the price, in their order, for a wallet that sends several as one."""
    price = _approval(order, order.max_price)
    return [_approval(order, 0), price] if permission.resets else [price]


def payment_call(order: Order, signature: str = "") -> WalletCall:
    """Return the transaction that pays an order: at most its price, until its deadline, under its ref.

    With a signature of its buyer it also allows the splitter to take the price. Raises SignatureRefusedError,
    NotOnAccessListError, AccessListUnknownError, RetryableChainError.
    """
    data = _purchase(order)
    if signature:
        # In one transaction, so that no allowance is left behind without its purchase.
        data = codec.call_data(MARKET, "multicall", [[_permit(order, signature), data]])
    value = order.max_price if order.token == COIN else 0
    return WalletCall(order.chain, order.buyer, order.chain.deployment[MARKET], data, value)


def proof_for(onchain: OnchainListing, address: str) -> list[str] | None:
    """Return the proof that the address may buy; None where everybody may.

    Raises NotOnAccessListError, and AccessListUnknownError where its seller has not left the list here.
    """
    if not onchain.access_list:
        return None
    kept = AccessList.objects.filter(root=onchain.access_list).first()
    if kept is None:
        raise AccessListUnknownError
    proof = kept.proof_for(address)
    if proof is None:
        raise NotOnAccessListError
    return proof


def _purchase(order: Order) -> str:
    terms = {
        "modelId": order.model_id,
        "plan": order.plan,
        "quantity": order.quantity,
        "recipient": order.receiver,
        "token": order.token,
        "maxPrice": order.max_price,
        "deadline": _deadline(order),
        "referrer": order.referrer,
        "ref": order.ref,
    }
    onchain = OnchainListing.objects.filter(chain=order.chain, model_id=order.model_id).first()
    proof = proof_for(onchain, order.buyer) if onchain else None
    if proof is None:
        return codec.call_data(MARKET, "purchase", [terms])
    return codec.call_data(MARKET, "purchaseWithProof", [terms, proof])


def _deadline(order: Order) -> int:
    return int(order.deadline.timestamp())


def _approval(order: Order, amount: int) -> WalletCall:
    return approval(order.chain, order.buyer, order.token, amount)


def _permit_of(order: Order) -> dict[str, Any] | None:
    """Return the typed data that allows the price by signature; None where the token or the wallet has no such way."""
    spender = order.chain.deployment[SPLITTER]
    return permit_of(
        order.chain, order.buyer, order.token, spender=spender, amount=order.max_price, deadline=_deadline(order)
    )


def _permit(order: Order, signature: str) -> str:
    """Return the market's call that takes the signature, if it is the buyer's over exactly this."""
    # Made again and not taken from the browser, which could have had something else signed.
    parts = signed_parts(order.buyer, _permit_of(order), signature)
    if parts is None:
        raise SignatureRefusedError
    return codec.call_data(MARKET, "permit", [order.token, order.max_price, _deadline(order), *parts])
