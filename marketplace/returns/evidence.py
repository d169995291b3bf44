"""The evidence of a dispute, as its buyer wrote it: private, and kept by its CID, which the chain has."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils import timezone

from contracts.models import Chain, address_field, hash_field

MOST_EVIDENCE = 4_000  # characters


class Evidence(models.Model):
    """A document of canonical JSON; the salt in it keeps a short text from being guessed by its CID.

    ``chain``, ``model_id`` and ``buyer`` say whose purchase it is about, and so who may read it.
    """

    cid = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()
    text = models.TextField(max_length=MOST_EVIDENCE)
    # People wrote this, and it cannot be read again from the chain as other tables can.
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    model_id = hash_field()
    buyer = address_field()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["chain", "model_id", "buyer"], name="evidence_purchase")]

    def __str__(self) -> str:
        return self.cid


def new_salt() -> str:
    """Return 16 random bytes as text."""
    return secrets.token_hex(16)
