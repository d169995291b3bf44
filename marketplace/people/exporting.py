"""All that is kept about an address, as a ZIP of JSON files: asked for, made by a task, and there for seven days."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from tempfile import SpooledTemporaryFile
from typing import IO

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts.addresses import checksum
from accounts.models import User
from accounts.personal import Holding, holdings
from common.locks import exclusive_until_commit
from common.queue import alone, enqueue

from .errors import ExportNotFoundError, TooManyExportsError
from .models import KEPT, DataExport, ExportState

TASK = "marketplace.people.tasks.make_export"
MOST_A_DAY = 3
MOST_ROWS = 50_000  # of one table: more than a member can write here in years
MOST_BYTES = 64 * 1024 * 1024  # of a file, compressed
SLOW = timedelta(hours=1)  # a task that has not ended by then has died
IN_MEMORY = 8 * 1024 * 1024

README = """\
What this site keeps about {address}, as of {time:%Y-%m-%d %H:%M} UTC.

Each file is a table: a JSON list with one object a row. A table that is not here has no row about this address.
At most {most} rows of a table are given; "cut" at the end of this text names those that have more.

Not in here: what the chain says (purchases, payments, passes, votes, stakes). Anybody can read that there, by this
address. Nor are questions to models and their answers, which are not kept.

{tables}
"""

log = structlog.get_logger(__name__)


@transaction.atomic
def ask_export(*, user: User) -> DataExport:
    """Have an export made for a user; the one that is under way, where there is one. Raises TooManyExportsError."""
    exclusive_until_commit(f"export:{user.address}")
    now = timezone.now()
    own = DataExport.objects.of(user.address)
    waiting = own.filter(state=ExportState.WAITING)
    waiting.filter(asked_at__lt=now - SLOW).update(state=ExportState.FAILED)
    if under_way := waiting.first():
        return under_way
    if own.filter(asked_at__gt=now - timedelta(days=1)).exclude(state=ExportState.FAILED).count() >= MOST_A_DAY:
        raise TooManyExportsError
    asked = DataExport.objects.create(address=user.address, total=len(holdings()))
    enqueue(TASK, asked.pk)
    return asked


def find_export(user: User, pk: int) -> DataExport:
    """Return a user's finished export with its archive. Raises ExportNotFoundError, also for what is another's."""
    ready = DataExport.objects.filter(address=user.address, state=ExportState.READY, ready_at__gt=timezone.now() - KEPT)
    found = ready.filter(pk=pk).first()
    if found is None or found.archive is None:
        raise ExportNotFoundError
    return found


def make_export(*, pk: int) -> None:
    """Write an export that waits; once more changes nothing. Its progress is seen while it is written."""
    with alone(f"export:{pk}") as is_alone:
        asked = DataExport.objects.filter(pk=pk, state=ExportState.WAITING).first() if is_alone else None
        if asked is None:
            return
        with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
            _write(asked, file)
            size = file.tell()
            file.seek(0)
            is_small = size <= MOST_BYTES
            archive = file.read() if is_small else None
    state = ExportState.READY if is_small else ExportState.FAILED
    still = DataExport.objects.filter(pk=pk, state=ExportState.WAITING)
    still.update(state=state, ready_at=timezone.now(), size=size, archive=archive, rows=asked.rows)
    log.info("export made", export=pk, rows=asked.rows, size=size, state=state)


def _write(asked: DataExport, file: IO[bytes]) -> None:
    counts: list[tuple[str, int]] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, each in enumerate(holdings(), start=1):
            if rows := _write_table(archive, each, asked.address):
                counts.append((each.name, rows))
            asked.rows += rows
            DataExport.objects.filter(pk=asked.pk).update(done=number, rows=asked.rows)
        archive.writestr("README.txt", _readme(asked.address, counts))


def _write_table(archive: zipfile.ZipFile, holding: Holding, address: str) -> int:
    """Write one table, row by row, and return how many there were; a table without rows makes no file."""
    rows = holding.export(address, MOST_ROWS)
    first = next(rows, None)
    if first is None:
        return 0
    written = 1
    with archive.open(f"{slugify(holding.name)}.json", "w") as file:
        file.write(b"[\n" + _line(first))
        for row in rows:
            file.write(b",\n" + _line(row))
            written += 1
        file.write(b"\n]\n")
    return written


def _line(row: dict[str, object]) -> bytes:
    return json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False).encode(errors="replace")


def _readme(address: str, counts: list[tuple[str, int]]) -> str:
    lines = [f"{slugify(name)}.json  {rows}{'  cut' if rows >= MOST_ROWS else ''}" for name, rows in counts]
    words = {"address": checksum(address), "time": timezone.now(), "most": MOST_ROWS}
    return README.format(**words, tables="\n".join(lines) or "There is nothing.")


def forget_exports() -> int:
    """Delete the files whose time is over, and what never became one; return how many there were."""
    return DataExport.objects.filter(asked_at__lt=timezone.now() - KEPT - SLOW).delete()[0]
