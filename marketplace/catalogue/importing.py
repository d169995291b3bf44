"""Brings a file of records into the catalogue, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from marketplace.listings.records import COLUMNS, BadRecordError, parse_record, row_of
from marketplace.search.rank_prior import weigh_listings
from marketplace.search.vocabulary import count_heads, count_words

from .errors import CatalogueRefusedError

BLANK = b"\xef\xbb\xbf \t\r\n\v\f"  # what an empty line may hold: a mark of the byte order too
FEW = 500  # listings whose words are added to the counts; after more, all are counted again

_TYPES = {"modalities": "text[]", "libraries": "text[]", "languages": "text[]"}
_CHANGING = [column for column in COLUMNS if column != "name"]

STAGE = """
create temporary table staged on commit drop as
select 0::bigint as line, {columns} from marketplace_listing with no data
""".format(columns=", ".join(COLUMNS))

REPEATED = """
select line, name, first from (
    select line, name, min(line) over (partition by lower(name)) as first from staged
) numbered where line > first order by line
"""

PUBLISHED = """
select line, staged.name from staged
join accounts_account account on lower(account.name) = lower(split_part(staged.name, '/', 1))
where not account.is_reserved order by line
"""

REFUSED = "delete from staged where line = any(%s)"

OWNERS = """
insert into accounts_account (name, is_reserved, created_at)
select distinct on (lower(split_part(name, '/', 1))) split_part(name, '/', 1), true, now()
from staged order by lower(split_part(name, '/', 1)), line
on conflict (lower(name)) do nothing
"""

# An equal row is left alone, so that ``updated_at`` says when something changed.
LISTINGS = """
with written as (
insert into marketplace_listing as kept (owner_id, created_at, updated_at, {columns})
select account.id, now(), now(), {staged}
from staged join accounts_account account on lower(account.name) = lower(split_part(staged.name, '/', 1))
order by lower(staged.name)
on conflict (lower(name)) do update set updated_at = now(), {assignments}
where ({kept}) is distinct from ({excluded})
returning (xmax = 0) as is_new
) select count(*) filter (where is_new), count(*) filter (where not is_new) from written
""".format(  # noqa: S608  made of our own column names alone
    columns=", ".join(COLUMNS),
    staged=", ".join(f"staged.{column}" for column in COLUMNS),
    assignments=", ".join(f"{column} = excluded.{column}" for column in _CHANGING),
    kept=", ".join(f"kept.{column}" for column in _CHANGING),
    excluded=", ".join(f"excluded.{column}" for column in _CHANGING),
)


@dataclass(frozen=True)
class ImportReport:
    """How many listings an import made, changed and found as they were, and how many records it left out."""

    added: int
    changed: int
    unchanged: int
    bad: int


@transaction.atomic
def import_catalogue(
    *,
    lines: Iterable[bytes],
    skip_bad: bool = False,
    on_bad: Callable[[int, str], None] = lambda line, fault: None,
) -> ImportReport:
    """Bring the records of a JSONL file into the catalogue as reference listings, all of them or none.

    Reads ``lines`` once and holds none of them. Running it again changes nothing; names that a seller has
    published are never overwritten. ``on_bad`` is told of each bad record (line number from 1, fault).
    Raises CatalogueRefusedError if there is any, unless ``skip_bad`` leaves them out.
    """
    with connection.cursor() as cursor:
        # Staged first: a bad record anywhere leaves the catalogue as it was, and no file has to fit in memory.
        cursor.execute(STAGE)
        bad = 0

        def refuse(line: int, fault: str) -> None:
            nonlocal bad
            bad += 1
            on_bad(line, fault)

        staged = _stage(lines, refuse)
        for query, fault in ((REPEATED, "{} is already on line {}"), (PUBLISHED, "{} belongs to a seller")):
            cursor.execute(query)
            rows = cursor.fetchall()
            for line, *values in rows:
                refuse(line, fault.format(*values))
            cursor.execute(REFUSED, [[line for line, *_ in rows]])
            staged -= len(rows)
        if bad and not skip_bad:
            raise CatalogueRefusedError(bad=bad)
        cursor.execute(OWNERS)
        cursor.execute(LISTINGS)
        added, changed = cursor.fetchone()
        _make_findable(cursor, added + changed)
        cursor.execute("drop table staged")  # the transaction around may import again before it commits
    return ImportReport(added, changed, staged - added - changed, bad)


def _make_findable(cursor: CursorWrapper, written: int) -> None:
    """Count the words of what was written, and weigh all listings: what was made from a model raises it."""
    if not written:
        return
    some = None
    if written <= FEW:
        cursor.execute("select id from marketplace_listing where updated_at = now()")  # the time of this transaction
        some = [pk for (pk,) in cursor.fetchall()]
    count_words(some)
    weigh_listings()
    if some is None:
        count_heads()


def _stage(lines: Iterable[bytes], refuse: Callable[[int, str], None]) -> int:
    """Copy good records into the staging table; return how many."""
    staged = 0
    with connection.cursor() as cursor, cursor.copy(f"copy staged (line, {', '.join(COLUMNS)}) from stdin") as copy:
        for number, line in enumerate(lines, start=1):
            if not line.strip(BLANK):
                continue
            try:
                row = row_of(parse_record(line))
            except BadRecordError as error:
                refuse(number, str(error))
                continue
            copy.write_row((number, *row))
            staged += 1
    return staged
