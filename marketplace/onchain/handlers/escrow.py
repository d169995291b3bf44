"""Turns the escrow's events into facts, folds and tallies. Only the indexer calls these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from contracts.indexer.dispatch import fact, fold, tally
from contracts.models import Chain, Event
from contracts.names import ESCROW
from marketplace.onchain.models.escrow import ChargeFact, DepositFact, EscrowKey, EscrowRequest

from .records import record_of


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
# By key as well, because an authorisation's ceiling is its key's and not its payer's.
tally("spent", InferenceEscrow={"Charged": lambda args: [(_key(args), args["amount"])]})


@fact(ESCROW, "Deposited")
def deposit(event: Event) -> Iterator[DepositFact]:
    """Somebody added to a payer's balance."""
    args = event.args
    yield DepositFact(
        # Anybody may deposit for a payer; ``from`` is a keyword of Python.
        **record_of(event),
        **{name: args[name] for name in ("payer", "token", "amount")},
        sender=args["from"],
    )


@fold("escrow-key", InferenceEscrow=dict.fromkeys(("Authorised", "Revoked"), _key))
def fold_key(chain: Chain, key: str, events: Sequence[Event]) -> None:
    """Write what a payer authorised a key for. ``key`` is ``payer:key id``; the last authorisation is the widest."""
    payer, _, key_id = key.partition(":")
    EscrowKey.objects.filter(chain=chain, payer=payer, key_id=key_id).delete()
    made = EscrowKey(chain=chain, payer=payer, key_id=key_id)
    for event in events:
        args = event.args
        # Both events carry the end: revoking brings it forward.
        made.valid_until = args["validUntil"]
        if event.name == "Revoked":
            made.is_revoked = True
        else:
            made.token, made.ceiling = args["token"], args["ceiling"]
    if events:
        made.save()


@fold("escrow-request", InferenceEscrow=dict.fromkeys(("WithdrawalRequested", "Withdrawn"), _account))
def fold_request(chain: Chain, key: str, events: Sequence[Event]) -> None:
    """Write what a payer asks to have back. ``key`` is ``payer:token``; the last request counts, until it is drawn."""
    payer, _, token = key.partition(":")
    EscrowRequest.objects.filter(chain=chain, payer=payer, token=token).delete()
    # A request for nothing is how a payer takes the earlier one back.
    if not events or events[-1].name == "Withdrawn" or not events[-1].args["amount"]:
        return
    args = events[-1].args
    EscrowRequest.objects.create(chain=chain, payer=payer, token=token, amount=args["amount"], ready_at=args["readyAt"])


@fact(ESCROW, "Charged")
def charge(event: Event) -> Iterator[ChargeFact]:
    """Metered use was settled."""
    args = event.args
    same = {name: args[name] for name in ("payer", "token", "amount", "fee", "day")}
    yield ChargeFact(
        **record_of(event), **same, key_id=args["keyId"], model_id=args["modelId"], split_hash=args["splitHash"]
    )
