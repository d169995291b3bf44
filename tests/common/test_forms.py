"""Fields that take text."""

import pytest
from django.core.exceptions import ValidationError

from common.forms import LineField, ProseField


@pytest.mark.parametrize("field", [ProseField(), LineField()])
def test_what_nobody_sees_is_an_empty_field(field: ProseField) -> None:
    for nothing in ("\u200b", "\u3164 \u202e", "\ufe0f", None):
        with pytest.raises(ValidationError, match=r"This field is required\."):
            field.clean(nothing)


def test_prose_keeps_its_lines_and_a_line_is_one() -> None:
    assert ProseField(max_length=9).clean("\u200bone\r\n\x00two\u2060") == "one\ntwo"
    assert LineField(max_length=7).clean("ｏne\n\u00a0two") == "one two"
    assert LineField(required=False).clean("\u2060") == ""


def test_what_is_much_too_long_is_refused_without_being_read() -> None:
    with pytest.raises(ValidationError, match="at most 9 characters"):
        ProseField(max_length=9).clean("\u200b" * 1_000_000)
