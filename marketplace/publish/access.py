"""Who may have a model, from the first moment that it is listed: as its manifest said."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from marketplace.gating.actions import set_gate, set_rule
from marketplace.listings.models import Listing


def take_access(*, user: User, listing: Listing, access: dict[str, Any]) -> None:
    """Set gate and rules of a new listing; in the transaction that makes it. Again changes nothing."""
    if access.get("mode", "open") != "open":
        set_gate(user=user, listing=listing, is_on=True)
    said = dict.fromkeys(access.get("allow", []), True) | dict.fromkeys(access.get("deny", []), False)
    for address, allows in said.items():
        # Its seller always has access to it, and needs no line.
        if address != user.address:
            set_rule(user=user, listing=listing, address=address, allows=allows)
