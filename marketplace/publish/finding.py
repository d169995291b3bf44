"""Which drafts somebody may read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Concat, JSONObject, Lower

from accounts.models import User
from marketplace.checks.models import Inspection
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.listings import OnchainListing

from .errors import DraftNotFoundError
from .hooks import with_servers
from .models import Draft

MOST_KEY = 43


def own_draft(user: User, draft_id: UUID | str) -> Draft:
    """Return a draft of the user's own with its files. Raises DraftNotFoundError."""
    return _found(Draft.objects.of(user), draft_id)


def deleted_drafts(user: User) -> QuerySet[Draft]:
    """Return what the user has deleted and can still bring back."""
    return Draft.objects.filter(user=user).exclude(deleted_at=None).order_by("-deleted_at")


def shared_draft(key: str) -> Draft:
    """Return the draft whose owner gave out this key. Raises DraftNotFoundError."""
    # Without the first an empty key would find what nobody shares.
    if not key or len(key) > MOST_KEY or "\x00" in key:
        raise DraftNotFoundError
    found = around(Draft.objects.kept().filter(share_key=key)).first()
    if found is None:
        raise DraftNotFoundError
    return found


def drafts_of(user: User) -> QuerySet[Draft]:
    """Return a user's drafts, the one that was changed last first."""
    return Draft.objects.of(user)


def around(drafts: QuerySet[Draft]) -> QuerySet[Draft]:
    """Read drafts with what their pages show of other tables, in the same query: whose they are and under which name,
    what was given to be checked, where on chains the model is that each was made from, and which servers answer."""
    inspected = Inspection.objects.filter(subject=Concat(Value("draft:"), Cast(OuterRef("pk"), TextField())))
    parents = Adoption.objects.alias(lower_name=Lower("listing__name")).filter(
        lower_name=Lower(OuterRef("said_parent"))
    )
    place = parents.order_by("pk").values(place=JSONObject(chain="chain_id", model_id="model_id"))
    added: dict[str, Any] = {
        "inspected": Subquery(inspected.values("files")),
        "parents": ArraySubquery(place),
        "category": category_of("chain_id", "model_id"),
    }
    said = drafts.select_related("user__account").alias(said_parent=KT("manifest__adapted_from__parent"))
    return with_servers(said.annotate(**added))


def category_of(chain: str, model_id: str) -> Any:
    """Return, for a query of what names a place on a chain, the category that the listing there has; None for none."""
    there = OnchainListing.objects.filter(chain=OuterRef(chain), model_id=OuterRef(model_id))
    return Subquery(there.values("category")[:1])


def _found(drafts: QuerySet[Draft], draft_id: UUID | str) -> Draft:
    try:
        found = around(drafts.filter(pk=draft_id)).first()
    except (ValueError, ValidationError) as error:
        raise DraftNotFoundError from error
    if found is None:
        raise DraftNotFoundError
    return found
