"""What a draft says as one text, its hash, and what people sign about it (EIP-712)."""

from __future__ import annotations

from typing import Any

from eth_utils.crypto import keccak

from accounts.addresses import checksum
from marketplace.listings.metadata import canonical

from .models import Choice, Draft, Poll

DOMAIN, VERSION = "Citrate drafts", "1"
DOMAIN_TYPE = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
]
SUPPORT = {
    "supporter": "address",
    "statement": "string",
    "draft": "string",
    "title": "string",
    "content": "bytes32",
}
BALLOT = {
    "voter": "address",
    "statement": "string",
    "poll": "string",
    "title": "string",
    "content": "bytes32",
    "choice": "string",
    "reason": "string",
    "number": "uint256",
}
# Signed, so never translated: the words have to be the same for whoever checks them.
SUPPORTS = "I support that this draft is proposed to the DAO. This is no vote and changes nothing on chain."
ANSWERS = "My answer in a poll. It has no force: it is no vote and changes nothing on chain."
CHOICES = {Choice.AGAINST: "against", Choice.FOR: "for", Choice.ABSTAIN: "abstain"}


def description_of(draft: Draft) -> str:
    """Return the description of the proposal: title, text, and the line by which only the author can propose it."""
    return "\n\n".join(part for part in (f"# {draft.title}", draft.text, suffix_of(draft)) if part)


def suffix_of(draft: Draft) -> str:
    """Return the last line of the description; OpenZeppelin reads it, and lets nobody else propose the text first."""
    return f"#proposer={checksum(draft.author)}"


def content_of(title: str, text: str, actions: list[dict[str, Any]]) -> str:
    """Return the hash of what a draft says: keccak256 of its canonical JSON (RFC 8785), as the API gives the parts."""
    return "0x" + keccak(canonical({"title": title, "text": text, "actions": actions})).hex()


def content_hash(draft: Draft) -> str:
    """Return the hash of what the draft says now."""
    return content_of(draft.title, draft.text, draft.actions)


def support_of(draft: Draft, supporter: str) -> dict[str, Any]:
    """Return what an account signs to co-sign the draft as it is now."""
    message = {
        "supporter": supporter,
        "statement": SUPPORTS,
        "draft": draft.key,
        "title": draft.title,
        "content": content_hash(draft),
    }
    return _typed(draft.chain_id, "Support", SUPPORT, message)


def ballot_of(poll: Poll, voter: str, choice: int, reason: str, number: int) -> dict[str, Any]:
    """Return what an account signs to answer the poll, for the ``number``-th time."""
    message = {
        "voter": voter,
        "statement": ANSWERS,
        "poll": poll.key,
        "title": poll.title,
        "content": poll.content,
        "choice": CHOICES[Choice(choice)],
        "reason": reason,
        "number": number,
    }
    return _typed(poll.chain_id, "PollBallot", BALLOT, message)


def for_wallet(typed: dict[str, Any]) -> dict[str, Any]:
    """Return typed data as the browser takes it, which keeps numbers as text."""
    said = {name: str(value) if isinstance(value, int) else value for name, value in typed["message"].items()}
    return {**typed, "message": said}


def _typed(chain_id: int, kind: str, fields: dict[str, str], message: dict[str, Any]) -> dict[str, Any]:
    types = {"EIP712Domain": DOMAIN_TYPE, kind: [{"name": name, "type": of} for name, of in fields.items()]}
    domain = {"name": DOMAIN, "version": VERSION, "chainId": chain_id}
    return {"types": types, "primaryType": kind, "domain": domain, "message": message}
