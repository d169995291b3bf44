"""Voting by a transaction of one's own: the server prepares and tries it, the voter's wallet signs and sends it."""

from __future__ import annotations

from accounts.models import User
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.models import Chain
from contracts.names import DAO


def prepare_vote(*, user: User, chain: Chain, number: int, support: int, reason: str = "") -> WalletCall:
    """Return the transaction that votes. Raises as ``contracts.chain.preflight.check_call``: the DAO knows who may."""
    if reason:
        return prepare_call(chain, user.address, DAO, "castVoteWithReason", [number, support, reason])
    return prepare_call(chain, user.address, DAO, "castVote", [number, support])
