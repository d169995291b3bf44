"""A model that somebody lists with a tool of their own: a raw transaction, signed by nobody of ours."""

from __future__ import annotations

from typing import Any

from accounts.models import Account, User
from contracts.names import COIN
from marketplace.files.cids import cid_of
from marketplace.listings.metadata import address_of, canonical
from marketplace.onchain.models.listings import Plan
from tests.marketplace.shop import OTHER, PRICE, Shop

from .test_documents import GOOD


def document(**changes: Any) -> bytes:
    """Return a document's bytes."""
    return canonical({**GOOD, "name": "lexer/contracts", **changes})


def model_id(shop: Shop, number: int = 1, seller: int = OTHER) -> str:
    """Return the id of a seller's model."""
    return f"{shop.address(seller)}{number:024x}"


def list_by_tool(shop: Shop, metadata: str, number: int = 1, seller: int = OTHER) -> str:
    """List a model as ``cast send`` does, and return its id."""
    plans = [{"plan": Plan.LASTING, "token": COIN, "price": PRICE, "period": 0}]
    key = model_id(shop, number, seller)
    terms = {"modelId": key, "category": 0, "free": False, "metadata": metadata, "plans": plans}
    none = {"recipients": [], "bps": [], "parent": "0x" + "0" * 64, "royaltyBps": 0, "searchTerms": [], "rates": []}
    shop.send(seller, "ModelMarketplace", "list", terms | none)
    return key


def list_document(shop: Shop, content: bytes, number: int = 1, seller: int = OTHER) -> str:
    """List one that names these bytes, and make it final."""
    key = list_by_tool(shop, address_of(cid_of(content)), number, seller)
    shop.index(blocks=shop.chain.confirmations)
    return key


def seller(shop: Shop, name: str = "", number: int = OTHER) -> User:
    """Return the seller, signed in before, who may have chosen a name."""
    user = User.objects.get_or_create(address=shop.address(number))[0]
    if name:
        Account.objects.create(name=name, user=user)
    return user
