"""Server-sent events, in pieces of any size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.sse import EVENT_BYTES, STREAM_BYTES, EventReader


def read(*chunks: bytes) -> list[str]:
    reader = EventReader()
    return [*(event for chunk in chunks for event in reader.feed(chunk)), *reader.end()]


@given(
    st.lists(st.sampled_from([b"data", b":", b" ", b"\r", b"\n", b"\r\n", b"\xef\xbb\xbf", b"x", b"\xf0\x9f", b"\xff"]))
)
def test_events_are_the_same_however_the_bytes_are_cut(parts: list[bytes]) -> None:
    stream = b"".join(parts)
    expected = read(stream)
    assert read(*parts) == expected
    assert read(*(stream[at : at + 1] for at in range(len(stream)))) == expected
    assert read(b"", *parts, b"") == expected


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\ndata:b\n\n", ["a", "b"]),
        (b"data: a\r\n\r\ndata: b\r\r", ["a", "b"]),
        (b"data: a\ndata: b\n\n", ["a\nb"]),
        (b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n", ["a"]),
        (b"data:  a\n\n", [" a"]),
        (b"data\n\ndata:\n\n:data: a\n\nDATA: a\n\n data: a\n\n", []),
        (b"event: x\nid: 1\nretry: 3\ndata: a", ["a"]),
        (b"data: \xff\n\n", ["\ufffd"]),
    ],
)
def test_fields_are_read_as_the_standard_says(stream: bytes, events: list[str]) -> None:
    assert read(stream) == events


def test_an_event_and_a_stream_have_a_largest_size() -> None:
    assert read(b"data: " + b"x" * (EVENT_BYTES - 10))
    with pytest.raises(ValueError, match="An event is larger"):
        read(*[b"x" * 1000] * 66)
    with pytest.raises(ValueError, match="An event is larger"):
        read(b"data: x\n" * EVENT_BYTES)
    with pytest.raises(ValueError, match="The stream is longer"):
        read(*[b"data: x\n\n" * 1000] * (STREAM_BYTES // 9000 + 1))
