"""How well a listing runs here. The app ``inference`` writes it; the catalogue shows it."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

DAYS = 30  # of the counts by day
ENOUGH = 20  # measurements below which neither a share nor a p95 says anything


def counts_by_day() -> ArrayField[list[int], list[int]]:
    """Return a column of one count for each of the last thirty days in UTC, today's last; empty before the first."""
    return ArrayField(models.PositiveIntegerField(), default=list, db_default=[], editable=False)


class RuntimeState(models.TextChoices):
    """What an engine is doing."""

    WARMING = "warming", _("Warming up")
    READY = "ready", _("Ready")
    DOWN = "down", _("Not answering")


class ListingRuntime(models.Model):
    """The health and speed of what answers for a listing, measured by probes and by real calls of the last day.

    First tokens are milliseconds from question to first text; for embeddings, to the whole answer. ``uptime`` is the
    share of the ``asked`` probes that were answered, from 0 to 1. None where nothing was measured. The times and the
    speed are of ``measured`` answers, the first at ``measured_since``. ``is_told`` says that what answers follows an
    instruction that is not the asker's, ``is_sellers`` that a server of the seller's answers, which ``retains`` what
    it is asked or not, None where they do not say, and ``is_free`` that those without access may ask. ``probe`` is
    what our last probe asked and was told, as ``inference`` writes it: ``question``, ``answer``, ``at`` (ISO),
    ``tokens``, ``first_token_ms``, ``tokens_per_second``.
    """

    listing = models.OneToOneField("marketplace.Listing", on_delete=models.CASCADE, related_name="runtime")
    state = models.CharField(max_length=8, choices=RuntimeState)
    state_since = models.DateTimeField()
    checked_at = models.DateTimeField()
    first_token_p50_ms = models.PositiveIntegerField(null=True)
    first_token_p95_ms = models.PositiveIntegerField(null=True)
    tokens_per_second = models.FloatField(null=True)
    uptime = models.FloatField(null=True)
    asked = models.PositiveIntegerField(default=0, db_default=0)
    measured = models.PositiveIntegerField(default=0, db_default=0)
    measured_since = models.DateTimeField(null=True)
    is_told = models.BooleanField(default=False, db_default=False)
    is_sellers = models.BooleanField(default=False, db_default=False)
    retains = models.BooleanField(null=True)
    is_free = models.BooleanField(default=True, db_default=True)
    calls_by_day = counts_by_day()
    sales_by_day = counts_by_day()
    probe = models.JSONField(null=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(uptime=None) | models.Q(uptime__gte=0, uptime__lte=1), name="runtime_uptime_share"
            )
        ]
        indexes = [
            models.Index(
                fields=["first_token_p50_ms", "listing"],
                name="runtime_fastest",
                condition=models.Q(state=RuntimeState.READY, measured__gte=ENOUGH),
            )
        ]

    def __str__(self) -> str:
        return f"{self.listing_id}: {self.state}"

    @property
    def runnable(self) -> bool:
        """Whether it answers now."""
        return self.state == RuntimeState.READY

    @property
    def slow_ms(self) -> int | None:
        """The p95 of the first token in milliseconds, None where too few were measured for one."""
        return self.first_token_p95_ms if self.measured >= ENOUGH else None

    @property
    def answered(self) -> int:
        """How many of the ``asked`` probes were answered."""
        return round((self.uptime or 0) * self.asked)

    @property
    def calls(self) -> int:
        """How often it was used in thirty days."""
        return sum(self.calls_by_day)

    @property
    def sales(self) -> int:
        """How many purchases of thirty days were kept."""
        return sum(self.sales_by_day)


SAMPLE = timedelta(minutes=10)


class RuntimeSample(models.Model):
    """What was measured of a listing in ten minutes that began ``at``: nothing of it is changed afterwards.

    ``asked`` and ``answered`` count our checks. ``first_token_ms`` is the p50, ``tokens_per_second`` the mean: of real
    calls where there were some, else of the checks. None where nothing was measured.
    """

    listing = models.ForeignKey("marketplace.Listing", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    asked = models.PositiveIntegerField()
    answered = models.PositiveIntegerField()
    first_token_ms = models.PositiveIntegerField(null=True)
    tokens_per_second = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "at"], name="runtime_sample_once"),
            models.CheckConstraint(condition=models.Q(answered__lte=models.F("asked")), name="runtime_sample_answered"),
        ]
        indexes = [models.Index(fields=["at"], name="runtime_sample_at")]

    def __str__(self) -> str:
        return f"{self.listing_id}: {self.at}"
