"""The texts of unclaimed models as people report them and moderators decide about them; the key is ``chain/id``."""

from __future__ import annotations

from common.templatetags.look import hash_short
from common.text import well_formed
from marketplace.ground.contents import Kind, Subject
from marketplace.ground.decisions import Content, ModerationDecision
from marketplace.listings.versions import MetadataDocument

from .documents import card_text
from .models import UnclaimedListing, UnclaimedQuerySet

MOST_CARD = 20_000  # characters of a card that moderators read here


def find(key: str) -> Subject | None:
    """Return what an unclaimed model says of itself, hidden or not; None where none waits. At most two queries."""
    row = _rows(key).select_related("chain", "decision").first()
    if row is None:
        return None
    return Subject(
        content=Content.UNCLAIMED,
        key=row.key,
        title=row.title or hash_short(row.model_id),
        path=row.get_absolute_url(),
        author=row.seller,
        text="\n\n".join(filter(None, (row.title, row.summary, row.named, _card(row)))),
        at=row.listed_at,
        parties=frozenset({row.seller}),
        decision=row.decision,
    )


def _card(row: UnclaimedListing) -> str:
    kept = MetadataDocument.objects.filter(pk=row.card).first() if row.card else None
    return (card_text(bytes(kept.content)) or "")[:MOST_CARD] if kept else ""


def _rows(key: str) -> UnclaimedQuerySet:
    chain, _slash, model_id = well_formed(key).partition("/")
    return UnclaimedListing.objects.filter(chain__short_name=chain, model_id=model_id)


def _lock(key: str) -> object:
    return _rows(key).select_for_update(of=("self",)).first()


def _mark(key: str, decision: ModerationDecision | None) -> object:
    return _rows(key).update(decision=decision)


KIND = Kind(Content.UNCLAIMED, find, _lock, _mark)
