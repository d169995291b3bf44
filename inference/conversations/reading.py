"""Reads a conversation that a page sends: its turns, and the word that was given with each answer."""

from __future__ import annotations

import json
from typing import Any

from accounts.models import User
from common.text import well_formed
from inference.asked import Message, read_messages

from .errors import ConversationTooLongError, NothingToShareError, UnprovenError
from .proofs import told_by

MOST_SENT = 300_000  # characters of JSON


def read_turns(sent: str, *, user: User, listing: str) -> list[dict[str, Any]]:
    """Return the turns as a link shows them, up to the last answer, each answer with what is proven of it.

    Raises NothingToShareError, ConversationTooLongError, UnprovenError, and as ``read_messages`` does.
    """
    said = _said(sent)
    turns: list[dict[str, Any]] = []
    for place, each in enumerate(said):
        if each.get("role") == "assistant":
            turns.append(_answer(each, read_messages(said[:place]), user, listing))
        else:
            question: Message = read_messages([*said[:place], each])[-1]
            turns.append(question)
    return turns


def read_past(sent: str, *, user: User, listing: str) -> list[dict[str, Any]]:
    """Return the turns as somebody's own history keeps them, up to the last answer.

    An answer has its ``proof``, and as ``told`` what that proves; one that was cut off has neither, and stays, as
    nobody else is ever told that a model wrote it. Raises as ``read_turns`` does, but for UnprovenError.
    """
    said = _said(sent)
    turns: list[dict[str, Any]] = []
    for place, each in enumerate(said):
        if each.get("role") != "assistant":
            turns.append(read_messages([*said[:place], each])[-1])
            continue
        before = read_messages(said[:place])
        try:
            turns.append(_proven(each, before, user, listing))
        except UnprovenError:
            turns.append({"role": "assistant", "content": well_formed(str(each.get("content", "")))})
    return turns


def _proven(each: dict[str, Any], before: list[Message], user: User, listing: str) -> dict[str, Any]:
    told = _answer(each, before, user, listing)
    content, _role = told.pop("content"), told.pop("role")
    return {"role": "assistant", "content": content, "proof": each["proof"], "told": told}


def _said(sent: str) -> list[dict[str, Any]]:
    """Return the turns as they were sent, up to the last answer."""
    if len(sent) > MOST_SENT:
        raise ConversationTooLongError
    said = _parsed(sent)
    while said and said[-1].get("role") != "assistant":
        said.pop()
    if not said:
        raise NothingToShareError
    return said


def _answer(each: dict[str, Any], before: list[Message], user: User, listing: str) -> dict[str, Any]:
    content, proof = each.get("content"), each.get("proof")
    if not isinstance(content, str) or not isinstance(proof, str) or not proof.isascii():
        raise UnprovenError
    told = told_by(proof, user=user, messages=before, answer=content)
    if told["listing"] != listing:
        raise UnprovenError
    return {"role": "assistant", "content": content, **told}


def _parsed(sent: str) -> list[dict[str, Any]]:
    try:
        said = json.loads(sent)
    except (ValueError, RecursionError):
        raise NothingToShareError from None
    if not isinstance(said, list) or not all(isinstance(each, dict) for each in said):
        raise NothingToShareError
    return said
