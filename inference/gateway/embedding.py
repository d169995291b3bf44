"""Vectors of texts, as the protocol has them."""

from __future__ import annotations

from typing import Any

from inference.meaning import vectors_of
from inference.models import Call

from .costs import cost_of
from .reading import Wanted
from .writing import vector


def vectors_by(begun: Call, wanted: Wanted) -> dict[str, Any]:
    """Return a vector for each text, by a call that has begun. Raises an EngineError or TooLongError."""
    vectors, call = vectors_of(begun, wanted.texts, wanted.asked.wish)
    data = [
        {"object": "embedding", "index": index, "embedding": vector(each, encodes=wanted.encodes)}
        for index, each in enumerate(vectors)
    ]
    usage = {"prompt_tokens": call.prompt_tokens, "total_tokens": call.prompt_tokens, "cost": cost_of(call)}
    return {"object": "list", "data": data, "model": call.listing, "provider": call.engine, "usage": usage}
