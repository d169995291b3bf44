"""What was fetched is kept where it is what was named and what a document may say, and its state noted."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from marketplace.files.cids import cid_of
from marketplace.listings.versions import MetadataDocument

from .documents import InvalidDocumentError, read_document
from .models import DocumentState, UnclaimedListing

BACK_OFF, LONGEST_BACK_OFF = 20, 6 * 3_600  # seconds


def keep_read(*, cid: str, content: bytes) -> DocumentState:
    """Judge the bytes that were found for an address, for all rows that name it; keep them where they are right.

    Again changes nothing.
    """
    if cid_of(content) != cid:
        note_failure(cid=cid, state=DocumentState.WRONG)
        return DocumentState.WRONG
    values: dict[str, object] = {"checked_at": timezone.now(), "tries": 0}
    try:
        found = read_document(content)
    except InvalidDocumentError as error:
        values |= {"state": DocumentState.INVALID, "says": str(error)}
    else:
        values |= {"state": DocumentState.OK, "says": ""}
        values |= {"title": found.name, "summary": found.summary, "task": found.task}
    with transaction.atomic():
        if values["state"] == DocumentState.OK:
            MetadataDocument.objects.get_or_create(cid=cid, defaults={"content": content})
        UnclaimedListing.objects.filter(cid=cid).update(**values)
    return DocumentState(str(values["state"]))


@transaction.atomic
def note_failure(*, cid: str, state: DocumentState) -> None:
    """Note that an address gave nothing that could be kept; it is asked again later, each time after a longer while."""
    now = timezone.now()
    rows = list(UnclaimedListing.objects.select_for_update().filter(cid=cid).order_by("pk"))
    for row in rows:
        wait = min(BACK_OFF * 2 ** min(row.tries, 12), LONGEST_BACK_OFF)
        row.state, row.says, row.checked_at = state, says_of(state), now
        row.tries, row.next_at = min(row.tries + 1, 30_000), now + timedelta(seconds=wait)
    UnclaimedListing.objects.bulk_update(rows, ["state", "says", "checked_at", "tries", "next_at"], batch_size=500)


def says_of(state: DocumentState) -> str:
    """Return what a failure means for the seller, and what to do."""
    return {
        DocumentState.MISSING: _("Nobody whom our node asks has it. Keep it pinned at a node that is reachable."),
        DocumentState.SLOW: _("Whoever has it did not send all of it in time. It is asked for again."),
        DocumentState.OVERSIZE: _("It has more than 256 KiB. Name a shorter document."),
        DocumentState.WRONG: _("What came back has another address than the one named. It is asked for again."),
    }.get(state, "")
