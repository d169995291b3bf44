"""What a check comes to, and what the checks of a subject are given to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from marketplace.formats.facts import Facts, read_facts
from marketplace.formats.values import FileFacts

from .models import ENDED, Check, CheckState, Inspection
from .names import CONTENT, blob_subject


@dataclass(frozen=True)
class Verdict:
    """A result: its state, full sentences for people, and what was found for programs."""

    state: CheckState
    says: str
    found: dict[str, Any] = field(default_factory=dict)


def passed(says: str, **found: Any) -> Verdict:
    """Return that all is well."""
    return Verdict(CheckState.PASSED, says, found)


def warned(says: str, **found: Any) -> Verdict:
    """Return that buyers have to know something."""
    return Verdict(CheckState.WARNED, says, found)


def failed(says: str, **found: Any) -> Verdict:
    """Return that this is not listed."""
    return Verdict(CheckState.FAILED, says, found)


def of_problems(bad: Iterable[str], odd: Iterable[str], well: str, **found: Any) -> Verdict:
    """Return what problems come to: bad ones fail, odd ones warn, none pass."""
    bads, odds = list(bad), list(odd)
    if bads or odds:
        return (failed if bads else warned)(" ".join([*bads, *odds]), **found)
    return passed(well, **found)


@dataclass(frozen=True)
class Given:
    """What is checked: a subject, and what was read in its files; ``contents`` are their checks by path."""

    inspection: Inspection
    contents: Mapping[str, Check]

    @classmethod
    def of(cls, inspection: Inspection) -> Given:
        """Return what is known of a subject's files. One query."""
        paths = inspection.paths
        subjects = [blob_subject(sha256) for sha256 in inspection.blobs]
        rows = {row.subject: row for row in Check.objects.filter(subject__in=subjects, name=CONTENT)}
        found = {path: rows.get(blob_subject(sha256)) for path, sha256 in paths.items()}
        return cls(inspection, {path: row for path, row in found.items() if row is not None})

    @property
    def is_read(self) -> bool:
        """Whether every file has been read, or refused."""
        return len(self.contents) == len(self.inspection.files) and all(
            row.state in ENDED for row in self.contents.values()
        )

    @cached_property
    def files(self) -> dict[str, FileFacts]:
        """What the files say that were not refused, by path."""
        return {path: FileFacts.from_json(row.found) for path, row in self.contents.items() if "kind" in row.found}

    @cached_property
    def facts(self) -> Facts:
        """What they say together."""
        return read_facts(self.files)

    @property
    def name(self) -> str:
        """The listing's name as it is to be: ``owner/model``, or only ``model``."""
        return str(self.inspection.said("model", "name"))

    @property
    def parent(self) -> str:
        """The listing that it says it was made from; "" for none."""
        return str(self.inspection.said("adapted_from", "parent") or self.inspection.said("model", "base_model"))

    @property
    def card(self) -> str:
        """The card's Markdown, where the manifest has it."""
        card = self.inspection.said("card", default={})
        return card if isinstance(card, str) else str(card.get("text", "") if isinstance(card, dict) else "")
