"""The schema as it stands in the repository; ``python -m marketplace.manifest.stored`` writes it anew."""

from __future__ import annotations

import json
from pathlib import Path

from .schema import SCHEMA_ID, json_schema

SCHEMA_FILE = Path(__file__).with_name(SCHEMA_ID)


def schema_text() -> str:
    """Return the schema as its file has it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
