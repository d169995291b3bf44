"""A proposal's batch as the DAO's contracts take it: by them it is queued, executed, or stopped."""

from __future__ import annotations

from eth_utils.crypto import keccak

from accounts.models import User
from contracts.chain import codec
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.names import DAO, GUARD

from .models.proposals import OnchainProposal


def batch_of(proposal: OnchainProposal) -> list[codec.Value]:
    """Return targets, values in wei, calldatas, and the hash of the description: a proposal's name in every call."""
    named = "0x" + keccak(text=proposal.description).hex()
    return [proposal.targets, [int(value) for value in proposal.values], proposal.calldatas, named]


def prepare_queueing(*, user: User, proposal: OnchainProposal) -> WalletCall:
    """Return the transaction that puts what has succeeded into the timelock. Anybody may. Raises as check_call."""
    return prepare_call(proposal.chain, user.address, DAO, "queue", batch_of(proposal))


def prepare_execution(*, user: User, proposal: OnchainProposal) -> WalletCall:
    """Return the transaction that does what a queued proposal says. Anybody may. Raises as check_call."""
    return prepare_call(proposal.chain, user.address, DAO, "execute", batch_of(proposal))


def prepare_stop(*, user: User, proposal: OnchainProposal) -> WalletCall:
    """Return the transaction by which the guardian's member cancels a proposal. Raises as check_call."""
    return prepare_call(proposal.chain, user.address, GUARD, "cancel", batch_of(proposal))
