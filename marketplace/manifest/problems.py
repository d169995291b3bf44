"""What is wrong with a manifest, all of it at once, each in a sentence with the key that it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any, get_args

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from common.errors import DomainError

from .schema import Manifest

MOST_PROBLEMS = 50  # told at once
Place = tuple[str | int, ...]
# What other files of this kind call the same, and people try.
OTHER_WORDS = {
    "licence": "license",
    "base_model": "adapted_from",
    "parent": "adapted_from",
    "description": "summary",
    "keywords": "tags",
    "readme": "card",
    "pricing": "plans",
    "split": "splits",
    "language": "languages",
    "token": "currency",
    "amount": "price",
    "context_length": "context",
    "max_tokens": "context",
}


@dataclass(frozen=True)
class Problem:
    """One fault: where it is in the data, and in which line of the file if there is one."""

    place: Place
    says: str
    line: int | None = None

    @property
    def key(self) -> str:
        """The key as people write it: ``plans[0].price``."""
        return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.place).removeprefix(".")

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        where = [_("line %(line)s") % {"line": self.line}] if self.line else []
        named = ", ".join([*where, *([self.key] if self.key else [])])
        return f"{named}: {self.says}" if named else self.says


class ManifestError(DomainError):
    """The file cannot be taken as it is; ``problems`` are all that is wrong with it."""

    code = "manifest-refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = gettext_lazy("This citrate.toml cannot be read.")

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        said = [{"key": each.key, "line": each.line, "says": each.says} for each in self.problems]
        super().__init__("\n".join(each.sentence for each in self.problems), problems=said)


def check(data: Mapping[str, Any]) -> tuple[Manifest | None, list[Problem]]:
    """Return the manifest that the data is, or what is wrong with it."""
    try:
        return Manifest.model_validate(dict(data)), []
    except ValidationError as error:
        return None, [_problem(fault) for fault in error.errors(include_url=False)[:MOST_PROBLEMS]]


def with_lines(problems: Sequence[Problem], lines: Mapping[Place, int]) -> list[Problem]:
    """Return the problems with the line of each, or of the table that it stands in."""
    return [replace(each, line=_line_of(each.place, lines)) for each in problems]


def _line_of(place: Place, lines: Mapping[Place, int]) -> int | None:
    return next((lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in lines), None)


def _problem(fault: ErrorDetails) -> Problem:
    place = fault["loc"]
    if fault["type"] == "extra_forbidden":
        return Problem(place, _unknown(place))
    if fault["type"] == "value_error":
        # Our own, which are sentences already.
        return Problem(place, str(fault["ctx"]["error"]))
    return Problem(place, _sentence(fault["type"], fault.get("ctx", {})))


def _unknown(place: Place) -> str:
    key, known = str(place[-1]), _keys_at(place[:-1])
    near = OTHER_WORDS.get(key.lower(), "")
    guess = near if near in known else next(iter(get_close_matches(key, known, n=1, cutoff=0.6)), "")
    if guess:
        return _("There is no key of that name here. Do you mean “%(guess)s”?") % {"guess": guess}
    return _("There is no key of that name here. These can stand here: %(known)s.") % {"known": ", ".join(known)}


def _keys_at(place: Place) -> list[str]:
    """Return the keys that can stand in a table."""
    model: type[BaseModel] = Manifest
    for part in place:
        if isinstance(part, str) and part in model.model_fields:
            model = _table_in(model.model_fields[part].annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _table_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((table for each in get_args(annotation) if (table := _table_in(each))), None)


def _sentence(kind: str, values: Mapping[str, Any]) -> str:
    sentences = {
        "string_type": _("A text in quotes is wanted here."),
        "string_too_long": _("This may have at most %(max_length)s characters."),
        "list_type": _("A list in square brackets is wanted here."),
        "too_long": _("There may be at most %(max_length)s of these."),
        "int_type": _("A whole number without quotes is wanted here."),
        "int_from_float": _("A whole number without quotes is wanted here."),
        "int_parsing_size": _("This number is too large."),
        "bool_type": _("Write true or false here, without quotes."),
        "greater_than_equal": _("This has to be at least %(ge)s."),
        "less_than_equal": _("This may be at most %(le)s."),
        "model_type": _("A table is wanted here."),
        "dict_type": _("A table is wanted here."),
        "literal_error": _("One of these is wanted here: %(expected)s."),
        "missing": _("This key is wanted here."),
    }
    return sentences.get(kind, _("This value cannot be read.")) % values
