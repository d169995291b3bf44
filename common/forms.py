"""Form fields that several apps share."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from .text import clean_line, clean_text

MUCH = 4  # times what a field holds: what is longer is not looked at, and is refused for its length


class ProseField(forms.CharField):
    """What somebody wrote, as ``clean_text`` keeps it; where nothing can be seen in it the field is empty."""

    clean_as = staticmethod(clean_text)

    def to_python(self, value: Any) -> str:
        """Return the text."""
        text = super().to_python(value) or ""
        too_long = self.max_length is not None and len(text) > MUCH * self.max_length
        return text if too_long else self.clean_as(text)


class LineField(ProseField):
    """A name, or what is looked for, in the one spelling of ``clean_line``."""

    clean_as = staticmethod(clean_line)


class WholeNumberField(forms.IntegerField):
    """A number that a program sends, such as a chain's id: ASCII digits without sign, blank, zero in front or ``_``."""

    def to_python(self, value: Any) -> int | None:
        """Return the number."""
        if isinstance(value, str) and value and not re.fullmatch(r"0|[1-9][0-9]*", value):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)
