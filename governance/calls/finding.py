"""The proposal whose actions are asked for, and how often they may be tried."""

from __future__ import annotations

from common.errors import NotFoundError
from common.limits import limit_client
from contracts.models import Chain
from governance.ground.home import now_on
from governance.onchain.models.proposals import OnchainProposal

MOST = 2**63 - 1  # what the column holds
MOST_TRIED, SECONDS = 60, 60  # simulations that one network may cause: each is a question to somebody's node


def limit_trials(client_address: str) -> None:
    """Count one more simulation for a network. Raises TooManyError past MOST_TRIED."""
    limit_client("simulations", client_address, MOST_TRIED, SECONDS)


def found_proposal(chain: Chain, number: int) -> OnchainProposal:
    """Return a proposal with its standing. Raises NotFoundError where there is none of that number."""
    standing = OnchainProposal.objects.filter(chain=chain).with_standing(now_on(chain))
    found = standing.filter(number=number).first() if number <= MOST else None
    if found is None:
        raise NotFoundError
    found.chain = chain
    return found
