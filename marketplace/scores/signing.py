"""What the author of a review signs (EIP-712), and the object that is made of it, found by its content's address."""

from __future__ import annotations

from typing import Any

from marketplace.files.cids import cid_of
from marketplace.listings.metadata import canonical

from .models import PARTS
from .said import Said

DOMAIN, VERSION = "Citrate reviews", "1"
DOMAIN_TYPE = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
]
REVIEW = {
    "author": "address",
    "statement": "string",
    "listing": "string",
    "model": "bytes32",
    "version": "string",
    "rating": "uint8",
    **dict.fromkeys(PARTS, "uint8"),
    "text": "string",
    "number": "uint256",
}
# Signed, so never translated: the words have to be the same for whoever checks them.
STATEMENT = "This is my review of a model that was paid for. It is public, moves no money and changes nothing on chain."


def review_typed(*, chain_id: int, model_id: str, listing: str, author: str, said: Said, number: int) -> dict[str, Any]:
    """Return what an author signs for the ``number``-th edition of a review; a part without stars is 0."""
    message = {
        "author": author,
        "statement": STATEMENT,
        "listing": listing,
        "model": model_id,
        "version": said.version,
        "rating": said.rating,
        **{part: getattr(said, part) or 0 for part in PARTS},
        "text": said.text,
        "number": number,
    }
    types = {"EIP712Domain": DOMAIN_TYPE, "Review": [{"name": name, "type": of} for name, of in REVIEW.items()]}
    domain = {"name": DOMAIN, "version": VERSION, "chainId": chain_id}
    return {"types": types, "primaryType": "Review", "domain": domain, "message": message}


def for_wallet(typed: dict[str, Any]) -> dict[str, Any]:
    """Return typed data as the browser takes it, which keeps numbers as text."""
    said = {name: str(value) if isinstance(value, int) else value for name, value in typed["message"].items()}
    return {**typed, "message": said}


def signed_object(typed: dict[str, Any], signature: str) -> bytes:
    """Return a signed review as the one form of bytes that its CID names: canonical JSON (RFC 8785)."""
    return canonical({"signed": typed, "signature": signature})


def signed_cid(typed: dict[str, Any], signature: str) -> str:
    """Return the CID of a signed review, which ``rateModel`` can name."""
    return cid_of(signed_object(typed, signature))
