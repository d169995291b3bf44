"""Turns the escrow's events into facts, folds and tallies. Only the indexer calls these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.indexer.dispatch import fact, tally
from contracts.indexer.folding import RowFold, fold
from contracts.indexer.records import DecodedEvent, FactRow, fact_row
from contracts.names import ESCROW
from marketplace.onchain.models.escrow import ChargeFact, DepositFact, EscrowKey, EscrowRequest


def _account(args: dict[str, Any]) -> str:
    return f"{args['payer']}:{args['token']}"


def _key(args: dict[str, Any]) -> str:
    return f"{args['payer']}:{args['keyId']}"


tally(  # what a payer has in the escrow, by payer and token
    "escrow",
    InferenceEscrow={
        "Deposited": lambda args: [(_account(args), args["amount"])],
        "Charged": lambda args: [(_account(args), -args["amount"])],
        "Withdrawn": lambda args: [(_account(args), -args["amount"])],
    },
)
# What a payer has drawn in all, by payer and token: what the ledger of paid use compares itself with.
tally("withdrawn", InferenceEscrow={"Withdrawn": lambda args: [(_account(args), args["amount"])]})
# By key as well, because an authorisation's ceiling is its key's and not its payer's.
tally("spent", InferenceEscrow={"Charged": lambda args: [(_key(args), args["amount"])]})


@fact(ESCROW, "Deposited")
def deposit(event: DecodedEvent) -> Iterator[FactRow]:
    """Somebody added to a payer's balance."""
    args = event.args
    given = {name: args[name] for name in ("payer", "token", "amount")}
    # Anybody may deposit for a payer; ``from`` is a keyword of Python.
    yield fact_row(DepositFact, event, **given, sender=args["from"])


@fold("escrow-key", InferenceEscrow=dict.fromkeys(("Authorised", "Revoked"), _key))
class KeyFold(RowFold):
    """What a payer authorised a key for. The key is ``payer:key id``; the last authorisation is the widest."""

    model, named_by = EscrowKey, ("payer", "key_id")

    def step(self, event: DecodedEvent) -> None:
        """Both events carry the end: revoking brings it forward."""
        args = event.args
        self.state["valid_until"] = args["validUntil"]
        if event.name == "Revoked":
            self.state["is_revoked"] = True
        else:
            self.state |= {"token": args["token"], "ceiling": args["ceiling"]}


@fold("escrow-request", InferenceEscrow=dict.fromkeys(("WithdrawalRequested", "Withdrawn"), _account))
class RequestFold(RowFold):
    """What a payer asks to have back. The key is ``payer:token``; the last request counts, until it is drawn."""

    model, named_by = EscrowRequest, ("payer", "token")

    def step(self, event: DecodedEvent) -> None:
        """A request for nothing is how a payer takes the earlier one back."""
        args, asked = event.args, event.name == "WithdrawalRequested" and event.args["amount"]
        self.state = {"amount": asked, "ready_at": args["readyAt"]} if asked else {}


@fact(ESCROW, "Charged")
def charge(event: DecodedEvent) -> Iterator[FactRow]:
    """Metered use was settled."""
    args = event.args
    same = {name: args[name] for name in ("payer", "token", "amount", "fee", "day")}
    yield fact_row(
        ChargeFact, event, **same, key_id=args["keyId"], model_id=args["modelId"], split_hash=args["splitHash"]
    )
