"""What the escrow does, in exact integers and in as few words as can be: the contract is held against it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

GRACE = 2 * 86_400


class RefusedError(Exception):
    """The escrow refuses, with the error of this name."""


@dataclass
class Account:
    balance: int = 0
    requested: int = 0
    ready_at: int = 0

    def chargeable(self, now: int) -> int:
        if self.ready_at == 0 or now < self.ready_at:
            return self.balance
        return max(self.balance - self.requested, 0)


@dataclass
class Key:
    token: str = ""
    ceiling: int = 0
    valid_until: int = 0
    spent: int = 0
    revoked: bool = False


@dataclass
class Escrow:
    """``delay`` is seconds from asking for a withdrawal to getting it, ``fee_bps`` the protocol's part of charges."""

    delay: int
    fee_bps: int
    accounts: dict[tuple[str, str], Account] = field(default_factory=lambda: defaultdict(Account))
    keys: dict[tuple[str, str], Key] = field(default_factory=lambda: defaultdict(Key))

    def deposit(self, now: int, payer: str, token: str, amount: int) -> None:
        _require(amount > 0, "ZeroAmount")
        self.accounts[payer, token].balance += amount

    def authorise(self, now: int, payer: str, key_id: str, token: str, ceiling: int, valid_until: int) -> None:
        _require(valid_until >= now, "AuthorisationExpired")
        key = self.keys[payer, key_id]
        _require(not key.revoked, "KeyRevoked")
        if key.valid_until:
            wider = ceiling >= key.ceiling and valid_until >= key.valid_until and token == key.token
            _require(wider, "AuthorisationNarrowed")
        key.token, key.ceiling, key.valid_until = token, ceiling, valid_until

    def revoke(self, now: int, payer: str, key_id: str) -> None:
        key = self.keys[payer, key_id]
        _require(not key.revoked, "KeyRevoked")
        key.revoked, key.valid_until = True, min(key.valid_until, now)

    def settle(self, now: int, payer: str, key_id: str, amount: int) -> int:
        """Return the fee in the charge."""
        key = self.keys[payer, key_id]
        _require(amount > 0, "ZeroAmount")
        _require(key.valid_until > 0, "NotAuthorised")
        _require(now <= key.valid_until + GRACE, "AuthorisationExpired")
        _require(key.spent + amount <= key.ceiling, "CeilingExceeded")
        account = self.accounts[payer, key.token]
        _require(amount <= account.chargeable(now), "BalanceExceeded")
        key.spent += amount
        account.balance -= amount
        return amount * self.fee_bps // 10_000

    def request(self, now: int, payer: str, token: str, amount: int) -> None:
        account = self.accounts[payer, token]
        _require(amount <= account.balance, "BalanceExceeded")
        account.requested, account.ready_at = amount, now + self.delay if amount else 0

    def withdraw(self, now: int, payer: str, token: str) -> int:
        """Return what is paid."""
        account = self.accounts[payer, token]
        amount = min(account.requested, account.balance)
        _require(amount > 0 and now >= account.ready_at, "NotWithdrawable")
        account.balance -= amount
        account.requested = account.ready_at = 0
        return amount


def _require(condition: bool, error: str) -> None:
    if not condition:
        raise RefusedError(error)
