"""What one file says, in the form in which it leaves the process that read it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from .errors import said


@dataclass(frozen=True)
class Note:
    """Something about a file that people should know: a code for programs, a sentence for people."""

    code: str
    text: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return said(self.text, self.values)


@dataclass(frozen=True)
class FileFacts:
    """What bytes are (``kind``), whatever their name, and what they say.

    ``says`` are facts as this kind of file states them; which of them count follows from its name (``facts.py``).
    """

    kind: str
    says: dict[str, Any] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON's own kinds of values."""
        return {"kind": self.kind, "says": self.says, "notes": [asdict(each) for each in self.notes]}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> FileFacts:
        """Return what ``to_json`` was given."""
        notes = tuple(Note(each["code"], each["text"], each["values"]) for each in value["notes"])
        return cls(value["kind"], value["says"], notes)
