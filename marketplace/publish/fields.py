"""The fields of the wizard: where each stands in a manifest, as text. What is typed is kept as it is, complete or not.

A list is one field: its words separated by commas, its lines or rows by line ends. So each value is a text, and two
devices that changed a draft can be compared field by field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from common.text import clean_line, clean_text

Manifest = dict[str, Any]
Values = dict[str, str]
MOST_LINE, MOST_SUMMARY, MOST_TEXT, MOST_CARD, MOST_LIST = 200, 300, 5_000, 100_000, 300_000
YES = "yes"
LISTS = ("plans", "rates")  # parts whose items are found by kind, or by place


@dataclass(frozen=True)
class Field:
    """One input of a step. ``path`` is where its value stands: ``model.summary``, or ``plans.pass.price`` in a list.

    ``most`` bounds it, in characters, ``form`` says how it stands there, and ``default`` what nothing stands for.
    """

    name: str
    step: str
    path: str
    most: int = MOST_LINE
    form: str = "line"
    default: str = ""

    @property
    def part(self) -> str:
        """The top-level part of the manifest that it changes."""
        return self.path.partition(".")[0]


FIELDS = (
    Field("name", "name", "model.name"),
    Field("version", "name", "model.version", default="1.0.0"),
    Field("changelog", "name", "model.changelog", MOST_TEXT, "text"),
    Field("summary", "card", "model.summary", MOST_SUMMARY),
    Field("task", "card", "model.task"),
    Field("license", "card", "model.license"),
    Field("license_url", "card", "model.license_url", 500),
    Field("languages", "card", "model.languages", MOST_LIST, "words"),
    Field("tags", "card", "model.tags", MOST_LIST, "words"),
    Field("parameters", "card", "model.parameters", form="count"),
    Field("context", "card", "model.context", form="count"),
    Field("architecture", "card", "model.architecture"),
    Field("libraries", "card", "model.libraries", MOST_LIST, "words"),
    Field("modalities", "card", "model.modalities", MOST_LIST, "words"),
    Field("training", "card", "model.training", MOST_TEXT, "text"),
    Field("examples", "card", "model.examples", MOST_TEXT, "lines"),
    Field("parent", "card", "adapted_from.parent"),
    Field("text", "card", "card.text", MOST_CARD, "text"),
    Field("pass_price", "price", "plans.pass.price"),
    Field("pass_currency", "price", "plans.pass.currency"),
    Field("month_price", "price", "plans.subscription.price"),
    Field("month_currency", "price", "plans.subscription.currency"),
    Field("in_per_m", "price", "rates.0.in_per_m"),
    Field("out_per_m", "price", "rates.0.out_per_m"),
    Field("rates_currency", "price", "rates.0.currency"),
    Field("splits", "price", "splits", MOST_LIST, "shares"),
    Field("royalty", "price", "adapted_from.royalty"),
    Field("mode", "price", "access.mode", default="open"),
    Field("allow", "price", "access.allow", MOST_LIST, "lines"),
    Field("deny", "price", "access.deny", MOST_LIST, "lines"),
    Field("transfers", "price", "passes.transfers", form="flag"),
    Field("resale", "price", "passes.resale", form="flag"),
    Field("resale_royalty", "price", "passes.resale_royalty"),
    Field("tokens", "price", "fair_use.tokens", form="count"),
    Field("days", "price", "fair_use.days", form="count"),
    Field("streams", "price", "fair_use.streams", form="count"),
    Field("terms", "price", "terms", MOST_TEXT, "text"),
)
BY_NAME = {field.name: field for field in FIELDS}


def of_step(step: str) -> list[Field]:
    """Return the fields of a step, in their order."""
    return [field for field in FIELDS if field.step == step]


def values_of(manifest: Mapping[str, Any], step: str) -> Values:
    """Return what a manifest says in the fields of a step."""
    return {field.name: value_of(manifest, field) for field in of_step(step)}


def value_of(manifest: Mapping[str, Any], field: Field) -> str:
    """Return what a manifest says in one field; empty where it says nothing."""
    value = _at(manifest, field.path.split("."))
    return (_READERS[field.form](value) if value is not None else "") or field.default


def with_values(manifest: Mapping[str, Any], values: Mapping[str, str], *, coin: str = "") -> Manifest:
    """Return a copy of a manifest in which fields say something else; what is empty is left out of it.

    A price that names no currency is in the ``coin``.
    """
    made = deepcopy(dict(manifest))
    for name, text in values.items():
        field = BY_NAME[name]
        _put(made, field.path.split("."), _WRITERS[field.form](text[: field.most]))
    made = {part: _without_empty(value) for part, value in made.items()}
    for price in (each for part in LISTS for each in made.get(part) or [] if isinstance(each, dict) and coin):
        price.setdefault("currency", coin)
    return made


def parts_of(names: Mapping[str, Any]) -> set[str]:
    """Return the top-level parts that these fields are in."""
    return {BY_NAME[name].part for name in names}


def field_at(manifest: Mapping[str, Any], place: Sequence[str | int]) -> str:
    """Return the field that a fault at a place of the manifest belongs to; empty for none."""
    plain = [str(each) for each in place]
    if plain[:1] == ["plans"] and len(plain) > 1:
        plans = manifest.get("plans") or []
        plain[1] = str(plans[int(plain[1])].get("kind", "")) if int(plain[1]) < len(plans) else ""
    path = ".".join(plain)
    found = [field.name for field in FIELDS if path == field.path or path.startswith(f"{field.path}.")]
    return next(iter(found), "")


def _at(value: Any, keys: list[str]) -> Any:
    for key in keys:
        if isinstance(value, list):
            value = next((each for place, each in enumerate(value) if _is(each, key, place)), None)
        elif isinstance(value, Mapping):
            value = value.get(key)
        else:
            return None
    return value


def _is(item: Any, key: str, place: int) -> bool:
    if key.isdecimal():
        return place == int(key)
    return isinstance(item, Mapping) and item.get("kind") == key


def _put(made: Manifest, keys: list[str], value: Any) -> None:
    *ways, last = keys
    here: Any = made
    for way in ways:
        here = _step_into(here, way)
    here[last] = value


def _step_into(here: Any, way: str) -> Any:
    if isinstance(here, list):
        found = next(
            (each for place, each in enumerate(here) if _is(each, way, place) and isinstance(each, dict)), None
        )
        if found is None:
            found = {} if way.isdecimal() else {"kind": way}
            here.append(found)
        return found
    kind = list if way in LISTS else dict
    if not isinstance(here.get(way), kind):
        here[way] = kind()
    return here[way]


def _without_empty(value: Any) -> Any:
    """Leave out what says nothing: a plan that has its kind and a currency alone is none."""
    if isinstance(value, Mapping):
        return {
            key: cleaned for key, each in value.items() if (cleaned := _without_empty(each)) not in ("", [], {}, None)
        }
    if isinstance(value, list):
        kept = [_without_empty(each) for each in value]
        return [each for each in kept if not isinstance(each, Mapping) or set(each) - {"kind", "currency"}]
    return value


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(filter(None, (clean_line(each) for each in text.replace("\n", ",").split(",")))))


def _lines(text: str) -> list[str]:
    return [each for line in clean_text(text).split("\n") if (each := clean_line(line))]


def _count(text: str) -> int | str:
    plain = "".join(text.replace(",", "").split())
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) < 20 else clean_line(text)


def _shares(text: str) -> list[dict[str, str]]:
    rows = [line.split() for line in _lines(text)]
    return [_share(row) for row in rows if row]


def _share(row: list[str]) -> dict[str, str]:
    """Read an address and its per cent; half a row may be either."""
    address = next((each for each in row if each.startswith("0x") or len(each) > len("100.00")), "")
    return {"address": address, "percent": next((each for each in row if each != address), "")}


def _text_of(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _joined(separator: str) -> Callable[[Any], str]:
    return lambda value: separator.join(map(_text_of, value)) if isinstance(value, list) else _text_of(value)


def _rows_of(value: Any) -> str:
    rows = [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
    return "\n".join(f"{each.get('address', '')} {each.get('percent', '')}".strip() for each in rows)


_READERS: dict[str, Callable[[Any], str]] = {
    "line": _text_of,
    "text": _text_of,
    "words": _joined(", "),
    "lines": _joined("\n"),
    "count": _text_of,
    "flag": lambda value: YES if value is True else "",
    "shares": _rows_of,
}
_WRITERS: dict[str, Callable[[str], Any]] = {
    "line": clean_line,
    "text": clean_text,
    "words": _words,
    "lines": _lines,
    "count": _count,
    "flag": lambda text: text == YES,
    "shares": _shares,
}
