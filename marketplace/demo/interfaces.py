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
}
