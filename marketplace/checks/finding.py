"""Checks as pages show them: one row a check, with what it found in each file, and whether it stands in the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_stubs_ext import StrOrPromise

from marketplace.formats.facts import Facts, read_facts
from marketplace.formats.values import FileFacts

from .models import ENDED, Check, CheckState, Inspection
from .names import CONTENT, HASH, OF_BLOBS, TITLES, blob_subject

WORST = (CheckState.FAILED, CheckState.RUNNING, CheckState.WAITING, CheckState.WARNED, CheckState.PASSED)


@dataclass(frozen=True)
class Part:
    """One file's share of a check."""

    path: str
    state: CheckState
    says: str
    done: int = 0
    todo: int = 0


@dataclass(frozen=True)
class Row:
    """One check, of the whole or of each file: ``done`` of ``todo`` are bytes while it runs."""

    name: str
    state: CheckState
    says: str
    parts: tuple[Part, ...] = ()
    found: Mapping[str, Any] = field(default_factory=dict)
    done: int = 0
    todo: int = 0

    @property
    def title(self) -> StrOrPromise:
        """What it checks, in words."""
        return TITLES.get(self.name, self.name)

    @property
    def has_ended(self) -> bool:
        """Whether it has come to a result."""
        return self.state in ENDED

    @property
    def told(self) -> list[Part]:
        """The files that there is something to say of."""
        return [part for part in self.parts if part.state != CheckState.PASSED]


@dataclass(frozen=True)
class FileRow:
    """One file and all that was checked of it; ``done`` of ``todo`` bytes are hashed."""

    path: str
    size: int
    state: CheckState
    says: str
    sha256: str = ""
    done: int = 0
    todo: int = 0

    @property
    def has_ended(self) -> bool:
        """Whether everything of it has come to a result."""
        return self.state in ENDED

    @property
    def is_moving(self) -> bool:
        """Whether there is progress to be shown."""
        return self.state == CheckState.RUNNING and bool(self.todo)


@dataclass(frozen=True)
class Checked:
    """All checks of a subject; ``asked`` says whether it was given to be checked at all.

    ``groups`` are the checks by name, with those of files put together; ``files`` the same by file.
    """

    subject: str
    groups: tuple[Row, ...] = ()
    files: tuple[FileRow, ...] = ()
    asked: bool = True

    def __iter__(self) -> Any:
        return iter(self.groups)

    def __bool__(self) -> bool:
        return bool(self.groups)

    @property
    def is_done(self) -> bool:
        """Whether every check has come to a result."""
        return self.asked and all(row.has_ended for row in self.groups)

    @property
    def done(self) -> int:
        """Bytes that were read."""
        return sum(row.todo if row.has_ended else row.done for row in self.groups)

    @property
    def todo(self) -> int:
        """Bytes that are to be read."""
        return sum(row.todo for row in self.groups)

    @property
    def percent(self) -> int:
        """How much of the work is done, from 0 to 100: by bytes where files are read, else by checks."""
        if self.is_done:
            return 100
        ended = sum(row.has_ended for row in self.groups)
        share = self.done / self.todo if self.todo else ended / max(len(self.groups), 1)
        return min(int(share * 100), 99)

    @property
    def failed(self) -> list[Row]:
        """The checks that stand in the way of listing."""
        return [row for row in self.groups if row.state == CheckState.FAILED]

    @property
    def warned(self) -> list[Row]:
        """The checks that buyers are told something by."""
        return [row for row in self.groups if row.state == CheckState.WARNED]

    @property
    def passed(self) -> list[Row]:
        """The checks in order."""
        return [row for row in self.groups if row.state == CheckState.PASSED]

    @property
    def warnings(self) -> list[str]:
        """What buyers are told, a text each."""
        return [row.says for row in self.warned]

    @property
    def blocking(self) -> list[str]:
        """Why it may not be listed, a text each; empty for what may."""
        if not self.asked:
            return [_("It has not been checked yet.")]
        reasons = [row.says for row in self.failed]
        waiting = sum(not row.has_ended for row in self.groups)
        if waiting:
            still = ngettext("%(n)s check is not finished yet.", "%(n)s checks are not finished yet.", waiting)
            reasons.append(still % {"n": waiting})
        return reasons

    @property
    def state(self) -> CheckState:
        """The worst of its states."""
        states = {row.state for row in self.groups}
        return next((state for state in WORST if state in states), CheckState.WAITING)

    @property
    def summary(self) -> str:
        """All of it in a sentence."""
        if not self.is_done:
            return _("Checking: %(percent)s %% done.") % {"percent": self.percent}
        if self.failed:
            text = ngettext("%(n)s check failed.", "%(n)s checks failed.", len(self.failed))
            return text % {"n": len(self.failed)}
        if self.warned:
            text = ngettext(
                "%(n)s check found something to look at.", "%(n)s checks found something to look at.", len(self.warned)
            )
            return text % {"n": len(self.warned)}
        return _("All checks passed.")


@dataclass(frozen=True)
class Records:
    """What is kept about a subject: its files (path, sha256 and size each) as they were given last, None for one that
    never was given to be checked, and the rows of its checks and theirs."""

    subject: str
    files: Sequence[Sequence[Any]] | None
    rows: Sequence[Check]

    @property
    def paths(self) -> dict[str, str]:
        """The sha256 of each file by its path."""
        return {path: sha256 for path, sha256, _size in self.files or ()}

    @property
    def checked(self) -> Checked:
        """All of it as pages show it."""
        paths = self.paths
        own = {row.name: row for row in self.rows if row.subject == self.subject}
        of_files = {(row.subject, row.name): row for row in self.rows if row.subject != self.subject}
        groups = [_of_files(name, paths, of_files) for name in OF_BLOBS if paths]
        known = sorted(own, key=lambda name: (list(TITLES).index(name) if name in TITLES else len(TITLES), name))
        groups += [_of_whole(own[name]) for name in known]
        files = tuple(_file(path, size, sha256, of_files) for path, sha256, size in self.files or ())
        return Checked(self.subject, tuple(groups), files, asked=self.files is not None)

    @property
    def facts(self) -> Facts:
        """What its files say, as far as they have been read."""
        return read_facts(_read(self.paths, self.rows)) if self.files is not None else Facts()


def records_of(subject: str, files: Sequence[Sequence[Any]] | None) -> Records:
    """Return what is kept about a subject with these files, as its inspection has them. One query."""
    subjects = {blob_subject(sha256) for _path, sha256, _size in files or ()}
    # All of a subject's rows come by one index; another package's checks of it are among them.
    return Records(subject, files, list(Check.objects.of(subject, *subjects)))


def checks_of(subject: str) -> Checked:
    """Return the checks of a subject, and of its files. Two queries."""
    return records_of(subject, Inspection.objects.filter(pk=subject).values_list("files", flat=True).first()).checked


def blocking(subject: str) -> list[str]:
    """Return why a subject may not be listed, a text each; empty where it may. Two queries."""
    return checks_of(subject).blocking


def facts_of(subject: str) -> Facts:
    """Return what the files of a subject say, as far as they have been read. Two queries."""
    inspection = Inspection.objects.filter(pk=subject).first()
    return read_facts(files_read(inspection.paths)) if inspection else Facts()


def files_read(paths: Mapping[str, str]) -> dict[str, FileFacts]:
    """Return what files say that have been read and are not refused, by path. One query."""
    return _read(paths, Check.objects.filter(subject__in=set(map(blob_subject, paths.values())), name=CONTENT))


def _read(paths: Mapping[str, str], rows: Iterable[Check]) -> dict[str, FileFacts]:
    content = [row for row in rows if row.name == CONTENT and row.state in (CheckState.PASSED, CheckState.WARNED)]
    found = {row.subject: FileFacts.from_json(row.found) for row in content if "kind" in row.found}
    return {path: found[of] for path, sha256 in paths.items() if (of := blob_subject(sha256)) in found}


def samples_of(subject: str) -> list[dict[str, Any]]:
    """Return the sample answers of a subject, as its check has kept them. One query."""
    row = Check.objects.filter(subject=subject, name="samples").first()
    kept = row.found.get("samples") if row else None
    return list(kept) if isinstance(kept, list) else []


def _of_whole(check: Check) -> Row:
    return Row(check.name, CheckState(check.state), check.says, (), check.found, check.done, check.todo)


def _of_files(name: str, paths: Mapping[str, str], rows: Mapping[tuple[str, str], Check]) -> Row:
    parts = tuple(_part(path, rows.get((blob_subject(sha256), name))) for path, sha256 in paths.items())
    state = next(state for state in WORST if any(part.state == state for part in parts))
    done = sum(part.todo if part.state in ENDED else part.done for part in parts)
    return Row(name, state, _said(name, parts), parts, {}, done, sum(part.todo for part in parts))


def _file(path: str, size: int, sha256: str, rows: Mapping[tuple[str, str], Check]) -> FileRow:
    """Return a file with what is worst among its checks, and in words."""
    parts = [_part(path, rows.get((blob_subject(sha256), name))) for name in OF_BLOBS]
    state = next(state for state in WORST if any(part.state == state for part in parts))
    content, hashed = parts
    says = hashed.says if hashed.state == CheckState.FAILED and content.state != CheckState.FAILED else content.says
    return FileRow(path, size, state, says, sha256, hashed.done, hashed.todo)


def _part(path: str, check: Check | None) -> Part:
    if check is None:
        return Part(path, CheckState.WAITING, "")
    return Part(path, CheckState(check.state), check.says, check.done, check.todo)


def _said(name: str, parts: Iterable[Part]) -> str:
    """Return what is said of all files together."""
    listed = list(parts)
    failed = [part for part in listed if part.state == CheckState.FAILED]
    if failed:
        first = f"{failed[0].path}: {failed[0].says}"
        more = ngettext("%(n)s more file is refused.", "%(n)s more files are refused.", len(failed) - 1)
        return f"{first} {more % {'n': len(failed) - 1}}" if len(failed) > 1 else first
    if any(part.state not in ENDED for part in listed):
        return ""
    warned = [part for part in listed if part.state == CheckState.WARNED]
    if warned:
        return " ".join(f"{part.path}: {part.says}" for part in warned[:3])
    if name == HASH:
        text = ngettext(
            "%(n)s file has the bytes that its hash stands for.",
            "%(n)s files have the bytes that their hashes stand for.",
            len(listed),
        )
    else:
        text = ngettext("%(n)s file is what it claims to be.", "%(n)s files are what they claim to be.", len(listed))
    return text % {"n": len(listed)}
