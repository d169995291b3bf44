"""Turns the token's events into facts, folds and tallies. Only the indexer calls these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.indexer.dispatch import fact, tally
from contracts.indexer.folding import Aggregate, fold
from contracts.indexer.records import record_of
from contracts.models import Event
from contracts.names import COIN, TOKEN
from governance.onchain.models.power import (
    ALL_POWER,
    BALANCE,
    LOCKED,
    POWER,
    TOTAL,
    DelegationFact,
    OnchainDelegation,
    PowerFact,
    TransferFact,
)

tally(
    BALANCE,
    LatticeToken={
        "Transfer": lambda args: [
            (account, amount)
            for account, amount in ((args["from"], -args["value"]), (args["to"], args["value"]))
            if account != COIN  # which the supply came from
        ]
    },
)
tally(
    LOCKED,
    LatticeToken={
        "Locked": lambda args: [(args["account"], args["amount"])],
        "Unlocked": lambda args: [(args["account"], -args["amount"])],
    },
)


# Of absolute numbers, so that whoever misses no event has the contract's own: the differences add up to the last one.
tally(POWER, LatticeToken={"DelegateVotesChanged": lambda args: [(args["delegate"], _gained(args))]})
tally(TOTAL, LatticeToken={"DelegateVotesChanged": lambda args: [(ALL_POWER, _gained(args))]})


def _gained(args: dict[str, Any]) -> int:
    return int(args["newVotes"]) - int(args["previousVotes"])


@fact(TOKEN, "Transfer")
def transfer(event: Event) -> Iterator[TransferFact]:
    """LATTICE moved."""
    args = event.args
    yield TransferFact(**record_of(event), sender=args["from"], recipient=args["to"], amount=args["value"])


@fact(TOKEN, "DelegateVotesChanged")
def power(event: Event) -> Iterator[PowerFact]:
    """An account's votes changed."""
    yield PowerFact(**record_of(event), account=event.args["delegate"], votes=event.args["newVotes"])


@fact(TOKEN, "DelegateChanged")
def delegation(event: Event) -> Iterator[DelegationFact]:
    """An account delegated."""
    args = event.args
    given = {"delegator": args["delegator"], "previous": args["fromDelegate"], "delegate": args["toDelegate"]}
    yield DelegationFact(**record_of(event), **given)


@fold("delegation", LatticeToken={"DelegateChanged": lambda args: args["delegator"]})
class DelegationFold(Aggregate):
    """Whom an account delegates to. The key is the account."""

    def step(self, event: Event) -> None:
        """The last delegation holds."""
        self.state = {"delegate": event.args["toDelegate"], "changed_block": event.block_number}

    def save(self) -> None:
        """Write it, or remove it."""
        OnchainDelegation.objects.filter(chain=self.chain, delegator=self.key).delete()
        if self.state:
            OnchainDelegation.objects.create(chain=self.chain, delegator=self.key, **self.state)
