"""What sellers and reviewers are worth by the published formulas, and what it was reckoned from.

Nothing here is written by a person: a task reckons it anew from the chain's final facts and the site's own rows
(``reckoning``), and whoever has the export and a node of the chain reckons the same (``recompute``).
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contracts.models import Chain, address_field, hash_field

WHOLE = 1_000  # of a score: tenths of a point, so 873 is written 87.3 of 100


class Role(models.TextChoices):
    """As what somebody is judged."""

    SELLER = "seller", _("Seller")
    REVIEWER = "reviewer", _("Reviewer")


FORMULAS = {Role.SELLER: "seller-reputation", Role.REVIEWER: "reviewer-reputation"}


class Reckoning(models.Model):
    """One time that all reputations of a chain were reckoned, as of a block that is final.

    ``formulas`` names the version of each role's formula, ``counts`` how many addresses each role has.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    block_number = models.PositiveBigIntegerField()
    block_hash = hash_field()
    block_time = models.DateTimeField()
    formulas = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["chain", "-id"], name="reckoning_latest")]

    def __str__(self) -> str:
        return f"{self.chain_id}/{self.block_number}"


class ExportPart(models.Model):
    """A piece of what a reckoning was made from besides the chain, compressed: the pieces in order are one document."""

    reckoning = models.ForeignKey(Reckoning, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reckoning", "number"], name="export_part_unique")]

    def __str__(self) -> str:
        return f"{self.reckoning_id} {self.number}"


class ReputationQuerySet(models.QuerySet["Reputation"]):
    """Reads of reputations."""

    def of(self, address: str) -> ReputationQuerySet:
        """Return those of an address, by chain and role."""
        return self.filter(address=address.lower()).select_related("chain", "reckoning").order_by("chain", "-role")


class Reputation(models.Model):
    """What an address is worth in a role on a chain. ``score`` is in tenths of a point, None where too little counts.

    ``n`` is what the least number is of: buyers of a seller, reviews of a reviewer. ``facts`` are what was counted,
    ``parts`` what the score is made of: ``name``, ``points`` in millionths, ``weight``, and whether it is ``known``.
    ``formula`` is the version by which it was reckoned, and ``reckoning`` says as of which block.
    """

    role = models.CharField(max_length=8, choices=Role)
    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    address = address_field()
    score = models.PositiveSmallIntegerField(null=True)
    n = models.PositiveIntegerField()
    facts = models.JSONField(default=dict)
    parts = models.JSONField(default=list)
    formula = models.PositiveIntegerField()
    reckoning = models.ForeignKey(Reckoning, on_delete=models.CASCADE, related_name="+")

    objects = ReputationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address", "chain", "role"], name="reputation_once"),
            models.CheckConstraint(condition=Q(score=None) | Q(score__lte=WHOLE), name="reputation_score"),
        ]
        indexes = [
            models.Index("chain", "role", F("score").desc(nulls_last=True), "address", name="reputation_best"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.address}: {self.score}"

    @property
    def points(self) -> float | None:
        """The score from 0 to 100, None where there is none."""
        return None if self.score is None else self.score / 10
