"""The documented shape of a catalogue record (one JSON object a line), and the row that it becomes."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from math import isfinite
from typing import Annotated, Any

from django.utils import timezone
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    StringConstraints,
    ValidationError,
)

from common.links import web_address
from common.text import clean_line, clean_text

from .languages import language_code
from .served_tasks import served_task
from .taxonomy import CUSTOM_LICENCE, UNKNOWN, language_name, task_label, task_meaning
from .words import folded, words_of_name, words_of_text

MAX_LINE = 1_048_576  # bytes; the longest record of the shipped catalogue has 2,816
MAX_KEYWORDS = 100_000  # bytes: an index takes about a megabyte of words, and compounds count several times
MAX_DEPTH = 32  # lists and objects inside each other
BIGINT_MAX = 2**63 - 1
FIRST_MODELS = date(1950, 1, 1)  # nobody released a model before
LEAST_PRICE = 1e-9  # US dollars a million tokens
PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}"  # of a name, as an address and an account take it


class BadRecordError(ValueError):
    """A line is not a catalogue record; the message says what to mend, in one sentence."""


def _lowered(value: object) -> object:
    """Write an id of a licence as ids are written; one that says that nobody knows states none."""
    if not isinstance(value, str) or "://" in value:
        return value
    key = folded(value)
    return "" if key == UNKNOWN else key


def _licence(text: str) -> str:
    if "://" in text and not web_address(text):
        raise ValueError("terms of the owner's own have an address of http or https")
    # Owners name licences as they like, so any readable name will do; what begins like an address is none of ours.
    is_name = len(text) <= 64 and text.isprintable() and not re.match(r"[a-z][a-z0-9+.-]*:", text)
    if "://" not in text and not is_name:
        raise ValueError("a name of a licence, such as apache-2.0, or an address is wanted, of at most 64 letters")
    return text


def _cleaned(value: object) -> object:
    return clean_line(value) if isinstance(value, str) else value


def _told(value: object) -> object:
    return clean_text(value) if isinstance(value, str) else value


def _stated(word: str) -> str:
    if word == UNKNOWN:
        raise ValueError("leave out what is unknown")
    return word


def _language(text: str) -> str:
    if code := language_code(text):
        return code
    raise ValueError("no language is known by that name, code or tag")


def _day(value: object) -> object:
    """Take a day as ISO writes it, and nothing that may stand for another: no seconds since 1970, no time of day."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return date.fromisoformat(value)
    raise ValueError("a day is written like 2026-01-31")


def _plausible(day: date) -> date:
    # Tomorrow passes, because it has begun already in some time zone.
    if not FIRST_MODELS <= day <= timezone.now().date() + timedelta(days=1):
        raise ValueError("a day between 1950-01-01 and tomorrow is wanted")
    return day


def _price(amount: float) -> float:
    if 0 < amount < LEAST_PRICE:
        raise ValueError("a price is nothing, or at least 0.000000001")
    return amount


def _each_once(words: list[str]) -> list[str]:
    return list(dict.fromkeys(words))


Text = Annotated[str, StringConstraints(min_length=1, max_length=120), BeforeValidator(_cleaned)]
Word = Annotated[Text, AfterValidator(_stated)]
Words = Annotated[list[Word], AfterValidator(_each_once), Field(max_length=1000)]
Languages = Annotated[list[Annotated[Text, AfterValidator(_language)]], AfterValidator(_each_once)]
Name = Annotated[str, StringConstraints(pattern=f"^{PART}/{PART}$")]
Count = Annotated[NonNegativeInt, Field(le=BIGINT_MAX)]
Small = Annotated[NonNegativeInt, Field(le=2**31 - 1)]
Price = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False), AfterValidator(_price)]
Day = Annotated[date, BeforeValidator(_day), AfterValidator(_plausible)]


class ReferencePrice(BaseModel):
    """What a host elsewhere charges, in US dollars a million tokens."""

    model_config = ConfigDict(extra="allow", strict=True)

    provider: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$", max_length=64)]
    input_usd_per_mtok: Price | None = None
    output_usd_per_mtok: Price | None = None


class Facts(BaseModel):
    """The further facts that pages and the search read. Keys that nobody knows are kept as they are."""

    model_config = ConfigDict(extra="allow", strict=True)

    summary: Annotated[str, StringConstraints(max_length=2000), BeforeValidator(_told)] | None = None
    architecture_kind: Text | None = None
    architecture: Text | None = None
    recipe: Text | None = None
    interpolation: Text | None = None
    revision: Text | None = None
    public_training_code: bool | None = None
    classes: Small | None = None
    input_size: Small | None = None
    capabilities: Words | None = None
    training_datasets: Words | None = None
    examples: Words | None = None  # what one may ask it
    asks: Text | None = None  # what one writes to it, as its empty field says: "Keywords of a product"


class Record(Facts):
    """One model."""

    name: Name
    task: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64), AfterValidator(_stated)]
    license: Annotated[str, StringConstraints(max_length=500), AfterValidator(_licence), BeforeValidator(_lowered)] = ""
    parameters: Count | None = None
    memory_mb: Count | None = None
    released: Day | None = None
    embedding_dim: Small | None = None
    max_tokens: Count | None = None
    modalities: Words = []
    libraries: Words = []
    languages: Languages = []
    adapted_from: Name | None = None
    superseded_by: Name | None = None
    reference_prices: Annotated[list[ReferencePrice], Field(max_length=100)] = []
    source: Annotated[str, StringConstraints(max_length=64), BeforeValidator(_cleaned)] = ""

    @property
    def served_task(self) -> str:
        """What the model does, whatever it was measured in."""
        kind = str(self.facts.get("architecture_kind", ""))
        return served_task(self.name, self.task, kind=kind, modalities=self.modalities)

    @property
    def facts(self) -> dict[str, Any]:
        """Return everything else that is known: architecture, training data, revision and the like."""
        known = {name: value for name in Facts.model_fields if (value := getattr(self, name)) is not None}
        return {**known, **(self.model_extra or {})}


COLUMNS = (
    "name",
    "task",
    "license",
    "license_url",
    "parameters",
    "memory_mb",
    "released",
    "embedding_dim",
    "max_tokens",
    "modalities",
    "libraries",
    "languages",
    "adapted_from",
    "superseded_by",
    "reference_prices",
    "facts",
    "source",
    "name_words",
    "keywords",
    "summary_words",
)


def parse_record(line: bytes) -> Record:
    """Return the record on a line; raises BadRecordError with every fault that it has."""
    if len(line) > MAX_LINE:
        raise BadRecordError(f"longer than {MAX_LINE:,} bytes")
    try:
        # As strict as common.strict_json, but what is wrong is named with its key.
        raw = json.loads(line.decode("utf-8-sig"), object_pairs_hook=_object)
        _check(raw, ())
        return Record.model_validate(raw)
    except BadRecordError:
        raise
    except ValidationError as error:
        raise BadRecordError("; ".join(_fault(fault["loc"], fault["msg"]) for fault in error.errors())) from error
    except (ValueError, RecursionError) as error:
        raise BadRecordError(f"not valid JSON ({error})") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object, unless it says two things of one."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {json.dumps(twice)} stands twice in one object")
    return made


def _check(value: object, place: tuple[int | str, ...]) -> None:
    """Refuse what cannot be kept and given back: NUL, halves of surrogate pairs, huge numbers, deep nesting."""
    if isinstance(value, str):
        # Raises for half a surrogate pair, which neither UTF-8 nor PostgreSQL can hold.
        value.encode()
        if "\x00" in value:
            raise BadRecordError(_fault(place, "holds a NUL character"))
    elif isinstance(value, float) and not isfinite(value):
        raise BadRecordError(_fault(place, "is no number that can be kept"))
    elif isinstance(value, int) and abs(value) > BIGINT_MAX:
        raise BadRecordError(_fault(place, "is a number of more than 63 bits"))
    elif isinstance(value, dict | list):
        if len(place) > MAX_DEPTH:
            raise BadRecordError(f"nested deeper than {MAX_DEPTH} levels")
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            _check(key, place)
            _check(each, (*place, key))


def _fault(place: tuple[int | str, ...], message: str) -> str:
    where = ".".join(map(str, place)) or "record"
    message = message.removeprefix("Value error, ")
    return f"{where}: {message[0].lower()}{message[1:]}"


def row_of(record: Record) -> tuple[Any, ...]:
    """Return the values of COLUMNS for a record. Raises BadRecordError where it has more words than can be found."""
    keywords, summary = _keywords(record), words_of_text(folded(record.summary or ""))
    if len(keywords.encode()) + len(summary.encode()) > MAX_KEYWORDS:
        raise BadRecordError(f"record: its facts have more than {MAX_KEYWORDS:,} bytes of words")
    has_own_terms = "://" in record.license
    return (
        record.name,
        record.served_task,
        CUSTOM_LICENCE if has_own_terms else record.license,
        record.license if has_own_terms else "",
        record.parameters,
        record.memory_mb,
        record.released,
        record.embedding_dim,
        record.max_tokens,
        record.modalities,
        record.libraries,
        record.languages,
        record.adapted_from or "",
        record.superseded_by or "",
        json.dumps([price.model_dump(exclude_none=True) for price in record.reference_prices]),
        json.dumps(record.facts),
        record.source,
        words_of_name(record.name),
        keywords,
        summary,
    )


def _keywords(record: Record) -> str:
    """Return the words that a search finds besides the name, as they are compared."""
    parts = [
        task_label(record.served_task),
        task_meaning(record.served_task, record.modalities),
        record.served_task,
        record.license,
        *map(language_name, record.languages),
        *record.modalities,
        *record.libraries,
        *filter(None, (record.architecture, record.recipe, record.architecture_kind)),
        *(record.capabilities or []),
        *(record.training_datasets or []),
    ]
    return words_of_text(folded(" ".join(parts)))
