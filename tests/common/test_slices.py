"""A part of a file gives its file back without ending the request of anybody."""

from __future__ import annotations

import gc
import os
from functools import partial
from pathlib import Path

import pytest

from common.slices import Slice


def _end(ended: list[str], response: object) -> None:
    ended.append(str(response))


def test_what_the_collector_finds_gives_its_file_back_and_ends_no_request(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"bytes")
    ended: list[str] = []
    given = Slice(path, 0, 5)
    descriptor = given._descriptor
    # As Django's handler does, whose response refers to what it sends: a circle.
    given.close = partial(_end, ended, given)  # type: ignore[method-assign]
    del given
    gc.collect()
    assert ended == []
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_who_takes_it_has_a_file_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"bytes")
    given = Slice(path, 1, 3)
    taken = given.taken()
    given.close()
    given.close()
    assert taken.read() == b"yte"
    taken.close()
