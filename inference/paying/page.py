"""What the pages of keys show: each key with what it may spend, what it spent, and when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from common.statements import Found, Statement
from contracts.currencies import Currency, currency_of
from contracts.models import AcceptedToken, Chain
from contracts.names import COIN
from inference.keys.errors import KeyNotFoundError
from inference.keys.models import ApiKey, KeyDay, KeySecret
from inference.keys.windows import Window, day_of, sums_of, windows_from
from inference.models import Mode, Upstream
from marketplace.onchain.models.escrow import EscrowKey
from marketplace.selling.periods import ONE_DAY, Span
from marketplace.selling.sales_plot import Figures, SalesPlot, plot_of

from .balances import Authority, Fund, Purse, authorities_from, purse_of, shown_funds

SEGMENTS = 8  # of a slice
DAYS = 30  # that the plot shows
SOON = timedelta(days=7)  # before a key ends it is said so
MOST_SHOWN = 200  # keys on the page; at most fifty of them work


@dataclass(frozen=True)
class Meter:
    """A cap as a slice: spent in full tone, held by calls that run in half tone."""

    window: Window
    currency: Currency

    @property
    def filled(self) -> int:
        """Segments for what is spent; a little is seen, and only all of it fills the last one."""
        return self._segments(self.window.spent)

    @property
    def half(self) -> int:
        """Segments for what is held."""
        return self._segments(self.window.used) - self.filled

    def _segments(self, units: int) -> int:
        limit = self.window.limit
        if not limit:
            return SEGMENTS if limit == 0 else 0
        if not units:
            return 0
        return min(SEGMENTS if units >= limit else SEGMENTS - 1, max(1, units * SEGMENTS // limit))

    @property
    def is_full(self) -> bool:
        """Whether nothing is left."""
        return self.window.left == 0

    @property
    def is_close(self) -> bool:
        """Whether four fifths are spent."""
        return self.window.limit is not None and self.window.percent >= 80


@dataclass(frozen=True)
class KeyView:
    """A key as pages show it."""

    key: ApiKey
    secrets: Sequence[KeySecret]
    windows: Sequence[Window]
    authority: Authority | None
    fund: Fund | None

    @property
    def currency(self) -> Currency | None:
        """What it pays with."""
        if self.key.chain is None or not self.key.pays:
            return None
        return currency_of(self.key.chain, self.key.token)

    @property
    def secret(self) -> KeySecret | None:
        """Its newest secret."""
        return next((each for each in self.secrets if each.ends_at is None), None)

    @property
    def older(self) -> KeySecret | None:
        """The secret before, while it works beside the newest."""
        now = timezone.now()
        return next((each for each in self.secrets if each.ends_at and each.ends_at > now), None)

    @cached_property
    def meters(self) -> list[Meter]:
        """Its caps, in the order of their spans."""
        currency = self.currency
        return [Meter(each, currency) for each in self.windows if currency and each.limit is not None]

    @property
    def tightest(self) -> Meter | None:
        """The cap that is used most: what stops it first."""
        return max(self.meters, key=lambda meter: (meter.is_full, meter.window.percent), default=None)

    @property
    def spent(self) -> dict[str, int]:
        """What it spent in each span, by name."""
        return {each.cap.name.lower(): each.spent for each in self.windows}

    @property
    def is_authorised(self) -> bool:
        """Whether the chain knows all that it may spend."""
        return self.authority is not None and self.authority.covers(self.key)

    @property
    def is_told(self) -> bool:
        """Whether the chain knows of it, and lets it be charged."""
        return self.authority is not None and not self.authority.is_revoked and bool(self.authority.ceiling)

    @property
    def ends_soon(self) -> bool:
        """Whether it ends within a week."""
        ends = self.key.expires_at
        return self.key.is_live and ends is not None and ends - timezone.now() < SOON

    @property
    def last_day(self) -> datetime | None:
        """The last day on which it works."""
        return self.key.expires_at - timedelta(seconds=1) if self.key.expires_at else None

    @property
    def wants(self) -> str:
        """What has to be done before it can pay: "authorise", "deposit", or nothing."""
        if not self.key.is_live or not self.key.pays:
            return ""
        if not self.is_authorised:
            return "authorise"
        return "deposit" if self.fund is not None and not self.fund.available else ""

    @property
    def lights_deposit(self) -> bool:
        """Whether to pay in is the one thing to do."""
        return self.wants == "deposit"


@dataclass(frozen=True)
class KeysPage:
    """All of somebody's keys, and their money."""

    keys: Sequence[KeyView]
    funds: Sequence[Fund]
    chains: dict[int, Chain]

    @property
    def has_money(self) -> bool:
        """Whether anything was ever paid in."""
        return any(fund.last_deposit for fund in self.funds)

    @property
    def live(self) -> list[KeyView]:
        """Those that work."""
        return [each for each in self.keys if each.key.is_live]

    @property
    def over(self) -> list[KeyView]:
        """Those that do not work any more."""
        return [each for each in self.keys if not each.key.is_live]


def keys_page(user: User, chain_id: int | None) -> KeysPage:
    """Return what the page of keys shows. Two trips to the database, however many keys there are."""
    own = {"key__user": user}
    purse = purse_of(user, *(Statement(each).asked() for each in _asked(user, own)))
    shown = sorted(purse.keys[:MOST_SHOWN], key=lambda key: not key.is_live)
    return KeysPage(_views(purse, shown), list(shown_funds(purse.funds, chain_id)), purse.chains)


def _asked(user: User, own: dict[str, Any]) -> list[QuerySet[Any]]:
    """Return what ``_views`` takes the rows of: days, secrets that work and what the chain says."""
    now = timezone.now()
    secrets = KeySecret.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), **own).order_by("-made_at")
    return [sums_of(KeyDay.objects.filter(**own), now), secrets, EscrowKey.objects.filter(payer=user.address)]


def _views(purse: Purse, keys: Sequence[ApiKey]) -> list[KeyView]:
    sums, found, rows = purse.others[:3]
    windows, told = windows_from(keys, timezone.now(), sums.read), authorities_from(keys, rows)
    secrets: dict[UUID, list[KeySecret]] = {}
    for secret in found:
        secrets.setdefault(secret.key_id, []).append(secret)
    return [
        KeyView(key, secrets.get(key.pk, []), windows[key], told.get(key.key_id), _fund_of(purse, key)) for key in keys
    ]


def _fund_of(purse: Purse, key: ApiKey) -> Fund | None:
    return purse.funds.get((key.chain_id, key.token)) if key.chain_id is not None and key.pays else None


@dataclass(frozen=True)
class Use:
    """What a key has done in the last days."""

    days: Sequence[KeyDay]
    plot: SalesPlot | None

    @property
    def calls(self) -> int:
        """How many calls it made in these days."""
        return sum(each.calls for each in self.days)

    @property
    def tokens(self) -> int:
        """How many tokens they were, in and out."""
        return sum(each.tokens for each in self.days)


@dataclass(frozen=True)
class KeyPage:
    """One key: with what it did, and a model that it can run, for the lines that show how."""

    view: KeyView
    use: Use
    model: str


def key_page(user: User, pk: UUID) -> KeyPage:
    """Return what the page of one key shows. Two trips to the database. Raises KeyNotFoundError."""
    span = _span()
    days = KeyDay.objects.filter(key=pk, key__user=user, day__gte=span.first, day__lte=span.last).order_by("-day")
    rows = [*_asked(user, {"key": pk, "key__user": user}), days, _samples()]
    purse = purse_of(user, *(Statement(each).asked() for each in rows))
    key = next((each for each in purse.keys if each.pk == pk), None)
    if key is None:
        raise KeyNotFoundError
    (view,) = _views(purse, [key])
    used, samples = purse.others[3:]
    return KeyPage(view, _use(view, span, list(used)), _sample(key, samples))


def _span() -> Span:
    today = day_of(timezone.now())
    return Span(today - (DAYS - 1) * ONE_DAY, today)


def _use(view: KeyView, span: Span, days: Sequence[KeyDay]) -> Use:
    """Return what a key has done, with a bar a day."""
    if view.currency is None:
        return Use(days, None)
    found = {each.day: Figures(matured=each.spent, maturing=each.reserved) for each in days}
    plot = plot_of({slot: found.get(slot, Figures()) for slot in span.slots()}, span, view.currency)
    return Use(days, plot)


def _samples() -> QuerySet[Any]:
    """Return a listing that can be run here, one that runs in our engines before others."""
    chats = Upstream.objects.filter(mode=Mode.CHAT).exclude(listing="").order_by("kind", "pk")
    return chats.values_list("listing")[:1]


def _sample(key: ApiKey, samples: Found[Any]) -> str:
    if key.scopes:
        return key.scopes[0]
    return str(samples.read[0][0]) if samples.read else "owner/name"


def payable_on(chain: Chain | None) -> list[Currency]:
    """Return what calls can be paid with on a chain, the coin first; nothing without a chain. One query."""
    if chain is None:
        return []
    accepted = AcceptedToken.objects.filter(chain=chain, accepted=True).order_by("address")
    return [currency_of(chain, token) for token in [COIN, *accepted.values_list("address", flat=True)]]
