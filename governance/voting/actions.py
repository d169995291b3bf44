"""Voting by a transaction of one's own: the server prepares and tries it, the voter's wallet signs and sends it."""

from __future__ import annotations

from accounts.models import User
from common.errors import NotFoundError
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.models import Chain
from contracts.names import DAO

MOST_NUMBER = 2**63 - 1  # what the column of numbers holds


def prepare_vote(*, user: User, chain: Chain, number: int, support: int, reason: str = "") -> WalletCall:
    """Return the transaction that votes. Raises as ``contracts.chain.preflight.check_call``: the DAO knows who may.

    NotFoundError is for a number that no proposal can have.
    """
    if number > MOST_NUMBER:
        raise NotFoundError
    if reason:
        return prepare_call(chain, user.address, DAO, "castVoteWithReason", [number, support, reason])
    return prepare_call(chain, user.address, DAO, "castVote", [number, support])
