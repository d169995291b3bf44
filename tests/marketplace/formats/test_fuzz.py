"""Whatever bytes come: a reader says what they are or why not, and raises nothing else."""

from __future__ import annotations

import io
from contextlib import suppress
from functools import cache

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from marketplace.formats import coreml, gguf, jsons, onnx, pickles, safetensors, texts
from marketplace.formats.errors import FormatError
from marketplace.formats.reading import read_file
from marketplace.formats.source import Source

from . import made
from .hostile import HOSTILE

VALID = (
    made.safetensors(),
    made.gguf(),
    made.onnx(),
    made.coreml(),
    made.coreml_weights(),
    made.README,
    made.jsoned(made.CONFIG),
)
BRIEF = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@cache
def small() -> list[str]:
    """Return the names of those that are small: every worker imports this file, and one runs its tests."""
    return [name for name, (_path, make) in HOSTILE.items() if len(make()) < 4_096]


def reads(content: bytes) -> None:
    with suppress(FormatError):
        read_file(io.BytesIO(content))


@BRIEF
@given(st.binary(max_size=2_000))
@example(b"\x80\x04.")
def test_any_bytes(content: bytes) -> None:
    reads(content)


@BRIEF
@given(st.data())
def test_valid_files_of_which_some_bytes_are_otherwise(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(VALID)))
    for _each in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        what = data.draw(st.sampled_from(("set", "cut", "add", "end")))
        if what == "set":
            content[place] = data.draw(st.sampled_from((0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x7B)))
        elif what == "cut":
            del content[place : place + data.draw(st.integers(1, 9))]
        elif what == "add":
            content[place:place] = data.draw(st.binary(min_size=1, max_size=9))
        else:
            del content[place:]
        content = content or bytearray(b"\0")
    reads(bytes(content))


@BRIEF
@given(st.data())
def test_hostile_files_of_which_some_bytes_are_otherwise(data: st.DataObject) -> None:
    content = bytearray(HOSTILE[data.draw(st.sampled_from(small()))][1]() or b"\0")
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    reads(bytes(content))


@BRIEF
@given(st.binary(max_size=400))
def test_each_reader_by_itself(content: bytes) -> None:
    readers = (
        lambda: safetensors.read(Source(io.BytesIO(content))),
        lambda: gguf.read(Source(io.BytesIO(b"GGUF\x03\0\0\0" + content))),
        lambda: onnx.read(Source(io.BytesIO(content))),
        lambda: coreml.read(Source(io.BytesIO(b"\x08\x07" + content))),
        lambda: jsons.read(b'{"a": ' + content),
        lambda: texts.read(b"---\n" + content + b"\n---\n"),
        lambda: jsons._Outline(b'{"a": ' + content).value(),
    )
    for reader in readers:
        with suppress(FormatError):
            reader()
    pickles.signs(b"\x80\x04" + content)
    assert pickles.is_pickle(content) in (True, False)


@BRIEF
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_what_front_matter_says_stays_small(value: object) -> None:
    content = yaml.safe_dump({"license": value}).encode()
    try:
        front = texts.read(b"---\n" + content + b"\n---\nText\n").says.get("front", {})
    except FormatError:
        return
    assert len(str(front)) <= len(content) * 4 + 200


@pytest.mark.parametrize("content", VALID, ids=range(len(VALID)))
def test_every_beginning_of_a_valid_file(content: bytes) -> None:
    for end in range(len(content)):
        reads(content[:end])
