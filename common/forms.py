"""Fields of forms that several apps share."""

from __future__ import annotations

from typing import Any

from django import forms

from .text import clean_line, clean_text


class ProseField(forms.CharField):
    """What somebody wrote, as ``clean_text`` keeps it; where nothing can be seen in it the field is empty."""

    def to_python(self, value: Any) -> str:
        """Return the text."""
        return clean_text(super().to_python(value) or "")


class LineField(forms.CharField):
    """A name, or what is looked for, in the one spelling of ``clean_line``."""

    def to_python(self, value: Any) -> str:
        """Return the line."""
        return clean_line(super().to_python(value) or "")
