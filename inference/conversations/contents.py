"""Shared conversations as people report them and moderators decide about them; the key is their public id."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from common.text import well_formed
from marketplace.ground.contents import Kind, Subject
from marketplace.ground.decisions import Content, ModerationDecision

from .models import SharedConversation

MOST_TEXT = 20_000  # characters that moderators read beside the page itself


def find(key: str) -> Subject | None:
    """Return a shared conversation, hidden or not. One query."""
    row = _rows(key).select_related("user", "decision").first()
    if row is None:
        return None
    return Subject(
        content=Content.SHARED,
        key=str(row.pk),
        # Its words stand in no log: whoever has the address reads them there.
        title=_("A shared conversation with %(model)s") % {"model": row.listing},
        # Not its address: whoever reads the log reads the key, and the form of a report says the path to anybody.
        path=reverse("own-shared", args=[row.pk]),
        author=row.user.address,
        text="\n\n".join(each["content"] for each in row.turns)[:MOST_TEXT],
        at=row.created_at,
        parties=frozenset({row.user.address}),
        decision=row.decision,
        facts={"of_listing": row.listing},
    )


def _rows(key: str) -> QuerySet[SharedConversation]:
    try:
        return SharedConversation.objects.filter(pk=UUID(well_formed(key)))
    except ValueError:
        return SharedConversation.objects.none()


def _lock(key: str) -> object:
    return _rows(key).select_for_update(of=("self",)).first()


def _mark(key: str, decision: ModerationDecision | None) -> object:
    return _rows(key).update(decision=decision)


KIND = Kind(Content.SHARED, find, _lock, _mark)
