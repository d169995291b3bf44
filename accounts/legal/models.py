"""Who has accepted what: one row an address, document and version, with the signature that did it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MOST_LABEL = 64  # characters of ``User.accepted``


class Document(models.TextChoices):
    """What has to be accepted by signing in, in this order."""

    TERMS = "terms", _("Terms of use")
    PRIVACY = "privacy", _("Privacy notice")


class Acceptance(models.Model):
    """That an address has accepted a version of a document.

    ``digest`` is the SHA-256 of its text, ``message`` what was signed on ``chain_id``: anybody can check all of it
    again. Later sign-ins with the same version change nothing here.
    """

    address = models.CharField(max_length=42)
    document = models.CharField(max_length=16, choices=Document)
    version = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)
    chain_id = models.PositiveBigIntegerField()
    message = models.TextField()
    signature = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address", "document", "version"], name="acceptance_once")]

    def __str__(self) -> str:
        return f"{self.address}: {self.document} {self.version}"
