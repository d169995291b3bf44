"""What the demo's models beyond text take and give: the schemas that their versions declare, in JSON Schema.

``x-shown-as`` says what an answer is, so that a page can show it as that.
"""

from __future__ import annotations

from typing import Any

MOST_FILE = 5_133_336  # characters of base64, of 3.85 MB
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _takes(**fields: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object of these fields, of which those without a default have to be there."""
    wanted = [name for name, field in fields.items() if "default" not in field]
    return {
        "$schema": DIALECT,
        "type": "object",
        "properties": fields,
        "required": wanted,
        "additionalProperties": False,
    }


def _gives(shown_as: str, **fields: dict[str, Any]) -> dict[str, Any]:
    return _takes(**fields) | {"x-shown-as": shown_as}


def _file(title: str, kind: str) -> dict[str, Any]:
    return {
        "type": "string",
        "title": title,
        "contentEncoding": "base64",
        "contentMediaType": kind,
        "maxLength": MOST_FILE,
    }


def _list_of(**fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": _takes(**fields)}


NUMBER: dict[str, Any] = {"type": "number"}
TEXT: dict[str, Any] = {"type": "string"}
SECONDS: dict[str, Any] = {"type": "number", "minimum": 0, "description": "Seconds from the beginning."}
SHARE: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 1}
WORDS: dict[str, Any] = {"type": "string", "title": "A text", "minLength": 1}
NUMBERS: dict[str, Any] = {"type": "array", "items": NUMBER}
CORNERS: dict[str, Any] = {"type": "array", "items": NUMBERS, "minItems": 4, "maxItems": 4}
VECTORS: dict[str, Any] = {"type": "array", "items": NUMBERS}
PICTURE = _file("A picture", "image/*")
SOUND = _file("A sound", "audio/wav")

INTERFACES: dict[str, dict[str, Any]] = {
    "classes": {
        "input": _takes(
            picture=PICTURE,
            count={"type": "integer", "title": "How many classes", "minimum": 1, "maximum": 20, "default": 5},
        ),
        "output": _gives("classes", classes=_list_of(label=TEXT, share=SHARE)),
    },
    "speech": {
        "input": _takes(audio=SOUND),
        "output": _gives(
            "transcript", text=TEXT, seconds=NUMBER, segments=_list_of(start=SECONDS, end=SECONDS, text=TEXT)
        ),
    },
    "voice": {
        "input": _takes(
            text=WORDS | {"maxLength": 800},
            pace={"type": "number", "title": "Pace", "minimum": 0.7, "maximum": 1.5, "default": 1.0},
        ),
        "output": _gives("audio", audio=_file("A sound", "audio/wav"), seconds=NUMBER),
    },
    "script": {
        "input": _takes(picture=PICTURE),
        "output": _gives(
            "boxes",
            text=TEXT,
            width={"type": "integer"},
            height={"type": "integer"},
            lines=_list_of(text=TEXT, score=SHARE, corners=CORNERS),
        ),
    },
    "meaning": {
        "input": _takes(
            texts={
                "type": "array",
                "title": "Texts, one a line",
                "items": {"type": "string", "minLength": 1, "maxLength": 600},
                "minItems": 1,
                "maxItems": 16,
            },
            purpose={"type": "string", "title": "What they are for", "enum": ["text", "question"], "default": "text"},
        ),
        "output": _gives("closeness", vectors=VECTORS, closeness=NUMBERS, texts={"type": "array", "items": TEXT}),
    },
    "talking": {
        "input": _takes(audio=SOUND),
        "output": _gives("speech", seconds=NUMBER, speech=_list_of(start=SECONDS, end=SECONDS)),
    },
    "language": {
        "input": _takes(
            text=WORDS | {"maxLength": 2_000},
            count={"type": "integer", "title": "How many languages", "minimum": 1, "maximum": 10, "default": 3},
        ),
        "output": _gives("languages", classes=_list_of(label=TEXT, share=SHARE)),
    },
    "notes": {
        "input": _takes(audio=SOUND),
        "output": _gives(
            "notes",
            seconds=NUMBER,
            notes=_list_of(
                start=SECONDS,
                end=SECONDS,
                midi={"type": "integer", "minimum": 21, "maximum": 108},
                name=TEXT,
                strength=SHARE,
            ),
        ),
    },
}
