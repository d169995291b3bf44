"""Turns the events of vesting, claims and the faucet into facts. Only the indexer calls these."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.indexer.dispatch import fact
from contracts.indexer.records import DecodedEvent, FactRow, fact_row
from contracts.names import CLAIM, COIN, FAUCET, VESTING
from governance.onchain.models.grants import BeneficiaryFact, GrantFact, VestingFact


@fact(VESTING, "ERC20Released")
def vested(event: DecodedEvent) -> Iterator[FactRow]:
    """Vested tokens were released."""
    yield fact_row(VestingFact, event, **event.args)


@fact(VESTING, "EtherReleased")
def vested_coin(event: DecodedEvent) -> Iterator[FactRow]:
    """Vested coin was, which somebody had sent there."""
    yield fact_row(VestingFact, event, token=COIN, amount=event.args["amount"])


@fact(VESTING, "OwnershipTransferred")
def beneficiary(event: DecodedEvent) -> Iterator[FactRow]:
    """What vests is another account's."""
    args = event.args
    yield fact_row(BeneficiaryFact, event, previous=args["previousOwner"], beneficiary=args["newOwner"])


@fact(CLAIM, "Claimed")
def claimed(event: DecodedEvent) -> Iterator[FactRow]:
    """An early user claimed."""
    args = event.args
    given = {"position": args["index"], "account": args["account"], "amount": args["amount"]}
    yield fact_row(GrantFact, event, kind=event.name, **given)


@fact(CLAIM, "Swept")
def swept(event: DecodedEvent) -> Iterator[FactRow]:
    """What nobody claimed went to the treasury."""
    args = event.args
    yield fact_row(GrantFact, event, kind=event.name, account=args["treasury"], amount=args["amount"])


@fact(FAUCET, "Given")
def given(event: DecodedEvent) -> Iterator[FactRow]:
    """The faucet gave."""
    yield fact_row(GrantFact, event, kind=event.name, **event.args)
