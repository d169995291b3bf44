"""The documented shape of a catalogue record (one JSON object a line), and the row that it becomes."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any

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

from .models import LISTING_NAME
from .served_tasks import served_task
from .taxonomy import CUSTOM_LICENCE, language_name, task_label, task_meaning
from .words import words_of_name

MAX_LINE = 1_048_576  # bytes; the longest record of the shipped catalogue has 2,816
BIGINT_MAX = 2**63 - 1


class BadRecordError(ValueError):
    """A line is not a catalogue record; the message says what to mend, in one sentence."""


def _storable(text: str) -> str:
    """Refuse what PostgreSQL cannot hold: NUL bytes and halves of surrogate pairs."""
    if "\x00" in text:
        raise ValueError("holds a NUL character")
    text.encode()
    return text


def _lowered(value: object) -> object:
    return value.lower() if isinstance(value, str) and "://" not in value else value


Text = Annotated[str, StringConstraints(min_length=1, max_length=120), AfterValidator(_storable)]
Name = Annotated[str, StringConstraints(pattern=LISTING_NAME, max_length=193)]
Words = Annotated[list[Text], AfterValidator(lambda words: list(dict.fromkeys(words))), Field(max_length=1000)]
Count = Annotated[NonNegativeInt, Field(le=BIGINT_MAX)]
Price = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class ReferencePrice(BaseModel):
    """What a host elsewhere charges, in US dollars a million tokens."""

    model_config = ConfigDict(extra="allow")

    provider: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$", max_length=64)]
    input_usd_per_mtok: Price | None = None
    output_usd_per_mtok: Price | None = None


class Record(BaseModel):
    """One model. Keys that this shape does not know are kept as further facts."""

    model_config = ConfigDict(extra="allow", strict=True)

    name: Name
    task: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
    license: Annotated[str, StringConstraints(max_length=500), AfterValidator(_storable), BeforeValidator(_lowered)] = (
        ""
    )
    parameters: Count | None = None
    memory_mb: Count | None = None
    released: Annotated[date | None, Field(strict=False)] = None
    embedding_dim: Annotated[NonNegativeInt, Field(le=2**31 - 1)] | None = None
    max_tokens: Count | None = None
    modalities: Words = []
    libraries: Words = []
    languages: Words = []
    adapted_from: Name | None = None
    superseded_by: Name | None = None
    reference_prices: Annotated[list[ReferencePrice], Field(max_length=100)] = []
    source: Annotated[str, StringConstraints(max_length=64), AfterValidator(_storable)] = ""

    @property
    def served_task(self) -> str:
        """What the model does, whatever it was measured in."""
        kind = str(self.facts.get("architecture_kind", ""))
        return served_task(self.name, self.task, kind=kind, modalities=self.modalities)

    @property
    def facts(self) -> dict[str, Any]:
        """Return everything else that is known: architecture, training data, revision and the like."""
        return self.model_extra or {}


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
)


def parse_record(line: bytes) -> Record:
    """Return the record on a line; raises BadRecordError with every fault that it has."""
    if len(line) > MAX_LINE:
        raise BadRecordError(f"longer than {MAX_LINE:,} bytes")
    try:
        raw = json.loads(line)
        if b"\\u" in line:  # only an escape can hide what PostgreSQL cannot hold
            _storable(json.dumps(raw, ensure_ascii=False).replace(r"\u0000", "\x00"))
        return Record.model_validate(raw)
    except ValidationError as error:
        raise BadRecordError("; ".join(_fault(fault["loc"], fault["msg"]) for fault in error.errors())) from error
    except (ValueError, RecursionError) as error:
        raise BadRecordError(f"not valid JSON ({error})") from error


def _fault(place: tuple[int | str, ...], message: str) -> str:
    where = ".".join(map(str, place)) or "record"
    return f"{where}: {message[0].lower()}{message[1:]}"


def row_of(record: Record) -> tuple[Any, ...]:
    """Return the values of COLUMNS for a record."""
    has_own_terms = "://" in record.license
    return (
        record.name,
        record.served_task,
        CUSTOM_LICENCE if has_own_terms else record.license[:64],
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
        _keywords(record),
    )


def _keywords(record: Record) -> str:
    """Return the words that a search finds besides the name."""
    facts = record.facts
    named = [str(facts[key]) for key in ("architecture", "recipe", "architecture_kind") if key in facts]
    listed = [str(word) for key in ("capabilities", "training_datasets") for word in facts.get(key) or []]
    parts = [
        task_label(record.served_task),
        task_meaning(record.served_task, record.modalities),
        record.served_task,
        record.license,
        *map(language_name, record.languages),
        *record.modalities,
        *record.libraries,
        *named,
        *listed,
    ]
    return words_of_text(" ".join(parts))


def words_of_text(text: str) -> str:
    """Return text whose compounds (``vit_base``) are also found by their parts."""
    return f"{text} {text.replace('_', ' ').replace('-', ' ')}" if "_" in text or "-" in text else text
