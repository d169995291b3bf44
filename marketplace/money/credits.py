"""What accounts may withdraw, in smallest units: pages show it and ``verify_chain`` compares it from the same sums."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Sum, Value

from common.fields import WeiField
from contracts.currencies import Currency, currency_of
from contracts.models import Chain
from contracts.names import COIN
from marketplace.onchain.models.sales import CreditFact, WithdrawalFact

AccountToken = tuple[str, str]


@dataclass
class Balance:
    """What an account was credited with, and what it has withdrawn, in one currency."""

    credited: int = 0
    withdrawn: int = 0

    @property
    def left(self) -> int:
        """What is left of it; below zero where more credits are counted on chain than here."""
        return self.credited - self.withdrawn

    @property
    def available(self) -> int:
        """What it can withdraw."""
        # Credits wait to be final and withdrawals do not, so for a while the rest can be below zero.
        return max(0, self.left)


@dataclass(frozen=True)
class Credit:
    """What an account can withdraw on a chain, in one currency."""

    chain: Chain
    token: str
    balance: Balance

    @property
    def currency(self) -> Currency:
        """What it is counted in."""
        return currency_of(self.chain, self.token)


def balances_at(chain: Chain, credited: int, withdrawn: int, **of: object) -> dict[AccountToken, Balance]:
    """Return balances by (account, token), of credits and withdrawals up to a block each. One query.

    ``of`` are lookups that both fulfil, such as ``account``; without them it is every account of the chain.
    """
    found: dict[AccountToken, Balance] = defaultdict(Balance)
    # One statement sees one state; between two the indexer may commit a block.
    sums = _summed(CreditFact, chain, credited, of).union(_summed(WithdrawalFact, chain, withdrawn, of), all=True)
    for account, token, came, went in sums:
        found[account, token].credited += int(came)
        found[account, token].withdrawn += int(went)
    return dict(found)


def balance_of(account: str, chain: Chain) -> Balance:
    """Return what an account can withdraw in the chain's coin. As ``credits_of``."""
    found = {credit.token: credit.balance for credit in credits_of(account, chain)}
    return found.get(COIN, Balance())


def credits_of(account: str, chain: Chain, head: int | None = None) -> list[Credit]:
    """Return the currencies in which an account was ever credited, refunds among them. One query, and the head's.

    Money in counts at final blocks, money out at first sight.
    """
    head = chain.head() if head is None else head
    found = balances_at(chain, head - chain.confirmations, head, account=account)
    # Of money in only what is certain, of money out all that is known: never more than can be had.
    return [Credit(chain, token, balance) for (_account, token), balance in sorted(found.items()) if balance.credited]


def _summed(
    model: type[CreditFact | WithdrawalFact], chain: Chain, block: int, of: dict[str, object]
) -> QuerySet[Any, tuple[str, str, int, int]]:
    facts = model._default_manager.filter(chain=chain, block_number__lte=block, **of).order_by()
    none, amount = Value(0, WeiField()), Sum("amount")
    came, went = (amount, none) if model is CreditFact else (none, amount)
    return (
        facts.values("account", "token").annotate(came=came, went=went).values_list("account", "token", "came", "went")
    )
