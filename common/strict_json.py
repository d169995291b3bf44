"""JSON as RFC 8259 and I-JSON (RFC 7493) define it, where ``json.loads`` accepts more than anybody can mean."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn


def loads(text: str) -> Any:
    """Return what the text says, as JSON's own kinds of values. Raises ValueError where it is not well formed.

    Refused are a key twice in one object, NaN and Infinity, numbers that no float and no integer of 4,300 digits
    holds, halves of surrogate pairs, and nesting deeper than Python's own stack.
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
        if "\\u" in text:  # the only way in for half a character; the text itself may hold one only if it was made here
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("It is nested too deeply.") from error
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("A key stands twice in one object.")
    return made


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number.")


def _finite(text: str) -> float:
    if math.isinf(number := float(text)):
        raise ValueError("A number is too large.")
    return number
