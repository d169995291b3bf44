"""The formulas by which scores and reputations are reckoned: each version a row, never changed once it counts."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone


class FormulaQuerySet(models.QuerySet["Formula"]):
    """Reads of formulas."""

    def in_force(self, name: str, at: datetime | None = None) -> Formula:
        """Return the newest version of a formula that holds at a time, by default now. Raises Formula.DoesNotExist."""
        held = self.filter(name=name, since__lte=at or timezone.now()).order_by("-version").first()
        if held is None:
            raise Formula.DoesNotExist(f"There is no formula {name}.")
        return held


class Formula(models.Model):
    """One version of a formula: its ``text`` for people, in Markdown, and the ``parameters`` that the code reads.

    Another number is another version; what was reckoned says by which it was.
    """

    name = models.SlugField(max_length=48)
    version = models.PositiveIntegerField()
    text = models.TextField()
    parameters = models.JSONField(default=dict)
    since = models.DateTimeField(default=timezone.now)

    objects = FormulaQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="formula_version_unique")]
        ordering = ["name", "-version"]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
