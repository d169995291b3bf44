"""The eight facts that a reader looks for first, and whether a listing says them: asked in Python and in SQL alike.

What is empty, zero or false says nothing, wherever it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from .models import Listing

SAYS_NOTHING = """array['null', '""', '[]', '{}', '0', 'false']::jsonb[]"""  # what Python takes for false


@dataclass(frozen=True)
class RecordedFact:
    """A fact by the name that readers know, and where a listing may say it: in columns, or by keys of its ``facts``."""

    name: StrOrPromise
    columns: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    def is_said(self, listing: Listing) -> bool:
        """Whether the listing says it in any of these places."""
        said: list[Any] = [getattr(listing, column) for column in self.columns]
        return any([*said, *(listing.facts.get(key) for key in self.keys)])

    def sql(self, table: str) -> str:
        """Return SQL for the same, of a row of ``table``."""
        places = [f"to_jsonb({table}.{column})" for column in self.columns]
        places += [f"{table}.facts -> '{key}'" for key in self.keys]
        return f"({' or '.join(f'''coalesce({place}, 'null') <> all ({SAYS_NOTHING})''' for place in places)})"


RECORDED_FACTS = (
    RecordedFact(gettext_lazy("licence"), ("license",)),
    RecordedFact(gettext_lazy("size"), ("parameters",)),
    RecordedFact(gettext_lazy("memory"), ("memory_mb",)),
    RecordedFact(gettext_lazy("release date"), ("released",)),
    RecordedFact(gettext_lazy("languages or kind of data"), ("languages", "modalities")),
    RecordedFact(gettext_lazy("libraries"), ("libraries",)),
    RecordedFact(gettext_lazy("how it was trained"), keys=("training_datasets", "recipe")),
    RecordedFact(gettext_lazy("input limit"), ("max_tokens",), ("input_size",)),
)


def share_said_sql(table: str) -> str:
    """Return SQL for the share of the eight that a row of ``table`` says, from 0 to 1."""
    return f"({' + '.join(f'{fact.sql(table)}::int' for fact in RECORDED_FACTS)}) / {len(RECORDED_FACTS)}.0"
