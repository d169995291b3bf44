"""``manage.py import_catalogue FILE``: bring a JSONL file of models into the catalogue."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from marketplace.catalogue.errors import CatalogueRefusedError
from marketplace.catalogue.importing import import_catalogue
from marketplace.listings.records import MAX_LINE


class Command(BaseCommand):
    """Reads a line at a time, so a file of any size needs the same memory."""

    help = (
        "Import models from a JSONL file of the documented shape (docs/mechanisms/catalogue.md): all of it or nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--skip-bad", action="store_true", help="import the good records when others are bad")

    def handle(self, *args: object, **options: Any) -> None:
        path: Path = options["file"]
        try:
            size = path.stat().st_size
            with path.open("rb") as file, self._progress() as progress:
                lines = _counted(file, progress, size)
                report = import_catalogue(lines=lines, skip_bad=options["skip_bad"], on_bad=self._say_bad)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except CatalogueRefusedError as error:
            bad = error.data["bad"]
            raise CommandError(
                f"Nothing was imported, because {bad:,} of the records are bad. "
                "Mend them, or import the others with --skip-bad."
            ) from error
        left_out = f", {report.bad:,} bad left out" if report.bad else ""
        self.stdout.write(
            f"{report.added:,} models added, {report.changed:,} changed, {report.unchanged:,} unchanged{left_out}."
        )

    def _say_bad(self, line: int, fault: str) -> None:
        self.stderr.write(f"line {line}: {fault}")

    def _progress(self) -> Progress:
        columns = (TextColumn("{task.description}"), BarColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        # In a log, a bar that is redrawn would be thousands of lines.
        return Progress(*columns, disable=not sys.stderr.isatty())


def _counted(file: BinaryIO, progress: Progress, size: int) -> Iterator[bytes]:
    """Yield lines, moving the bar; a line over the limit is cut, so that it cannot fill the memory."""
    bar = progress.add_task("Reading", total=size)
    while line := file.readline(MAX_LINE + 1):
        rest = line
        while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
            rest = file.readline(MAX_LINE + 1)
            progress.advance(bar, len(rest))
        progress.advance(bar, len(line))
        yield line
