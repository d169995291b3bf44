"""Passes that were minted or moved."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.indexer.dispatch import fact
from contracts.indexer.records import DecodedEvent, FactRow, fact_row
from contracts.names import PASS
from marketplace.onchain.models.passes import PassTransferFact

from .records import model_of_pass


@fact(PASS, "TransferSingle")
def pass_transfer(event: DecodedEvent) -> Iterator[FactRow]:
    """Passes of one model were minted or moved."""
    yield _transfer(event, 0, event.args["id"], event.args["value"])


@fact(PASS, "TransferBatch")
def pass_transfers(event: DecodedEvent) -> Iterator[FactRow]:
    """Passes of several models moved at once."""
    # One log becomes several facts, so ``item`` is part of their key.
    for item, (pass_id, quantity) in enumerate(zip(event.args["ids"], event.args["values"], strict=True)):
        yield _transfer(event, item, pass_id, quantity)


def _transfer(event: DecodedEvent, item: int, pass_id: int, quantity: int) -> FactRow:
    return fact_row(
        PassTransferFact,
        event,
        item=item,
        model_id=model_of_pass(pass_id),
        sender=event.args["from"],
        recipient=event.args["to"],
        quantity=quantity,
    )
