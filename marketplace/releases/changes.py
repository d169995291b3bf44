"""What changed from one release to another: files, what is said of it, prices as they were then, and the card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from marketplace.listings.versions import Version

MOST_LINES = 2_000  # of a card that are compared: the time grows with their square
CONTEXT = 2  # lines around what changed
FACTS: dict[str, StrOrPromise] = {
    "summary": _("Summary"),
    "task": _("Task"),
    "license": _("Licence"),
    "languages": _("Languages"),
    "tags": _("Tags"),
    "parameters": _("Parameters"),
    "context": _("Context"),
    "embedding_dim": _("Dimensions"),
    "architecture": _("Architecture"),
    "libraries": _("Libraries"),
    "modalities": _("Modalities"),
    "training": _("How it was made"),
    "examples": _("Examples"),
}


@dataclass(frozen=True)
class FileChange:
    """A file that came, went, or has other bytes. Sizes in bytes, None where there is none."""

    path: str
    kind: str  # added, removed or changed
    before: int | None
    after: int | None


@dataclass(frozen=True)
class FactChange:
    """What is said otherwise; texts as people read them, empty where nothing was said."""

    name: str
    label: StrOrPromise
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """A line of a card: ``kind`` is same, added, removed, or gap for what is left out between."""

    kind: str
    text: str


@dataclass(frozen=True)
class Changes:
    """Everything that differs."""

    before: str
    after: str
    files: list[FileChange]
    facts: list[FactChange]
    prices: list[FactChange]
    card: list[Line]

    @property
    def is_nothing(self) -> bool:
        """Whether both are the same but for their number."""
        return not (self.files or self.facts or self.prices or self.card)


def changes_between(before: Version, after: Version) -> Changes:
    """Return what changed. Two queries, unless their files were read already."""
    return Changes(
        before.number,
        after.number,
        list(_files(before, after)),
        list(_facts(_model(before), _model(after))),
        list(_prices(before.manifest, after.manifest)),
        list(_card(before.card, after.card)),
    )


def _files(before: Version, after: Version) -> Iterator[FileChange]:
    old = {each.path: each.blob for each in before.files.all()}
    new = {each.path: each.blob for each in after.files.all()}
    for path in sorted(old.keys() | new.keys()):
        was, now = old.get(path), new.get(path)
        if was and now and was.pk != now.pk:
            yield FileChange(path, "changed", was.size, now.size)
        elif now and not was:
            yield FileChange(path, "added", None, now.size)
        elif was and not now:
            yield FileChange(path, "removed", was.size, None)


def _model(version: Version) -> dict[str, Any]:
    model: dict[str, Any] = version.manifest.get("model") or {}
    return model


def _facts(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FactChange]:
    for name, label in FACTS.items():
        was, now = _text(before.get(name)), _text(after.get(name))
        if was != now:
            yield FactChange(name, label, was, now)


def _prices(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FactChange]:
    was, now = dict(_named_prices(before)), dict(_named_prices(after))
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) != now.get(name):
            yield FactChange(name, _KINDS.get(name.partition(" ")[0], name), was.get(name, ""), now.get(name, ""))


_KINDS: dict[str, StrOrPromise] = {
    "pass": _("A pass"),
    "subscription": _("30 days"),
    "call": _("A call"),
    "rates": _("1,000,000 tokens read, and written"),
}


def _named_prices(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for plan in manifest.get("plans") or []:
        yield plan.get("kind", ""), f"{plan.get('price', '')} {plan.get('currency', '')}"
    for rates in manifest.get("rates") or []:
        currency = rates.get("currency", "")
        yield f"rates {currency}", f"{rates.get('in_per_m', '')} / {rates.get('out_per_m', '')} {currency}"


def _text(value: Any) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def _card(before: str, after: str) -> Iterator[Line]:
    if before == after:
        return
    old, new = before.split("\n")[:MOST_LINES], after.split("\n")[:MOST_LINES]
    groups = list(SequenceMatcher(None, old, new, autojunk=len(old) > 200).get_grouped_opcodes(CONTEXT))
    for number, group in enumerate(groups):
        if number:
            yield Line("gap", "")
        for kind, start, end, first, last in group:
            if kind == "equal":
                yield from (Line("same", text) for text in old[start:end])
                continue
            yield from (Line("removed", text) for text in old[start:end])
            yield from (Line("added", text) for text in new[first:last])
