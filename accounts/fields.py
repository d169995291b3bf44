"""Form fields for what the chain names."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from .addresses import parse_address
from .errors import InvalidAddressError


class AddressField(forms.CharField):
    """An address, cleaned to lower case; refused where it is none, or where its checksum is wrong.

    ``strip`` takes blanks away at its ends, for what people paste; programs get none.
    """

    def __init__(self, *, strip: bool = False, **options: Any) -> None:
        super().__init__(strip=strip, **options)

    def to_python(self, value: Any) -> str:
        """Return the address in lower case, or "" where the field may be empty and is."""
        text = super().to_python(value)
        try:
            return parse_address(text) if text else ""
        except InvalidAddressError as error:
            raise ValidationError(error.detail, code="invalid") from error
