"""What is no JSON, or means two things, is refused as ValueError and nothing else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import strict_json

ODD = {
    "nothing": "",
    "a half": "{",
    "two values": "{} {}",
    "a key twice": '{"a": 1, "a": 1}',
    "a key twice, written in two ways": '{"a": 1, "\\u0061": 1}',
    "a key twice, deep inside": '[{"a": [{"b": 1, "b": 2}]}]',
    "no number": "NaN",
    "no end": "[-Infinity]",
    "beyond every float": '{"a": 1e999}',
    "beyond every integer": "9" * 5000,
    "half a character": '"\\ud800"',
    "half a character as a key": '{"\\udfff": 1}',
    "halves in the wrong order": '"\\udc00\\ud800"',
    "deep": "[" * 30_000,
    "deep and whole": '{"a":' * 9_000 + "1" + "}" * 9_000,
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_what_is_odd_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  its subclasses say where; any will do
        strict_json.loads(text)


@given(VALUES, st.booleans())
def test_what_is_well_formed_is_read_as_it_is_meant(value: Any, escaped: bool) -> None:
    assert strict_json.loads(json.dumps(value, ensure_ascii=escaped)) == value


@given(st.text())
def test_any_other_text_is_read_or_refused(text: str) -> None:
    try:
        strict_json.loads(text)
    except ValueError:
        return
    json.loads(text)


def test_a_whole_character_in_two_escapes_is_one() -> None:
    assert strict_json.loads('"\\ud83e\\udd16"') == "🤖"
