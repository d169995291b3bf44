"""The log of what moderators decided: one entry a decision, each bound to the one before it by its hash.

An entry names nobody. What a decision is about, who made it and why stand in it as digests with a salt that is kept
apart: with the salt anybody can check that an entry is of a decision, and without it nobody can guess of which.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any

import rfc8785
from django.db import models, transaction
from django.utils import timezone

from common.locks import exclusive_until_commit
from contracts.models import hash_field

from .decisions import ModerationDecision

LOCK = "moderation-log"
START = "0x" + "0" * 64  # what the first entry has before it
SALT_BYTES = 16


class LogQuerySet(models.QuerySet["LogEntry"]):
    """Reads of the log."""

    def head(self) -> LogEntry | None:
        """Return the last entry, if there is one."""
        return self.order_by("-number").first()


class LogEntry(models.Model):
    """One decision in the log. ``payload`` is canonical JSON (RFC 8785), ``hash`` the SHA-256 of ``previous`` and it.

    PostgreSQL lets nobody change or delete an entry, and takes only the next number with the right hashes.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    made_at = models.DateTimeField()
    action = models.CharField(max_length=16)
    category = models.CharField(max_length=16, blank=True)
    payload = models.TextField()
    previous = hash_field()
    hash = hash_field()
    decision = models.OneToOneField(ModerationDecision, on_delete=models.PROTECT, related_name="entry")

    objects = LogQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["action", "-number"], name="log_action"),
            models.Index(fields=["category", "-number"], name="log_category"),
        ]

    def __str__(self) -> str:
        return f"entry {self.number}"


class LogSalt(models.Model):
    """What the digests of an entry are made with. Deleting it is how a person is taken out of the log for good."""

    entry = models.OneToOneField(LogEntry, on_delete=models.PROTECT, primary_key=True, related_name="salt")
    salt = models.CharField(max_length=2 * SALT_BYTES)

    def __str__(self) -> str:
        return f"salt of {self.entry_id}"


@transaction.atomic
def write_entry(decision: ModerationDecision) -> LogEntry:
    """Write a decision into the log, in the decision's own transaction; return its entry.

    The log stays locked until the transaction ends, so that no number is left out: call it late. A decision that has
    an entry keeps it.
    """
    exclusive_until_commit(LOCK)
    written = LogEntry.objects.filter(decision=decision).first()
    if written:
        return written
    head = LogEntry.objects.head()
    number, previous = (head.number + 1, head.hash) if head else (1, START)
    made_at, salt = timezone.now(), secrets.token_hex(SALT_BYTES)
    undoes = _number_of(decision.undoes_id)
    payload = payload_of(decision, number=number, made_at=made_at, salt=salt, undoes=undoes)
    entry = LogEntry.objects.create(
        number=number,
        made_at=made_at,
        action=decision.action,
        category=decision.category,
        payload=payload,
        previous=previous,
        hash=hash_of(previous, payload),
        decision=decision,
    )
    LogSalt.objects.create(entry=entry, salt=salt)
    return entry


def payload_of(
    decision: ModerationDecision, *, number: int, made_at: datetime, salt: str, undoes: int | None = None
) -> str:
    """Return what an entry says of a decision, as canonical JSON without anything about a person.

    ``undoes`` is the number of the entry of the decision that this one takes back.
    """
    second, moderator = decision.confirmed_by, decision.moderator
    document: dict[str, Any] = {
        "number": number,
        "made_at": _instant(made_at),
        "decided_at": _instant(decision.made_at),
        "action": decision.action,
        "content": decision.content,
        "subject": digest_of(salt, "subject", decision.key),
        "category": decision.category,
        "rule": decision.rule,
        "reason": digest_of(salt, "reason", decision.reason),
        "scopes": list(decision.scopes),
        "until": _instant(decision.until) if decision.until else None,
        "moderator": digest_of(salt, "moderator", moderator) if moderator else None,
        "second_moderator": digest_of(salt, "second_moderator", second) if second else None,
        "decided_by": bool(moderator) + bool(second),
        "automated": decision.automated,
        "transaction": digest_of(salt, "transaction", decision.tx_hash) if decision.tx_hash else None,
        "undoes": undoes,
    }
    return rfc8785.dumps(document).decode()


def digest_of(salt: str, name: str, text: str) -> str:
    """Return the digest under which an entry names a text: nobody can try texts out who has no salt."""
    return hashlib.sha256(f"{salt}\n{name}\n{text}".encode()).hexdigest()


def hash_of(previous: str, payload: str) -> str:
    """Return the hash of an entry: SHA-256 of the 32 bytes before it and its payload in UTF-8."""
    return "0x" + hashlib.sha256(bytes.fromhex(previous[2:]) + payload.encode()).hexdigest()


def _instant(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _number_of(decision: int | None) -> int | None:
    """Return the number of the entry of another decision."""
    if decision is None:
        return None
    return LogEntry.objects.filter(decision=decision).values_list("number", flat=True).first()
