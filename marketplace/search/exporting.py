"""A comparison as a table that leaves the site: CSV for a sheet, Markdown for a page of text."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from django.utils.translation import gettext as _

from common.text import as_cell
from marketplace.listings.models import Listing

from .comparing import Comparison


def as_csv(listings: Sequence[Listing], comparison: Comparison) -> str:
    """Return the comparison as CSV, a model a column; no cell is a formula."""
    out = StringIO()
    csv.writer(out).writerows(map(as_cell, row) for row in _rows(listings, comparison))
    return out.getvalue()


def as_markdown(listings: Sequence[Listing], comparison: Comparison) -> str:
    """Return the comparison as a Markdown table, a model a column; no cell ends its row or begins markup."""
    head, *rows = ([_plain(cell) for cell in row] for row in _rows(listings, comparison))
    return "".join(f"| {' | '.join(row)} |\n" for row in [head, ["---"] * len(head), *rows])


def _rows(listings: Sequence[Listing], comparison: Comparison) -> Iterator[list[str]]:
    yield [_("Fact"), *(listing.name for listing in listings)]
    for row in comparison.rows:
        yield [row.title, *(cell.text for cell in row.cells)]


def _plain(cell: str) -> str:
    line = " ".join(cell.split())
    return "".join(f"\\{character}" if character in "\\`*_[]<>|#~" else character for character in line)
