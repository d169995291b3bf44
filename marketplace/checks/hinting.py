"""Telling open pages that checks have come further, so that nobody has to ask again and again."""

from __future__ import annotations

import hashlib

from django.db import transaction

from contracts.indexer.hints import send_hints

from .models import Inspection
from .names import blob_of

MOST_SUBJECTS = 50  # that are told of one content: what many have is read long before they ask


def group_of(subject: str) -> str:
    """Return the group that hears of a subject's checks, and of those of its files."""
    # A subject is too long for a group's name, and has signs in it that no group may have.
    return f"checks.{hashlib.sha256(subject.encode()).hexdigest()[:32]}"


def hint(subject: str) -> None:
    """Let open pages look again, after the commit."""
    transaction.on_commit(lambda: _tell(subject))


def _tell(subject: str) -> None:
    subjects = [subject]
    if sha256 := blob_of(subject):
        having = Inspection.objects.filter(blobs__contains=[sha256]).order_by("-asked_at")
        subjects = list(having.values_list("subject", flat=True)[:MOST_SUBJECTS])
    send_hints({group_of(each): {"type": "checks.changed"} for each in subjects})
