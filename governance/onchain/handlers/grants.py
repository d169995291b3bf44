"""Turns the events of vesting, claims and the faucet into facts. Only the indexer calls these."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.indexer.dispatch import fact
from contracts.indexer.records import record_of
from contracts.models import Event
from contracts.names import CLAIM, COIN, FAUCET, VESTING
from governance.onchain.models.grants import BeneficiaryFact, GrantFact, VestingFact


@fact(VESTING, "ERC20Released")
def vested(event: Event) -> Iterator[VestingFact]:
    """Vested tokens were released."""
    yield VestingFact(**record_of(event), **event.args)


@fact(VESTING, "EtherReleased")
def vested_coin(event: Event) -> Iterator[VestingFact]:
    """Vested coin was, which somebody had sent there."""
    yield VestingFact(**record_of(event), token=COIN, amount=event.args["amount"])


@fact(VESTING, "OwnershipTransferred")
def beneficiary(event: Event) -> Iterator[BeneficiaryFact]:
    """What vests is another account's."""
    args = event.args
    yield BeneficiaryFact(**record_of(event), previous=args["previousOwner"], beneficiary=args["newOwner"])


@fact(CLAIM, "Claimed")
def claimed(event: Event) -> Iterator[GrantFact]:
    """An early user claimed."""
    args = event.args
    given = {"position": args["index"], "account": args["account"], "amount": args["amount"]}
    yield GrantFact(**record_of(event), kind=event.name, **given)


@fact(CLAIM, "Swept")
def swept(event: Event) -> Iterator[GrantFact]:
    """What nobody claimed went to the treasury."""
    args = event.args
    yield GrantFact(**record_of(event), kind=event.name, account=args["treasury"], amount=args["amount"])


@fact(FAUCET, "Given")
def given(event: Event) -> Iterator[GrantFact]:
    """The faucet gave."""
    yield GrantFact(**record_of(event), kind=event.name, **event.args)
