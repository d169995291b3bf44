"""Addresses that look like one that is known here: whoever reads only their two ends would take one for the other."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from accounts.models import User
from contracts.models import Chain, RoleMember
from governance.onchain.models.power import OnchainDelegation

ENDS = (6, -4)  # of an address, as pages shorten it: 0x1234…5678
MOST = 40  # addresses that are compared


def lookalikes(chain: Chain, addresses: Collection[str]) -> dict[str, str]:
    """Return those that are unknown and have the ends of a known address, each with that one. One query at most.

    Known are our contracts, people who have signed in, delegates, and holders of roles.
    """
    ours = set(chain.deployment.values())
    asked = sorted({each for each in addresses if each not in ours})[:MOST]
    if not asked:
        return {}
    known = {_ends(place): place for place in ours}
    people = User.objects.filter(_like("address", asked)).values_list("address", flat=True)
    delegates = OnchainDelegation.objects.filter(_like("delegate", asked), chain=chain).values_list(
        "delegate", flat=True
    )
    holders = RoleMember.objects.filter(_like("account", asked), chain=chain).values_list("account", flat=True)
    found = set(people.union(delegates.values_list("delegate", flat=True), holders))
    known |= {_ends(each): each for each in found}
    return {each: known[_ends(each)] for each in asked if each not in found and _ends(each) in known}


def _like(field: str, addresses: list[str]) -> Q:
    found = Q()
    for each in addresses:
        start, end = _ends(each)
        found |= Q(**{f"{field}__startswith": start, f"{field}__endswith": end})
    return found


def _ends(address: str) -> tuple[str, str]:
    return address[: ENDS[0]], address[ENDS[1] :]
