"""How things stand now, for whoever drafts: values that a vote may change, and what the treasury may spend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.core.cache import cache

from contracts.chain import codec
from contracts.chain.client import client
from contracts.currencies import ERC20, Currency, currency_of
from contracts.errors import ChainError
from contracts.models import Chain
from contracts.money import BPS
from contracts.names import COIN, TREASURY
from governance.calls.records import Records

from .specs import SPECS, Spec

KEPT = 20  # seconds that what the treasury has is kept, for the block of which it was asked


@dataclass(frozen=True)
class Holding:
    """What the treasury has of an asset, and what one more proposal could take now; amounts in smallest units.

    ``most`` is None where no cap holds for it.
    """

    token: str
    balance: int
    most: int | None


@dataclass(frozen=True)
class Caps:
    """What a proposal, and what thirty days, may take of an asset, in 1/10,000."""

    batch_bps: int
    month_bps: int


@dataclass
class Present:
    """What holds on a chain at ``now`` of its clock. Each part is read once, when it is first asked for."""

    chain: Chain
    now: datetime

    @cached_property
    def records(self) -> Records:
        """What is indexed of parameters and settings: one query."""
        return Records(self.chain)

    def value(self, spec: Spec) -> int | None:
        """Return the present value; None where nothing was recorded."""
        if spec.is_parameter:
            return self.records.parameter(spec.key)
        found = self.records.setting(spec.key)
        return int(found) if found else None

    def setting(self, key: str) -> int | None:
        """Return the present value of the number with this key."""
        return next((self.value(spec) for spec in SPECS if spec.key == key), None)

    @cached_property
    def holdings(self) -> list[Holding] | None:
        """What the treasury may spend; None where the chain does not answer."""
        treasury = self._treasury
        return treasury[1] if treasury else None

    @cached_property
    def caps(self) -> Caps | None:
        """The treasury's caps; None where the chain does not answer."""
        treasury = self._treasury
        return treasury[0] if treasury else None

    def currency(self, token: str) -> Currency:
        """Return an asset with its symbol and decimals."""
        return currency_of(self.chain, token)

    @cached_property
    def _treasury(self) -> tuple[Caps, list[Holding]] | None:
        key = f"drafts:treasury:{self.chain.pk}:{self.chain.genesis_hash}:{self.now.timestamp()}"
        found: tuple[Caps, list[Holding]] | None = cache.get(key)
        if found is None:
            try:
                found = _ask(self.chain, self.records.tokens)
            except ChainError:  # the page says so, and a payment is looked at when it is proposed
                return None
            cache.set(key, found, KEPT)
        return found


def _ask(chain: Chain, others: set[str]) -> tuple[Caps, list[Holding]]:
    """Read the caps, then all balances, in two requests; ``others`` are tokens that no cap may hold for."""
    treasury = chain.deployment[TREASURY]
    (batch, month), listed = _views(chain, [(treasury, TREASURY, "caps", []), (treasury, TREASURY, "assets", [])])
    caps, tokens = Caps(batch, month), [*listed, *sorted(others - set(listed))]
    held = [(token, ERC20, "balanceOf", [treasury]) for token in tokens if token != COIN]
    spent = [(treasury, TREASURY, "spentInMonth", [token]) for token in listed]
    answers = _views(chain, [*held, *spent])
    balances = dict(zip([token for token in tokens if token != COIN], answers, strict=False))
    balances[COIN] = client(chain).quantity("eth_getBalance", treasury, "latest")
    months = dict(zip(listed, answers[len(held) :], strict=True))
    return caps, [
        Holding(each, balances[each], most_of(balances[each], months[each], caps) if each in months else None)
        for each in tokens
    ]


def most_of(balance: int, month: int, caps: Caps) -> int:
    """Return what one proposal may take now, as the treasury counts it; ``month`` went within thirty days."""
    left = (balance + month) * caps.month_bps // BPS - month
    return max(0, min(balance * caps.batch_bps // BPS, left))


def _views(chain: Chain, asked: Sequence[tuple[str, str, str, list[Any]]]) -> list[Any]:
    calls = [
        ("eth_call", ({"to": place, "data": codec.call_data(contract, view, args)}, "latest"))
        for place, contract, view, args in asked
    ]
    answers = client(chain).batch(calls)
    return [
        codec.decode_result(contract, view, answer)
        for (_place, contract, view, _args), answer in zip(asked, answers, strict=True)
    ]
