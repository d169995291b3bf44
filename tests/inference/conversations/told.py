"""Conversations as a page keeps them, their answers proven."""

from __future__ import annotations

import json
from typing import Any

from accounts.models import User
from inference.asked import read_messages
from inference.conversations.proofs import proof_of
from inference.models import Call, CallState

MODEL = "acme/tiny-chat"


def talk(user: User, *pairs: tuple[str, str], listing: str = MODEL, **settings: Any) -> list[dict[str, Any]]:
    """Return the turns of questions and answers, each answer with its proof."""
    turns: list[dict[str, Any]] = []
    for question, answer in pairs:
        turns.append({"role": "user", "content": question})
        call = Call(
            listing=listing, version="1.2.0", access="free", prompt_tokens=7, completion_tokens=11, state=CallState.DONE
        )
        before = read_messages(turns)
        proof = proof_of(call, user, messages=before, settings=settings, answer=answer)
        turns.append({"role": "assistant", "content": answer, "proof": proof})
    return turns


def sent(user: User, *pairs: tuple[str, str], **more: Any) -> str:
    """Return the same as it is sent."""
    return json.dumps(talk(user, *(pairs or (("What is a **slice**?", "A _part_ of a whole."),)), **more))
