"""What the pages of keys show: each key with what it may spend, what it spent, and when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.utils import timezone

from accounts.models import User
from contracts.currencies import Currency, currency_of
from contracts.models import AcceptedToken, Chain
from contracts.names import COIN
from inference.keys.models import ApiKey, KeyDay, KeySecret
from inference.keys.windows import Window, day_of, windows_of_all
from inference.models import Mode, Upstream
from marketplace.selling.periods import ONE_DAY, Span
from marketplace.selling.sales_plot import Figures, SalesPlot, plot_of

from .balances import Authority, Fund, Place, authorities_of, escrow_chains, funds_of, shown_funds

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


def keys_page(user: User, chain_id: int | None, only: ApiKey | None = None) -> KeysPage:
    """Return what the page of keys shows, or the page of one. Ten queries, however many keys there are."""
    chains = escrow_chains()
    # All of them count in what is used and held, whichever are shown.
    keys = list(ApiKey.objects.of(user.pk))
    for key in keys:
        key.chain = chains.get(key.chain_id) if key.chain_id is not None else None
    funds = funds_of(user, chains, keys)
    shown = [key for key in keys if only is None or key == only][:MOST_SHOWN]
    shown.sort(key=lambda key: not key.is_live)
    return KeysPage(_views(user, shown, funds), list(_funds(funds, chain_id, only)), chains)


def _funds(funds: dict[Place, Fund], chain_id: int | None, only: ApiKey | None) -> list[Fund]:
    if only is None:
        return list(shown_funds(funds, chain_id))
    return [fund for fund in [_fund_of(funds, only)] if fund is not None]


def _fund_of(funds: dict[Place, Fund], key: ApiKey) -> Fund | None:
    return funds.get((key.chain_id, key.token)) if key.chain_id is not None and key.pays else None


def _views(user: User, keys: list[ApiKey], funds: dict[Place, Fund]) -> list[KeyView]:
    windows, told = windows_of_all(keys, timezone.now()), authorities_of(user, keys)
    secrets: dict[object, list[KeySecret]] = {key.pk: [] for key in keys}
    for secret in KeySecret.objects.filter(key__in=keys).order_by("-made_at"):
        secrets[secret.key_id].append(secret)
    return [KeyView(key, secrets[key.pk], windows[key], told.get(key.key_id), _fund_of(funds, key)) for key in keys]


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


def use_of(view: KeyView) -> Use:
    """Return what a key has done in the last 30 days, with a bar a day. One query."""
    today = day_of(timezone.now())
    span = Span(today - (DAYS - 1) * ONE_DAY, today)
    days = list(KeyDay.objects.filter(key=view.key, day__gte=span.first, day__lte=today).order_by("-day"))
    if view.currency is None:
        return Use(days, None)
    found = {each.day: Figures(matured=each.spent, maturing=each.reserved) for each in days}
    plot = plot_of({slot: found.get(slot, Figures()) for slot in span.slots()}, span, view.currency)
    return Use(days, plot)


def payable_on(chain: Chain | None) -> list[Currency]:
    """Return what calls can be paid with on a chain, the coin first; nothing without a chain. One query."""
    if chain is None:
        return []
    accepted = AcceptedToken.objects.filter(chain=chain, accepted=True).order_by("address")
    return [currency_of(chain, token) for token in [COIN, *accepted.values_list("address", flat=True)]]


def sample_model(key: ApiKey) -> str:
    """Return a model that the key can run, for the lines that show how: one that runs here. At most one query."""
    if key.scopes:
        return key.scopes[0]
    chats = Upstream.objects.filter(mode=Mode.CHAT).exclude(listing="").order_by("kind", "pk")
    return chats.values_list("listing", flat=True).first() or "owner/name"
