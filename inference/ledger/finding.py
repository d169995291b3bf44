"""What the ledger says to people: balances, statements, the cost of a call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from .models import Account, Charge, Receipt


@dataclass(frozen=True)
class Cost:
    """What a call costs in a token's smallest units; at most, while it is not final."""

    chain_id: int
    token: str
    amount: int
    is_final: bool


def balances(address: str) -> QuerySet[Account]:
    """Return what somebody has prepaid, by chain and token, as of when the ledger looked last."""
    return Account.objects.filter(payer=address.lower()).order_by("chain_id", "token")


def cost_of(call_id: UUID) -> Cost | None:
    """Return what a call costs; None where it is paid by nothing that is counted in money. One query."""
    found = Charge.objects.filter(call=call_id).first()
    if found is None:
        return None
    is_final = found.ended_at is not None
    return Cost(found.chain_id, found.token, found.amount if is_final else found.held, is_final)


def receipts_of(calls: Iterable[UUID]) -> dict[UUID, str]:
    """Return the secret addresses of the receipts of paid calls: for their payer alone. One query."""
    return dict(Receipt.objects.filter(call__in=list(calls)).values_list("call", "secret"))


def statement(address: str) -> QuerySet[Charge]:
    """Return the paid calls of a payer, the newest first."""
    return Charge.objects.filter(payer=address.lower()).order_by("-started_at", "-pk")
