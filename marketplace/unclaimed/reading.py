"""What was fetched is kept where it is what was named and what a document may say, and its state noted."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from marketplace.files.cids import cid_of
from marketplace.listings.metadata import MOST_BYTES
from marketplace.listings.versions import MetadataDocument

from .awaiting import MOST_TRIES, put_off_card, take_card, wait_after
from .documents import InvalidDocumentError, card_text, read_document
from .models import DocumentState, UnclaimedListing


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
        values |= {"title": found.name, "summary": found.summary, "task": found.task, "files": found.files}
    with transaction.atomic():
        if values["state"] == DocumentState.OK:
            MetadataDocument.objects.get_or_create(cid=cid, defaults={"content": content})
            _want_card(cid, found.card)
        UnclaimedListing.objects.filter(cid=cid).update(**values)
    return DocumentState(str(values["state"]))


def _want_card(cid: str, card: str) -> None:
    """Have the card fetched that a document names, where it is not here; what is known of it already stays."""
    values: dict[str, object] = {"card": card, "card_state": "", "card_tries": 0, "card_next_at": timezone.now()}
    if card:
        kept = MetadataDocument.objects.filter(pk=card).first()
        values["card_state"] = DocumentState.WAITING if kept is None else _state_of_card(bytes(kept.content))
    UnclaimedListing.objects.filter(cid=cid).exclude(card=card).update(**values)


def keep_card(*, cid: str, content: bytes) -> DocumentState:
    """Judge the bytes that were found for a card's address, for all rows that name it; keep them where they are a text.

    Again changes nothing.
    """
    if cid_of(content) != cid or len(content) > MOST_BYTES:
        state = DocumentState.WRONG if cid_of(content) != cid else DocumentState.OVERSIZE
        note_card_failure(cid=cid, state=state)
        return state
    state = _state_of_card(content)
    with transaction.atomic():
        if state == DocumentState.OK:
            MetadataDocument.objects.get_or_create(cid=cid, defaults={"content": content})
        UnclaimedListing.objects.filter(card=cid).update(card_state=state, card_tries=0)
        take_card(cid=cid, content=content)
    return state


def _state_of_card(content: bytes) -> DocumentState:
    """Return whether bytes are a text that a listing can have."""
    return DocumentState.INVALID if card_text(content) is None else DocumentState.OK


@transaction.atomic
def note_card_failure(*, cid: str, state: DocumentState) -> None:
    """Note that a card's address gave nothing that could be kept; it is asked again later, as documents are."""
    now = timezone.now()
    rows = list(UnclaimedListing.objects.select_for_update().filter(card=cid).order_by("pk"))
    for row in rows:
        row.card_state, row.card_next_at = state, now + wait_after(row.card_tries)
        row.card_tries = min(row.card_tries + 1, MOST_TRIES)
    UnclaimedListing.objects.bulk_update(rows, ["card_state", "card_tries", "card_next_at"], batch_size=500)
    put_off_card(cid=cid)


@transaction.atomic
def note_failure(*, cid: str, state: DocumentState) -> None:
    """Note that an address gave nothing that could be kept; it is asked again later, each time after a longer while."""
    now = timezone.now()
    rows = list(UnclaimedListing.objects.select_for_update().filter(cid=cid).order_by("pk"))
    for row in rows:
        row.state, row.says, row.checked_at = state, says_of(state), now
        row.next_at, row.tries = now + wait_after(row.tries), min(row.tries + 1, MOST_TRIES)
    UnclaimedListing.objects.bulk_update(rows, ["state", "says", "checked_at", "tries", "next_at"], batch_size=500)


def says_of(state: DocumentState) -> str:
    """Return what a failure means for the seller, and what to do."""
    return {
        DocumentState.MISSING: _("Nobody whom our node asks has it. Keep it pinned at a node that is reachable."),
        DocumentState.SLOW: _("Whoever has it did not send all of it in time. It is asked for again."),
        DocumentState.OVERSIZE: _("It has more than 256 KiB. Name a shorter document."),
        DocumentState.WRONG: _("What came back has another address than the one named. It is asked for again."),
    }.get(state, "")
