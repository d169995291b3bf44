"""What proves that an answer was written here: a signed word about it, which its reader's page keeps.

Nothing is kept here of what was said. So that nobody puts words into a model's mouth, what is shared brings the word
that was given with each answer: for whom, by which model and version, after which questions, under which settings.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.core import signing

from accounts.models import User
from inference.asked import Message
from inference.models import Call

from .errors import UnprovenError

SALT = "an answer of the playground"
TOLD = (
    "listing",
    "version",
    "settings",
    "tokens",
    "prompt_tokens",
    "first_token_ms",
    "seconds",
    "paid_by",
    "state",
    "at",
)


def proof_of(call: Call, user: User, *, messages: Sequence[Message], settings: Mapping[str, Any], answer: str) -> str:
    """Return the word about an answer that has ended."""
    took = call.duration_ms
    told = {
        "for": user.address,
        "digest": _digest(messages, answer),
        "listing": call.listing,
        "version": call.version,
        "settings": dict(settings),
        "tokens": call.completion_tokens,
        "prompt_tokens": call.prompt_tokens,
        "first_token_ms": call.first_token_ms,
        "seconds": None if took is None else round(took / 1000, 1),
        "paid_by": call.access,
        "state": call.state,
        "at": call.started_at.isoformat(timespec="seconds"),
    }
    return signing.dumps(told, salt=SALT, compress=True)


def told_by(proof: str, *, user: User, messages: Sequence[Message], answer: str) -> dict[str, Any]:
    """Return what is proven of an answer after these messages. Raises UnprovenError."""
    try:
        told = signing.loads(proof, salt=SALT)
    except signing.BadSignature:
        raise UnprovenError from None
    if told["for"] != user.address or told["digest"] != _digest(messages, answer):
        raise UnprovenError
    return {name: told[name] for name in TOLD}


def _digest(messages: Sequence[Message], answer: str) -> str:
    said = [[each["role"], each["content"]] for each in messages]
    return hashlib.sha256(json.dumps([said, answer]).encode()).hexdigest()
