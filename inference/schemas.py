"""The part of JSON Schema that a version declares what it takes in: validated here, and nothing that can be made slow.

Objects of named fields, which are text, numbers, choices, yes or no, files in base64, and lists of text.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from django.utils.translation import gettext as _

from common.text import clean_text, well_formed

FILE = "base64"
MOST_FILE = 3_850_000  # bytes of one file
MOST_TEXT = 20_000
MOST_LIST = 64

Schema = Mapping[str, Any]


class UnfitError(ValueError):
    """A value does not fit its schema; the message is a sentence for who sent it."""


def fields_of(schema: Schema) -> dict[str, Schema]:
    """Return the fields of an object's schema, in their order."""
    return dict(schema.get("properties", {}))


def is_file(schema: Schema) -> bool:
    """Whether a field holds a file."""
    return schema.get("contentEncoding") == FILE


def problems_of(schema: Schema, value: Any) -> dict[str, str]:
    """Return a sentence for each field that does not fit; none where all do."""
    if not isinstance(value, Mapping):
        return {"": _("A JSON object is wanted.")}
    fields, found = fields_of(schema), {}
    for name in value:
        if name not in fields:
            found[str(name)[:64]] = _("The model does not know this field.")
    for name in schema.get("required", ()):
        if name not in value:
            found[name] = _("This is needed.")
    for name, field in fields.items():
        if name in value:
            try:
                check(field, value[name])
            except UnfitError as error:
                found[name] = str(error)
    return found


def completed(schema: Schema, value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value that fits with what it leaves out as the schema presumes it."""
    presumed = {name: field["default"] for name, field in fields_of(schema).items() if "default" in field}
    return presumed | dict(value)


def check(field: Schema, value: Any) -> None:
    """Raise UnfitError where a value does not fit a field."""
    kind = field["type"]
    if kind == "string":
        _check_file(value) if is_file(field) else _check_text(field, value)
    elif kind in ("integer", "number"):
        _check_number(field, value)
    elif kind == "boolean":
        if not isinstance(value, bool):
            raise UnfitError(_("Yes or no is wanted: true or false."))
    elif kind == "array":
        _check_list(field, value)
    else:
        raise UnfitError(_("This cannot be sent here."))


def _check_text(field: Schema, value: Any) -> None:
    if not isinstance(value, str) or well_formed(value) != value:
        raise UnfitError(_("A text is wanted."))
    if "enum" in field:
        if value not in field["enum"]:
            raise UnfitError(_("Choose one of: %(choices)s.") % {"choices": ", ".join(field["enum"])})
        return
    if field.get("minLength") and not clean_text(value):
        raise UnfitError(_("There is nothing to read in it."))
    most = min(field.get("maxLength", MOST_TEXT), MOST_TEXT)
    if len(value) > most:
        raise UnfitError(_("It is too long: %(most)s characters at most.") % {"most": most})


def _check_file(value: Any) -> None:
    if not isinstance(value, str):
        raise UnfitError(_("A file in base64 is wanted."))
    if len(value) > (MOST_FILE + 2) // 3 * 4:
        raise UnfitError(_("The file is too large: %(most)s MB at most.") % {"most": MOST_FILE / 1_000_000})
    try:
        if not b64decode(value, validate=True):
            raise UnfitError(_("The file is empty."))
    except (binascii.Error, ValueError) as error:
        if isinstance(error, UnfitError):
            raise
        raise UnfitError(_("A file in base64 is wanted.")) from error


def _check_number(field: Schema, value: Any) -> None:
    whole = field["type"] == "integer"
    # A boolean is an int in Python, and a whole float is an integer in JSON.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        raise UnfitError(_("A number is wanted."))
    if whole and not float(value).is_integer():
        raise UnfitError(_("A whole number is wanted."))
    least, most = field.get("minimum"), field.get("maximum")
    if (least is not None and value < least) or (most is not None and value > most):
        raise UnfitError(_("A number from %(least)s to %(most)s is wanted.") % {"least": least, "most": most})


def _check_list(field: Schema, value: Any) -> None:
    least, most = field.get("minItems", 0), min(field.get("maxItems", MOST_LIST), MOST_LIST)
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise UnfitError(_("A list of %(least)s to %(most)s is wanted.") % {"least": least, "most": most})
    for each in value:
        check(field["items"], each)


def files_in(schema: Schema, value: Mapping[str, Any]) -> Iterator[str]:
    """Yield the files of a value that fits, in base64."""
    for name, field in fields_of(schema).items():
        if is_file(field) and name in value:
            yield value[name]


def texts_in(schema: Schema, value: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts of a value that fits."""
    for name, field in fields_of(schema).items():
        if name in value and not is_file(field):
            found = value[name]
            yield from (each for each in (found if isinstance(found, list) else [found]) if isinstance(each, str))
