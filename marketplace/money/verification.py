"""Compares what the splitter owes in each token by our facts with what it holds, and with what the contracts say."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.chain import codec
from contracts.chain.client import GAS_OF_OTHERS, client
from contracts.currencies import ERC20
from contracts.indexer.verify import verify_chain
from contracts.models import Chain, Verification
from contracts.names import COIN, SPLITTER

from .credits import balances_at
from .ledger import ledger_of


@dataclass
class Total:
    """What the splitter owes in one token at a block, and its ``balance`` there; in smallest units."""

    token: str
    buckets: int = 0
    referrals: int = 0
    held: int = 0
    credits: int = 0
    balance: int = 0

    @property
    def owed(self) -> int:
        """All of it together."""
        return self.buckets + self.referrals + self.held + self.credits

    @property
    def is_covered(self) -> bool:
        """Whether everybody can be paid; what is above that somebody sent there unasked, and it is nobody's."""
        return self.balance >= self.owed


def money_at(*, chain: Chain, number: int) -> tuple[list[Total], Verification]:
    """Return the totals of a chain at a block, and how all its figures compare with the contracts there.

    The comparison is kept, and pages show it. Raises as ``verify_chain``.
    """
    found = verify_chain(chain=chain, rpc=client(chain), number=number)
    return totals_at(chain, number), found


def totals_at(chain: Chain, number: int) -> list[Total]:
    """Return what the splitter owes by our facts, and what the chain says that it has, by token."""
    # With the coin always, so that a chain without sales shows zeros and not an empty table.
    totals: dict[str, Total] = {COIN: Total(COIN)}
    kept = ledger_of(chain, number)
    for key, bucket in kept.buckets.items():
        _of(totals, key.token).buckets += bucket.gross
    for referral, amount in kept.referrals.items():
        _of(totals, referral.token).referrals += amount
    for token, amount in kept.held.items():
        _of(totals, token).held += amount
    for (_account, token), balance in balances_at(chain, number, number).items():
        # Not ``available``: a sum below zero is a fault that has to show.
        _of(totals, token).credits += balance.left
    for total in totals.values():
        total.balance = _balance(chain, total.token, number)
    return sorted(totals.values(), key=lambda total: total.token)


def _of(totals: dict[str, Total], token: str) -> Total:
    return totals.setdefault(token, Total(token))


def _balance(chain: Chain, token: str, number: int) -> int:
    rpc, splitter = client(chain), chain.deployment[SPLITTER]
    if token == COIN:
        return rpc.quantity("eth_getBalance", splitter, hex(number))
    # A token is somebody else's code, and could keep the node busy.
    answer = rpc.eth_call(token, codec.call_data(ERC20, "balanceOf", [splitter]), block=number, gas=GAS_OF_OTHERS)
    return int(codec.decode_result(ERC20, "balanceOf", answer))
