"""An answer as what it is: bars, a transcript with times, a player, boxes, notes; what nobody knows as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from inference.schemas import Schema
from marketplace.listings.languages import language_code
from marketplace.listings.taxonomy import language_name

Shown = dict[str, Any]


def shown(schema: Schema, said: dict[str, Any]) -> Shown:
    """Return what a template shows of an answer: ``part`` is the template's name."""
    kind = str(schema.get("x-shown-as", ""))
    raw = json.dumps(_short(said), indent=2, ensure_ascii=False)[:MOST_RAW]
    found = KINDS[kind](said) if kind in KINDS else {}
    return {"part": f"inference/shown/{kind if kind in KINDS else 'raw'}.html", "raw": raw, **found}


MOST_RAW = 20_000  # characters of JSON on a page


def _short(said: dict[str, Any]) -> dict[str, Any]:
    """Leave out most of what nobody reads: a file, and the numbers of vectors."""
    short = {
        name: f"{each[:60]}…" if isinstance(each, str) and len(each) > 4_000 else each for name, each in said.items()
    }
    if "vectors" in short:
        short["vectors"] = [[*each[:4], "…"] for each in said["vectors"]]
    return short


def classes(said: dict[str, Any]) -> Shown:
    """Return classes with their shares in per cent."""
    rows = [{"label": each["label"], "percent": round(each["share"] * 100, 1)} for each in said["classes"]]
    return {"rows": rows}


def transcript(said: dict[str, Any]) -> Shown:
    """Return the pieces of what was said, with their times as people write them."""
    pieces = [{"time": clock(each["start"]), "text": each["text"]} for each in said["segments"]]
    return {"text": said["text"], "pieces": pieces, "seconds": said["seconds"]}


def audio(said: dict[str, Any]) -> Shown:
    """Return a sound as what a player takes, and its length."""
    return {"source": f"data:audio/wav;base64,{said['audio']}", "seconds": said["seconds"]}


def boxes(said: dict[str, Any]) -> Shown:
    """Return lines with the corners that a drawing takes, and the size of the picture."""
    lines = [
        {
            "points": " ".join(f"{x:g},{y:g}" for x, y in each["corners"]),
            "text": each["text"],
            "percent": round(each["score"] * 100),
        }
        for each in said["lines"]
    ]
    return {"lines": lines, "width": said["width"], "height": said["height"], "text": said["text"]}


def closeness(said: dict[str, Any]) -> Shown:
    """Return how close each text is to the first, and how long a vector is."""
    rows = [
        {"text": text, "cosine": cosine, "filled": round(max(0.0, cosine) * 8)}
        for text, cosine in zip(said["texts"], said["closeness"], strict=True)
    ]
    vectors = said["vectors"]
    return {"first": rows[0]["text"], "rows": rows[1:], "dimensions": len(vectors[0])}


def speech(said: dict[str, Any]) -> Shown:
    """Return the stretches of speech on a line of 1,000 steps."""
    whole = max(said["seconds"], 0.01)
    spans = [
        {
            "x": round(each["start"] / whole * 1000, 1),
            "width": round(max(each["end"] - each["start"], 0.01) / whole * 1000, 1),
            "start": each["start"],
            "end": each["end"],
        }
        for each in said["speech"]
    ]
    return {"spans": spans, "seconds": said["seconds"]}


def languages(said: dict[str, Any]) -> Shown:
    """Return languages by their names, with their shares in per cent."""
    rows = [
        {
            "label": language_name(language_code(each["label"]) or each["label"]),
            "percent": round(each["share"] * 100, 1),
        }
        for each in said["classes"]
    ]
    return {"rows": rows}


ROLL_KEY = 6  # how high a key is on the roll
MOST_ROLL = 60  # notes in the table


def notes(said: dict[str, Any]) -> Shown:
    """Return notes on a small roll, 1,000 steps wide and a key six high."""
    found = said["notes"]
    low = min((each["midi"] for each in found), default=60) - 1
    high = max((each["midi"] for each in found), default=60) + 1
    whole = max(said["seconds"], 0.01)
    bars = [
        {
            "x": round(each["start"] / whole * 1000, 1),
            "y": (high - each["midi"]) * ROLL_KEY,
            "width": round(max((each["end"] - each["start"]) / whole * 1000, 2), 1),
            **each,
        }
        for each in found
    ]
    size = {"height": (high - low + 1) * ROLL_KEY, "key": ROLL_KEY}
    return {"bars": bars, "table": bars[:MOST_ROLL], "seconds": said["seconds"], **size}


def clock(seconds: float) -> str:
    """Return a moment as minutes and seconds."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02}"


KINDS: dict[str, Callable[[dict[str, Any]], Shown]] = {
    "classes": classes,
    "transcript": transcript,
    "audio": audio,
    "boxes": boxes,
    "closeness": closeness,
    "speech": speech,
    "languages": languages,
    "notes": notes,
}
