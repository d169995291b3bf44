"""Vectors of texts, as the protocol has them."""

from __future__ import annotations

from typing import Any

from inference.meaning import vectors_of
from inference.models import Mode

from .costs import cost_of
from .opening import Admitted, open_call
from .reading import Wanted
from .writing import vector


def vectors_for(who: Admitted, wanted: Wanted) -> dict[str, Any]:
    """Return a vector for each text, of the first model that answers. Raises as ``open_call`` does, and EngineError."""
    opened = open_call(who, wanted, Mode.EMBEDDINGS, wanted.models)
    vectors, call = vectors_of(opened.call, wanted.texts, wanted.asked.wish)
    data = [
        {"object": "embedding", "index": index, "embedding": vector(each, encodes=wanted.encodes)}
        for index, each in enumerate(vectors)
    ]
    usage = {"prompt_tokens": call.prompt_tokens, "total_tokens": call.prompt_tokens, "cost": cost_of(call)}
    return {"object": "list", "data": data, "model": call.listing, "provider": call.engine, "usage": usage}
