"""Column types that several apps share."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _

MOST_WEI = 2**256 - 1

if TYPE_CHECKING:
    _IntField = models.Field[int, int]
else:
    _IntField = models.Field


class WeiField(_IntField):
    """An amount in a token's smallest unit: an int in Python, ``NUMERIC(78,0)`` in the database, never a float.

    It holds what a ``uint256`` holds. Arithmetic between two of them in SQL needs ``output_field=WeiField()``.
    """

    description = _("An amount in the smallest unit of a token")

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "numeric(78,0)"

    def from_db_value(self, value: Decimal | None, expression: object, connection: object) -> int | None:
        return None if value is None else int(value)

    def to_python(self, value: Any) -> int | None:
        if value is None or isinstance(value, int):
            return value
        try:
            exact = Decimal(value)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise ValidationError(_("This is not a whole number.")) from error
        if not exact.is_finite() or exact != exact.to_integral_value():
            raise ValidationError(_("This is not a whole number."))
        return int(exact)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        if isinstance(value, float):
            raise TypeError("An amount of money is an int, never a float.")
        return self.to_python(value)


if TYPE_CHECKING:

    class OptionalWeiField(models.Field[int | None, int | None]):
        """The same where there may be none. Its own name, because the types of a field say whether it may be null."""
else:

    class OptionalWeiField(WeiField):
        """The same where there may be none. Its own name, because the types of a field say whether it may be null."""


def bounded_wei(value: object) -> int:
    """Return ``value`` if it is an integer that a ``WeiField`` can hold."""
    if type(value) is not int or not 0 <= value <= MOST_WEI:
        raise ValueError(value)
    return value
