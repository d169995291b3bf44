"""What accounts may withdraw, in smallest units."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Sum

from contracts.models import Chain
from contracts.names import COIN
from marketplace.onchain.models.sales import CreditFact, WithdrawalFact


@dataclass(frozen=True)
class Balance:
    """What an account was credited with at final blocks, and what it has withdrawn at first sight, in the coin."""

    credited: int
    withdrawn: int

    @property
    def available(self) -> int:
        """What it can withdraw."""
        return max(0, self.credited - self.withdrawn)


def balance_of(account: str, chain: Chain) -> Balance:
    """Return what an account can withdraw in the chain's coin. Two queries, and the chain's head."""
    own = {"chain": chain, "account": account, "token": COIN}
    credited = CreditFact.objects.filter(**own, block_number__lte=chain.final_block()).aggregate(sum=Sum("amount"))
    withdrawn = WithdrawalFact.objects.filter(**own).aggregate(sum=Sum("amount"))
    return Balance(credited["sum"] or 0, withdrawn["sum"] or 0)


@dataclass(frozen=True)
class Credit:
    """What an account can withdraw on a chain, in one currency."""

    chain: Chain
    token: str
    balance: Balance


def credits_of(account: str, chain: Chain) -> list[Credit]:
    """Return the currencies in which an account was ever credited, refunds among them. Two queries, and the head."""
    own = {"chain": chain, "account": account}
    final = CreditFact.objects.filter(**own, block_number__lte=chain.final_block())
    credited = dict(final.values_list("token").annotate(sum=Sum("amount")))
    withdrawn = dict(WithdrawalFact.objects.filter(**own).values_list("token").annotate(sum=Sum("amount")))
    return [
        Credit(chain, token, Balance(int(amount), int(withdrawn.get(token, 0))))
        for token, amount in sorted(credited.items())
    ]
