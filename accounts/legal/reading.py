"""The documents as pages show them: as HTML, and what one version changed in the one before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from django.utils.safestring import SafeString, mark_safe

from common.prose import render_written

from .documents import Edition


@dataclass(frozen=True)
class Text:
    """A document's first heading, and the rest as HTML for a page whose heading it is."""

    title: str
    html: SafeString


def text_of(edition: Edition) -> Text:
    """Return a version as a page shows it."""
    title, _, rest = edition.text.partition("\n")
    html = render_written(rest).replace("<h3>", "<h2>").replace("</h3>", "</h2>")
    return Text(title.removeprefix("# "), mark_safe(html))  # noqa: S308  sanitised there


class Line(NamedTuple):
    """A paragraph of a comparison: ``kind`` is "same", "gone" or "new"."""

    kind: str
    text: str


def changes(before: Edition, after: Edition) -> list[Line]:
    """Return the paragraphs of both versions in one order, each with what became of it."""
    return list(_lines(_paragraphs(before), _paragraphs(after)))


def _paragraphs(edition: Edition) -> list[str]:
    return [line.lstrip("#").strip() for line in edition.text.splitlines() if line.strip()]


def _lines(old: list[str], new: list[str]) -> Iterator[Line]:
    for kind, start, end, new_start, new_end in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (Line("same", each) for each in old[start:end])
        else:
            yield from (Line("gone", each) for each in old[start:end])
            yield from (Line("new", each) for each in new[new_start:new_end])
