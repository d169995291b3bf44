"""A draft as the listing that it would become: the catalogue's own templates show it, so buyers will see the same."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from accounts.models import Account, User
from contracts.models import Chain
from marketplace.listings.models import Listing
from marketplace.listings.offers import Offer
from marketplace.listings.records import COLUMNS, row_of
from marketplace.manifest.fields import PART
from marketplace.onchain.models.listings import ListingState, OnchainListing, OnchainPlan

from .earning import Priced
from .models import Draft, DraftFile
from .recording import FileLine, record_of

PERIOD = 30 * 86_400
UNNAMED = "unnamed"


def listing_of(
    draft: Draft, *, user: User, owner: str, chain: Chain | None, plans: Sequence[Priced], files: Sequence[DraftFile]
) -> Listing:
    """Return the listing that a draft would become, kept nowhere. It is shown as one that can be bought."""
    lines = [FileLine(each.path, each.blob.sha256, each.blob.cid, each.blob.size) for each in files if each.blob]
    name = str((draft.manifest.get("model") or {}).get("name", "")).rpartition("/")[2]
    # What is typed may be no name yet.
    record = record_of(draft.manifest, f"{owner}/{name if re.fullmatch(PART, name) else UNNAMED}", lines)
    columns: dict[str, Any] = dict(zip(COLUMNS, row_of(record), strict=True))
    columns |= {name: json.loads(columns[name]) for name in ("reference_prices", "facts")}
    now = timezone.now()
    listing = Listing(owner=Account(name=owner, user=user), created_at=now, updated_at=now, has_files=True, **columns)
    listing.facts["summary"] = str((draft.manifest.get("model") or {}).get("summary", ""))
    listing.offer = _offer(user, chain, plans) if chain and plans else None
    return listing


def _offer(user: User, chain: Chain, plans: Sequence[Priced]) -> Offer:
    onchain = OnchainListing(chain=chain, model_id="", seller=user.address, state=ListingState.LISTED)
    offered = [
        OnchainPlan(
            listing=onchain, plan=each.kind, token=each.currency.token, price=each.price, period=PERIOD * each.kind
        )
        for each in plans
    ]
    return Offer(chain, onchain, offered)
