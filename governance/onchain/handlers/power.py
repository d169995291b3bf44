"""Turns the token's events into facts, folds and tallies. Only the indexer calls these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.indexer.dispatch import fact, tally
from contracts.indexer.folding import RowFold, fold
from contracts.indexer.records import DecodedEvent, FactRow, fact_row
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
def transfer(event: DecodedEvent) -> Iterator[FactRow]:
    """LATTICE moved."""
    args = event.args
    yield fact_row(TransferFact, event, sender=args["from"], recipient=args["to"], amount=args["value"])


@fact(TOKEN, "DelegateVotesChanged")
def power(event: DecodedEvent) -> Iterator[FactRow]:
    """An account's votes changed."""
    yield fact_row(PowerFact, event, account=event.args["delegate"], votes=event.args["newVotes"])


@fact(TOKEN, "DelegateChanged")
def delegation(event: DecodedEvent) -> Iterator[FactRow]:
    """An account delegated."""
    args = event.args
    given = {"delegator": args["delegator"], "previous": args["fromDelegate"], "delegate": args["toDelegate"]}
    yield fact_row(DelegationFact, event, **given)


@fold("delegation", LatticeToken={"DelegateChanged": lambda args: args["delegator"]})
class DelegationFold(RowFold):
    """Whom an account delegates to. The key is the account."""

    model, named_by = OnchainDelegation, ("delegator",)

    def step(self, event: DecodedEvent) -> None:
        """The last delegation holds."""
        self.state = {"delegate": event.args["toDelegate"], "changed_block": event.block_number}
