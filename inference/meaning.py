"""What MiniLM's vectors are good for: how close texts are, which line fits best, which label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common.embeddings import Vector
from common.errors import DomainError

from . import actions
from .access import Visitor
from .answers import Usage
from .errors import EngineError
from .models import Call, CallState
from .seen import answered, failed
from .servers import engine_of
from .upstream import embed
from .upstream_wishes import ANY, Wish

SEGMENTS = 8


@dataclass(frozen=True)
class Closeness:
    """A text and how close it is: the cosine of the angle between the vectors, from -1 to 1."""

    text: str
    cosine: float

    @property
    def filled(self) -> int:
        """Segments of the slice, of eight; below nothing in common there is nothing to fill."""
        return round(max(0.0, self.cosine) * SEGMENTS)


def closeness(*, visitor: Visitor, listing: str, text: str, others: Sequence[str]) -> tuple[list[Closeness], Call]:
    """Return how close each of the others is to a text, in their order, and the call that counted it.

    Raises as ``actions.start_call`` does, or an EngineError after closing the call.
    """
    texts = [text, *others]
    call = actions.start_call(visitor=visitor, listing=listing, texts=texts, max_tokens=0)
    (first, *rest), closed = vectors_of(call, texts)
    return [Closeness(other, dot(first, vector)) for other, vector in zip(others, rest, strict=True)], closed


def vectors_of(call: Call, texts: Sequence[str], wish: Wish = ANY) -> tuple[list[Vector], Call]:
    """Return a vector for each text, and the call as it was closed.

    Raises an EngineError or TooLongError after closing it.
    """
    try:
        vectors, tokens = _vectors(call, texts, wish)
    except DomainError as error:
        actions.finish_call(call_id=call.pk, state=CallState.FAILED, error=error.code)
        raise
    return vectors, actions.finish_call(call_id=call.pk, state=CallState.DONE, usage=Usage(tokens, None))


def _vectors(call: Call, texts: Sequence[str], wish: Wish) -> tuple[list[Vector], int | None]:
    """Return vectors from the call's upstream, or from another that takes over where it fails."""
    tried: set[str] = set()
    while True:
        try:
            found = embed(engine_of(call.engine), texts)
        except EngineError as error:
            failed(call.engine, error)
            tried.add(call.engine)
            another = actions.hand_over(call_id=call.pk, tried=tried, wish=wish)
            if another is None:
                raise
            call.engine = another.engine
            continue
        answered(call.engine)
        return found


def dot(left: Vector, right: Vector) -> float:
    """Return the cosine of two vectors of length 1."""
    return sum(a * b for a, b in zip(left, right, strict=True))
