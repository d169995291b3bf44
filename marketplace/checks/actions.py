"""Having something checked, and keeping what was found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common.locks import exclusive_until_commit
from common.queue import enqueue
from marketplace.files.blobs import Blob

from . import licences, likeness
from .hinting import hint
from .models import ENDED, Check, CheckState, Inspection
from .names import CONTENT, COPIES, HASH, LICENCE, LIKENESS, OF_BLOBS, OF_SUBJECTS, blob_subject
from .recording import RULES, await_checks, write
from .verdicts import Given

CHECK_BLOB = "marketplace.checks.tasks.check_blob"
HASH_BLOBS = "marketplace.checks.tasks.hash_blobs"
CHECK_SUBJECT = "marketplace.checks.tasks.check_subject"
# What they find depends on what others have listed meanwhile, and not on the subject alone.
OF_OTHERS = {
    LICENCE: licences.judge_licence,
    LIKENESS: likeness.judge_likeness,
    COPIES: likeness.judge_copies,
}
LONG = 3_600  # seconds that hashing may take: tens of gigabytes on a busy machine


@transaction.atomic
def start_checks(
    *, subject: str, files: Iterable[tuple[str, Blob]], manifest: dict[str, Any], author: str = ""
) -> None:
    """Have a subject's files and its manifest checked by tasks, as far as anything has changed since the last time."""
    exclusive_until_commit(f"checks:{subject}")
    given = dict(sorted(files, key=lambda pair: pair[0]))
    listed = [[path, blob.sha256, blob.size] for path, blob in given.items()]
    key = hashlib.sha256(json.dumps([RULES, listed, manifest, author], sort_keys=True).encode()).hexdigest()
    known = Inspection.objects.filter(pk=subject, key=key).exists()
    if not known:
        values = {"files": listed, "blobs": sorted({blob.sha256 for blob in given.values()}), "manifest": manifest}
        more = {"author": author, "key": key, "asked_at": timezone.now()}
        Inspection.objects.update_or_create(subject=subject, defaults={**values, **more})
        _await_again(subject)
    _start_blobs(given.values())
    if not known:
        enqueue(CHECK_SUBJECT, subject)
        hint(subject)


@transaction.atomic
def recheck(*, subject: str) -> None:
    """Have everything of a subject checked again, its files too, whatever was found before."""
    exclusive_until_commit(f"checks:{subject}")
    inspection = Inspection.objects.filter(pk=subject).first()
    if inspection is None:
        return
    subjects = [blob_subject(sha256) for sha256 in inspection.blobs]
    # What runs at this moment goes on.
    Check.objects.filter(subject__in=subjects, name__in=OF_BLOBS, state__in=ENDED).delete()
    _await_again(subject)
    _start_blobs(Blob.objects.filter(pk__in=inspection.blobs))
    enqueue(CHECK_SUBJECT, subject)
    hint(subject)


@transaction.atomic
def judge_others_again(*, subject: str) -> None:
    """Ask at once again what others may have changed since it was asked: names, licences of parents, the same weights.

    What has not been asked yet is left to its task. Takes a part of a second.
    """
    exclusive_until_commit(f"checks:{subject}")
    inspection = Inspection.objects.filter(pk=subject).first()
    if inspection is None:
        return
    given = Given.of(inspection)
    for check in Check.objects.filter(subject=subject, name__in=OF_OTHERS, state__in=ENDED):
        verdict = OF_OTHERS[check.name](given)
        if (verdict.state, verdict.says) != (check.state, check.says):
            write(subject, check.name, verdict.state, verdict.says, found=verdict.found)


@transaction.atomic
def keep_checks(*, draft: str, version: str) -> None:
    """Let a release have the results of the draft that it was: they are copied, as the draft may go on."""
    exclusive_until_commit(f"checks:{version}")
    inspection = Inspection.objects.filter(pk=draft).first()
    if inspection is None:
        return
    same = {name: getattr(inspection, name) for name in ("files", "blobs", "manifest", "author", "key", "asked_at")}
    Inspection.objects.update_or_create(subject=version, defaults=same)
    kept = set(Check.objects.filter(subject=version).values_list("name", flat=True))
    rows = list(Check.objects.filter(subject=draft).exclude(name__in=kept))
    for row in rows:
        row.pk, row.subject = None, version
    Check.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def forget_checks(*, subject: str) -> None:
    """Delete what was found about a subject itself; what was found in its files goes with their bytes."""
    exclusive_until_commit(f"checks:{subject}")
    Inspection.objects.filter(pk=subject).delete()
    Check.objects.filter(subject=subject).delete()


def forget_blob(sha256: str, cid: str = "") -> None:
    """Delete what was found in bytes that are gone."""
    Check.objects.filter(subject=blob_subject(sha256)).delete()


def _await_again(subject: str) -> None:
    """Let the subject's own checks wait for their turn."""
    waiting = {"state": CheckState.WAITING, "says": "", "found": {}, "done": 0, "started_at": None, "ended_at": None}
    Check.objects.filter(subject=subject, name__in=OF_SUBJECTS).update(**waiting)
    await_checks(subject, OF_SUBJECTS)


def _start_blobs(blobs: Iterable[Blob]) -> None:
    """Have those contents checked that have not been, by today's rules."""
    sizes = {blob.sha256: blob.size for blob in blobs}
    subjects = [blob_subject(sha256) for sha256 in sizes]
    old = ~Q(rules=RULES)
    Check.objects.filter(old, subject__in=subjects, name__in=OF_BLOBS).delete()
    known = set(Check.objects.filter(subject__in=subjects, name__in=OF_BLOBS).values_list("subject", "name"))
    missing = [sha256 for sha256 in sizes if any((blob_subject(sha256), name) not in known for name in OF_BLOBS)]
    for sha256 in missing:
        await_checks(blob_subject(sha256), [CONTENT])
        await_checks(blob_subject(sha256), [HASH], todo=sizes[sha256])
        enqueue(CHECK_BLOB, sha256)
    if missing:
        enqueue(HASH_BLOBS, seconds=LONG)
