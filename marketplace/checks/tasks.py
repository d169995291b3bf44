"""The checks as tasks: one a file, one for hashes, one a subject. Each may be killed and run again, or run twice.

The queue gives a task to a second worker when the first takes long, so what is long runs alone; and it forgets a task
whose second worker found nothing to do, so ``look`` begins again what has stood still.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.models import OrmQ

from common.locks import exclusive, exclusive_until_commit
from common.queue import alone, enqueue
from marketplace.files.blobs import Blob

from . import cards, contents, folders, licences, likeness, names
from .actions import CHECK_BLOB, CHECK_SUBJECT, HASH_BLOBS, LONG, forget_blob
from .models import ENDED, Check, CheckState, Inspection
from .recording import begin, write
from .suspecting import suspect
from .verdicts import Given, Verdict, failed

STILL = timedelta(minutes=2)
MOST_AGAIN = 100
MOST_QUEUED = 500  # tasks that wait: with more of them nothing is begun again

JUDGES: dict[str, Callable[[Given], Verdict]] = {
    names.CARD: cards.judge_card,
    names.LIKENESS: likeness.judge_likeness,
    names.FILES: folders.judge_files,
    names.SECRETS: folders.judge_secrets,
    names.LICENCE: licences.judge_licence,
    names.FACTS: folders.judge_facts,
    names.COPIES: likeness.judge_copies,
}

log = structlog.get_logger(__name__)


def check_blob(sha256: str) -> None:
    """Read one content in a process of its own, and have the subjects checked that wait for it."""
    subject = names.blob_subject(sha256)
    with alone(f"check:{subject}") as is_first:
        if not is_first or not _is_open(subject, names.CONTENT):
            return
        blob = Blob.objects.filter(pk=sha256).first()
        if blob is None:
            return
        begin(subject, names.CONTENT)
        _write(subject, names.CONTENT, _judged(lambda: contents.judge_content(blob), subject))
    for inspection in Inspection.objects.filter(blobs__contains=[sha256]).only("subject"):
        enqueue(CHECK_SUBJECT, inspection.subject)


def hash_blobs() -> None:
    """Hash all contents that wait for it, one after another and in one process: it is the disk that is slow."""
    with alone("check:hashes") as is_first:
        while is_first and (sha256 := _next_to_hash()):
            subject = names.blob_subject(sha256)
            blob = Blob.objects.filter(pk=sha256).first()
            if blob is None:
                forget_blob(sha256)
                continue
            _write(subject, names.HASH, _judged(lambda blob=blob: contents.judge_hash(blob), subject))  # type: ignore[misc]


def check_subject(subject: str) -> None:
    """Check what a subject is as a whole, as far as its files have been read."""
    with exclusive(f"check:{subject}"):
        inspection = Inspection.objects.filter(pk=subject).first()
        if inspection is None:
            return
        given = Given.of(inspection)
        waiting = Check.objects.filter(subject=subject, name__in=JUDGES).exclude(state__in=ENDED)
        for name in waiting.order_by("pk").values_list("name", flat=True):
            if given.is_read or name in (names.CARD, names.LIKENESS):
                _write(subject, name, _judged(lambda name=name: JUDGES[name](given), subject), key=inspection.key)  # type: ignore[misc]
        if given.is_read:
            for check in given.contents.values():
                suspect(check, inspection)


def look() -> None:
    """Begin again what waits or has run for long without a result: its task was lost, or killed."""
    if OrmQ.objects.count() > MOST_QUEUED:
        return
    still = Check.objects.exclude(state__in=ENDED).filter(created_at__lt=timezone.now() - STILL)
    still = still.filter(Q(started_at=None) | Q(started_at__lt=timezone.now() - STILL))
    known = (*names.OF_BLOBS, *names.OF_SUBJECTS)
    rows = list(still.filter(name__in=known).order_by("created_at").values_list("subject", "name")[:MOST_AGAIN])
    if any(name == names.HASH for _subject, name in rows):
        enqueue(HASH_BLOBS, seconds=LONG)
    for subject in dict.fromkeys(subject for subject, name in rows if name == names.CONTENT):
        enqueue(CHECK_BLOB, subject.partition(":")[2])
    for subject in dict.fromkeys(subject for subject, name in rows if name in names.OF_SUBJECTS):
        enqueue(CHECK_SUBJECT, subject)


def _is_open(subject: str, name: str) -> bool:
    return Check.objects.filter(subject=subject, name=name).exclude(state__in=ENDED).exists()


def _next_to_hash() -> str:
    found = Check.objects.filter(name=names.HASH).exclude(state__in=ENDED).order_by("created_at", "pk").first()
    return found.subject.partition(":")[2] if found else ""


def _judged(judge: Callable[[], Verdict], subject: str) -> Verdict:
    """Return what a check comes to, also where the bytes are gone."""
    try:
        return judge()
    except FileNotFoundError:
        log.exception("a stored file is gone", subject=subject)
        return failed(_("The file is gone from the store. Upload it again."))


@transaction.atomic
def _write(subject: str, name: str, verdict: Verdict, *, key: str = "") -> None:
    """Write a result, unless what was checked has changed meanwhile: then another task is on its way."""
    if key:
        exclusive_until_commit(f"checks:{subject}")
        if not Inspection.objects.filter(pk=subject, key=key).exists():
            return
    todo = int(verdict.found.get("size") or 0) if name == names.HASH else 0
    state = CheckState(verdict.state)
    write(subject, name, state, verdict.says, found=verdict.found, done=todo, todo=todo)
