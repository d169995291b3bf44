"""The calls that carry signed messages to the contracts."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.chain import codec
from contracts.names import DAO, RELAY, TOKEN

from .models import Kind, SignedMessage

A_BALLOT = 150_000  # gas: what a ballot of a batch takes at most, where it is a first vote that moves the deadline
AROUND = 400_000  # the transaction itself, and what VoteRelay wants to see left before its last ballot
ALONE = 1_100_000  # a ballot in a batch of its own, whose account may judge by code
MOST_ALONE = 600_000  # what is sent to the DAO or the token itself: more is hostile or broken
A_BYTE = 16  # of call data
MOST_TOGETHER = 20  # ballots in a batch


def single_call(message: SignedMessage) -> tuple[str, str]:
    """Return the contract, and the data of the call that brings a message by itself."""
    if message.kind == Kind.DELEGATION:
        made = codec.to_bytes(message.signature)
        r, s, v = made[:32], made[32:64], made[64]
        expiry = int(message.expiry.timestamp()) if message.expiry else 0
        return TOKEN, codec.call_data(TOKEN, "delegateBySig", [message.delegatee, int(message.nonce), expiry, v, r, s])
    ballot = [message.proposal, message.support, message.account]
    if message.reason:
        args = [*ballot, message.reason, "0x", message.signature]
        return DAO, codec.call_data(DAO, "castVoteWithReasonAndParamsBySig", args)
    return DAO, codec.call_data(DAO, "castVoteBySig", [*ballot, message.signature])


def batch_call(messages: Sequence[SignedMessage]) -> str:
    """Return the data of the call that brings ballots without reasons together."""
    ballots = [
        {"proposalId": each.proposal, "support": each.support, "voter": each.account, "signature": each.signature}
        for each in messages
    ]
    return codec.call_data(RELAY, "relay", [ballots])


def batch_gas(messages: Sequence[SignedMessage]) -> int:
    """Return the most gas that such a batch gets."""
    if len(messages) == 1:
        return ALONE + len(messages[0].signature) // 2 * A_BYTE
    return AROUND + len(messages) * A_BALLOT
