"""Saying something in a dispute, and attaching files to it: what is sent stays as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from common.limits import limit
from common.locks import exclusive_until_commit
from common.text import clean_text
from contracts.names import DAY
from marketplace.files.cids import cid_of, is_cid
from marketplace.files.keeping import forget_file, keep_file
from marketplace.files.uploads import Upload, read_upload
from marketplace.listings.metadata import canonical
from marketplace.onchain.models.returns import PurchaseReturn

from .errors import NothingSaidError, TooManyFilesError, TooManyStatementsError
from .evidence import MOST_EVIDENCE, new_salt
from .finding import find_open
from .statements import MOST_FILES, MOST_STATEMENTS, Attachment, Side, Statement, key_of

UNSENT = timedelta(days=1)  # that a file is kept after its dispute has ended: a reorganisation may open it again
FILES_A_DAY = 40  # of one user in all disputes, those that are refused too
STATEMENTS_A_DAY = 30


def attach_file(*, user: User, receipt: str, name: str, content: bytes) -> Attachment:
    """Keep a file for the user's next statement. Attaching the same again changes nothing.

    Raises DisputeNotFoundError, DisputeClosedError, DisputeOverdueError, TooManyFilesError, TooManyError,
    ImagesBusyError and each FileRefusedError.
    """
    find_open(user, receipt)  # before the file is looked at, which costs much more
    limit(f"dispute-files:{user.address}", FILES_A_DAY, DAY)
    return attach_upload(user=user, receipt=receipt, upload=read_upload(name, content))


@transaction.atomic
def attach_upload(*, user: User, receipt: str, upload: Upload) -> Attachment:
    """The same for a file that was looked at, or that this server has made."""
    dispute, side = _locked(user, receipt)
    files = Attachment.objects.of(dispute)
    waiting = files.waiting(user.address).filter(file=upload.cid).first()
    if waiting:
        return waiting
    if files.filter(side=side).count() >= MOST_FILES:
        raise TooManyFilesError
    values = {**key_of(dispute), "side": side, "author": user.address, "name": upload.name}
    return Attachment.objects.create(file=keep_file(upload=upload), **values)


@transaction.atomic
def take_off_file(*, user: User, receipt: str, cid: str) -> None:
    """Take off a file that was not sent yet; what is gone already stays gone. Raises as ``attach_file`` does."""
    dispute, _side = _locked(user, receipt)
    if not is_cid(cid):
        return
    Attachment.objects.of(dispute).waiting(user.address).filter(file=cid).delete()
    forget_file(cid=cid)


def forget_unsent() -> int:
    """Delete files that were attached, and not sent before their dispute ended; return how many that were."""
    now = timezone.now()
    stale = Attachment.objects.unsendable(now).filter(added_at__lt=now - UNSENT)
    found = list(stale.values_list("pk", "file_id"))
    for pk, cid in found:
        _forget_unsent(pk, cid)
    return len(found)


@transaction.atomic
def _forget_unsent(pk: int, cid: str) -> None:
    Attachment.objects.filter(pk=pk, statement=None).delete()
    forget_file(cid=cid)


def send_statement(*, user: User, receipt: str, text: str, once: str) -> Statement:
    """Send a text and the files that wait. ``once`` is of the form: the same text under it is sent once.

    Raises DisputeNotFoundError, DisputeClosedError, DisputeOverdueError, NothingSaidError, TooManyStatementsError,
    TooManyError.
    """
    text = clean_text(text)
    if len(text) > MOST_EVIDENCE:
        raise NothingSaidError
    find_open(user, receipt)
    limit(f"dispute-statements:{user.address}", STATEMENTS_A_DAY, DAY)
    return _send(user, receipt, text, hashlib.sha256(f"{once}\n{text}".encode()).hexdigest())


@transaction.atomic
def _send(user: User, receipt: str, text: str, once: str) -> Statement:
    dispute, side = _locked(user, receipt)
    said = Statement.objects.of(dispute)
    if sent := said.filter(author=user.address, once=once).first():
        return sent
    files = list(Attachment.objects.of(dispute).waiting(user.address))
    if not text and not files:
        raise NothingSaidError
    if said.filter(side=side).count() >= MOST_STATEMENTS:
        raise TooManyStatementsError
    content = canonical(_document(dispute, side, user, text, files))
    values = {**key_of(dispute), "side": side, "author": user.address, "text": text, "once": once}
    made = Statement.objects.create(cid=cid_of(content), content=content, **values)
    Attachment.objects.filter(pk__in=[each.pk for each in files]).update(statement=made)
    return made


def _document(
    dispute: PurchaseReturn, side: Side, user: User, text: str, files: Sequence[Attachment]
) -> dict[str, Any]:
    """Return what the CID is of: who said what in which dispute, and the files by theirs."""
    return {
        "chain": dispute.chain_id,
        "dispute": dispute.receipt,
        "purchase": dispute.purchase_tx,
        "side": side.value,
        "author": user.address,
        "text": text,
        "files": [{"name": each.name, "type": each.file.kind, "cid": each.file_id} for each in files],
        "salt": new_salt(),
    }


def _locked(user: User, receipt: str) -> tuple[PurchaseReturn, Side]:
    """Return the dispute and the user's side once nobody else writes to it, until the transaction ends."""
    exclusive_until_commit(f"dispute {receipt}")
    return find_open(user, receipt)
