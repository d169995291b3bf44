"""A file of any length is sent in parts, none of which waits for all of it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import cast

from common.files import A_PART, stream_csv


def test_a_table_is_sent_while_it_is_read() -> None:
    read: list[int] = []

    def rows() -> Iterator[tuple[int, str]]:
        for number in range(3 * A_PART):
            read.append(number)
            yield number, 'a "word", or two\n'

    answer = stream_csv("numbers.csv", ("number", "words"), rows())
    assert answer["Content-Disposition"] == 'attachment; filename="numbers.csv"'
    parts = iter(cast(Iterable[bytes], answer))
    first = next(parts)
    assert len(read) < A_PART + 1  # nothing was read ahead
    told = list(csv.reader((first + b"".join(parts)).decode().splitlines(keepends=True)))
    assert told[0] == ["number", "words"]
    assert [int(number) for number, _ in told[1:]] == list(range(3 * A_PART))
    assert told[1][1] == 'a "word", or two\n'


def test_without_rows_there_are_the_columns() -> None:
    assert b"".join(cast(Iterable[bytes], stream_csv("none.csv", ("a", "b"), []))) == b"a,b\r\n"
