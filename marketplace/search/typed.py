"""Parses what people type: words, and filters such as ``license:mit params:<1b lang:deu``."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from common.text import clean_line
from marketplace.listings.languages import language_code
from marketplace.listings.taxonomy import LICENCES, MODALITIES, SIZES, TASKS, UNKNOWN, task_label
from marketplace.listings.words import LONGEST_QUERY, folded

Range = tuple[Decimal | None, Decimal | None]  # from, to, both included

FILTER = re.compile(r"(?P<key>[A-Za-z]+):(?P<value>\"[^\"]*\"|[^\s\"]+)")
NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([kmbt]?)", re.IGNORECASE)
SCALE = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
CLOSED = ("language", "size", "runnable", "price", "availability")  # facets whose values are known beforehand
YES, NO = {"yes", "true", "1", "now"}, {"no", "false", "0"}
LIMIT = Decimal(2**62)

KEYS = {
    **dict.fromkeys(("license", "licence", "lic"), "license"),
    **dict.fromkeys(("lang", "language", "languages"), "language"),
    **dict.fromkeys(("library", "lib"), "library"),
    **dict.fromkeys(("modality", "data"), "modality"),
    **dict.fromkeys(("runnable", "runs"), "runnable"),
    **dict.fromkeys(("params", "parameters"), "params"),
    **dict.fromkeys(("context", "ctx", "tokens"), "context"),
    **dict.fromkeys(("dim", "dims", "dimensions"), "dims"),
    **{key: key for key in ("task", "size", "price", "chain", "availability", "released")},
}
LIBRARIES = {
    name.lower(): name
    for name in (
        *("PyTorch", "safetensors", "timm", "Sentence Transformers", "Transformers", "ONNX", "ColPali", "PyLate"),
        *("ColBERT", "NumPy", "GritLM", "LLM2Vec", "Tevatron", "GGUF", "OpenVINO", "TensorFlow", "JAX", "Flax", "MLX"),
        *("Diffusers", "vLLM", "llama.cpp", "TensorRT", "Keras", "Core ML", UNKNOWN),
    )
}
RANGES = ("params", "context", "dims", "released")


@dataclass(frozen=True)
class Query:
    """Words, the filters that stood among them, and what could not be understood, a sentence each."""

    words: str = ""
    chosen: dict[str, list[str]] = field(default_factory=dict)
    ranges: dict[str, Range] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def parse_query(text: str) -> Query:
    """Take the filters out of a query. What is no filter stays a word; nothing is refused."""
    text = clean_line(text)[:LONGEST_QUERY]
    query = Query()

    def take(found: re.Match[str]) -> str:
        key, value = KEYS.get(found["key"].lower()), found["value"].strip('"')
        if key is None or not value:
            return found[0]
        if key in RANGES:
            _take_range(query, key, value, found[0])
        else:
            _take_values(query, key, value, found[0])
        # A blank, so that the words on both sides stay two.
        return " "

    words = " ".join(FILTER.sub(take, text).split())
    return Query(words, query.chosen, query.ranges, query.problems)


def _take_range(query: Query, key: str, value: str, typed: str) -> None:
    found = read_range(key, value)
    if found is None:
        query.problems.append(
            _("“%(typed)s” is not a range. Write it like params:<1b, params:100m-1b or released:2024.")
            % {"typed": typed}
        )
    else:
        query.ranges[key] = found


def read_range(name: str, text: str) -> Range | None:
    """Return the range of a figure that a text names, of days that are in the calendar; None for what names none."""
    released = name == "released"
    found = parse_range(text.strip().lower(), released=released)
    if found is None or not released:
        return found
    low, high = found
    first = None if low is None else _number_of(day_of(low))
    return first, None if high is None else _number_of(day_of(high, last=True))


def _take_values(query: Query, key: str, value: str, typed: str) -> None:
    for part in value.split(","):
        known = known_value(key, part)
        if known:
            query.chosen.setdefault(key, []).append(known)
        else:
            query.problems.append(_("“%(typed)s” is not a known filter and was ignored.") % {"typed": typed})


def known_value(name: str, text: str) -> str:
    """Return the value of a facet that a text means, as the catalogue has it; empty where it means none."""
    return VALUES.get(name, _as_is)(text.strip() if name == "library" else folded(text))


def parse_range(text: str, *, released: bool = False) -> Range | None:
    """Return the range that ``<1b``, ``>=100m``, ``100m-1b`` or ``7b`` names; None for what names none.

    Years and dates stand for their days as YYYYMMDD.
    """
    sign = re.match(r"[<>]=?", text)
    low_text, dash, high_text = text[sign.end() :].partition("..") if sign else _halves(text, released=released)
    low, high = (_number(part, released=released) for part in (low_text, high_text))
    if sign:
        return _one_sided(sign[0], low)
    if not dash:
        return low and (low[0], low[1])
    if (low_text and low is None) or (high_text and high is None) or not (low or high):
        return None
    if low and high and low[0] is not None and high[1] is not None and low[0] > high[1]:
        return None  # it ends before it begins
    return (low[0] if low else None, high[1] if high else None)


def _halves(text: str, *, released: bool) -> tuple[str, str, str]:
    """Split at ``..``, or at a dash where dashes do not belong to dates."""
    if ".." in text or released:
        return text.partition("..")
    return text.partition("-")


def _one_sided(sign: str, number: tuple[Decimal, Decimal] | None) -> Range | None:
    if number is None:
        return None
    first, last = number
    if sign == "<" and not first:
        return None  # there is nothing below nothing
    bounds: dict[str, Range] = {
        "<": (None, first - 1),
        "<=": (None, last),
        ">": (last + 1, None),
        ">=": (first, None),
    }
    return bounds[sign]


def _number(text: str, *, released: bool) -> tuple[Decimal, Decimal] | None:
    """Return the first and the last whole number that a text stands for: they differ for a year."""
    if released:
        return _days(text)
    found = NUMBER.fullmatch(text.strip())
    if not found:
        return None
    try:
        number = Decimal(found[1]) * SCALE[found[2].lower()]
    except InvalidOperation:
        return None
    return (number, number) if number <= LIMIT else None


def _days(text: str) -> tuple[Decimal, Decimal] | None:
    if re.fullmatch(r"(19|20)\d\d", text):
        return Decimal(f"{text}0101"), Decimal(f"{text}1231")
    if re.fullmatch(r"(19|20)\d\d-(0[1-9]|1[0-2])", text):
        year, month = map(int, text.split("-"))
        return _number_of(date(year, month, 1)), _number_of(date(year, month, monthrange(year, month)[1]))
    if re.fullmatch(r"(19|20)\d{6}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    try:
        day = Decimal(date.fromisoformat(text).strftime("%Y%m%d"))
    except ValueError:
        return None
    return day, day


def day_of(number: Decimal, *, last: bool = False) -> date:
    """Return the day that YYYYMMDD names. Of one outside its month, the next real day; as ``last``, the one before."""
    year, month, day = int(number) // 10_000, int(number) // 100 % 100, int(number) % 100
    length = monthrange(year, month)[1]
    if 1 <= day <= length:
        return date(year, month, day)
    first, end = date(year, month, 1), date(year, month, length)
    try:
        if day:
            return end if last else end + timedelta(days=1)
        return first - timedelta(days=1) if last else first
    except OverflowError:  # outside of the calendar
        return end if day else first


def _number_of(day: date) -> Decimal:
    return Decimal(day.year * 10_000 + day.month * 100 + day.day)


def range_text(found: Range) -> str:
    """Return a range as it is typed: ``..1000000``."""
    low, high = found
    return f"{'' if low is None else f'{low:f}'}..{'' if high is None else f'{high:f}'}"


def _as_is(value: str) -> str:
    return value[:120]


def _one_of(known: Callable[[], dict[str, str]]) -> Callable[[str], str]:
    """Return what finds a value by its key, by its label, or by the only beginning that fits."""

    def find(value: str) -> str:
        keys = known()
        if value in keys:
            return value
        by_label = {label.lower(): key for key, label in keys.items()}
        begun = [key for key in keys if key.startswith(value)]
        return by_label.get(value) or (begun[0] if len(begun) == 1 else "")

    return find


def _licence(value: str) -> str:
    known = {key: key for key in LICENCES if key} | {UNKNOWN: UNKNOWN}
    return _one_of(lambda: known)(value) or value[:64]  # the catalogue may hold licences that we have no words for


def _task(value: str) -> str:
    found = _one_of(lambda: {key: task_label(key) for key in TASKS})(value)
    return found or (value[:64] if re.fullmatch(r"[a-z0-9-]+", value) else "")


def _language(value: str) -> str:
    return value if value == UNKNOWN else language_code(value)


def _library(value: str) -> str:
    """Write the names of libraries as the catalogue does, whatever their case."""
    return LIBRARIES.get(value.lower(), value[:120])


def _yes_or_no(value: str) -> str:
    return "yes" if value in YES else "no" if value in NO else ""


VALUES: dict[str, Callable[[str], str]] = {
    "license": _licence,
    "task": _task,
    "language": _language,
    "library": _library,
    "modality": _one_of(lambda: {**{key: str(label) for key, label in MODALITIES.items()}, UNKNOWN: UNKNOWN}),
    "size": _one_of(lambda: {**{key: str(label) for key, (label, *_) in SIZES.items()}, UNKNOWN: UNKNOWN}),
    "runnable": _yes_or_no,
    "price": _one_of(lambda: {key: key for key in ("free", "paid", UNKNOWN)}),
    "availability": _one_of(lambda: {key: key for key in ("for-sale", "free-to-try", "reference")}),
}


def merged(first: Iterable[str], second: Iterable[str]) -> list[str]:
    """Return all values of both, each once."""
    return list(dict.fromkeys([*first, *second]))
