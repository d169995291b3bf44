"""Proposals as the list's page and the API find them: filtered by what stands with them, the newest first."""

from __future__ import annotations

from datetime import datetime

from contracts.models import Chain
from governance.onchain.models.proposals import OnchainProposal, ProposalQuerySet, ProposalState

GROUPS: dict[str, tuple[ProposalState, ...]] = {
    "under-way": (ProposalState.PENDING, ProposalState.ACTIVE, ProposalState.SUCCEEDED, ProposalState.QUEUED),
    "done": (ProposalState.EXECUTED, ProposalState.DEFEATED, ProposalState.CANCELED, ProposalState.EXPIRED),
}


def find_proposals(chain: Chain, now: datetime, *, group: str = "") -> ProposalQuerySet:
    """Return the proposals of a group of states at a time of the chain, or all of them, the newest first."""
    found = OnchainProposal.objects.filter(chain=chain).with_standing(now).order_by("-number")
    return found.in_states(GROUPS[group]) if group in GROUPS else found
