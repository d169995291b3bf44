"""An answer as what it is: bars, a transcript with times, a player, boxes, notes; what nobody knows as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from inference.schemas import Schema

Shown = dict[str, Any]


def shown(schema: Schema, said: dict[str, Any]) -> Shown:
    """Return what a template shows of an answer: ``part`` is the template's name."""
    kind = str(schema.get("x-shown-as", ""))
    raw = json.dumps(said, indent=2, ensure_ascii=False)[:MOST_RAW]
    found = KINDS[kind](said) if kind in KINDS else {}
    return {"part": f"inference/shown/{kind if kind in KINDS else 'raw'}.html", "raw": raw, **found}


MOST_RAW = 20_000  # characters of JSON on a page


def classes(said: dict[str, Any]) -> Shown:
    """Return classes with their shares in per cent."""
    rows = [{"label": each["label"], "percent": round(each["share"] * 100, 1)} for each in said["classes"]]
    return {"rows": rows}


def transcript(said: dict[str, Any]) -> Shown:
    """Return the pieces of what was said, with their times as people write them."""
    pieces = [{"time": clock(each["start"]), "text": each["text"]} for each in said["segments"]]
    return {"text": said["text"], "pieces": pieces, "seconds": said["seconds"]}


def clock(seconds: float) -> str:
    """Return a moment as minutes and seconds."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02}"


KINDS: dict[str, Callable[[dict[str, Any]], Shown]] = {
    "classes": classes,
    "transcript": transcript,
}
