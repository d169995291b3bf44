"""The panel beside a model: what it costs, and what the visitor has of it already."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.statements import Given, Question, Statement, together
from contracts.currencies import currency_of
from contracts.models import Chain
from contracts.names import COIN, DAY
from marketplace.listings.errors import NotForSaleError
from marketplace.listings.gates import Standing, rule_asked, standing_in
from marketplace.listings.models import Listing
from marketplace.listings.offers import FairUse, Offer, SaleTerms, terms_asked, terms_in
from marketplace.listings.passing import Passing, unlocked
from marketplace.onchain.entitlements import (
    PERIOD,
    Entitlement,
    Kind,
    entitled,
    entitlement,
    entitlement_asked,
    lock_asked,
    subscription_expiry,
)
from marketplace.onchain.models.listings import OnchainPlan, Plan
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.onchain.models.sales import PurchaseFact

from .forms import MOST_PASSES, MOST_PERIODS, BuyForm
from .order_view import OrderView
from .orders import Order, progress_of
from .paying import proof_for
from .quotes import BPS, Quote, recent_quote

LIVELY = timedelta(days=1)  # how long the last order stands on the model's page
RECENT = 10  # orders among which it is looked for
TERMS = 2  # answers that ``terms_in`` takes
MOST_DIGITS = 9  # of a quantity that is read


@dataclass(frozen=True)
class Checkout:
    """An offer, its terms, and the visitor's side of it: entitlement and last order, where there are any; ``closes`` is
    the purchase that could not be refunded any more after another one, ``unlocks`` when a pass of theirs can move, and
    ``asks`` whether its seller has to be asked first.
    """

    offer: Offer
    terms: SaleTerms
    fair_use: FairUse | None
    held: Entitlement
    order: OrderView | None
    chosen: int | None
    periods: int
    passes: int
    refusal: str
    closes: PurchaseFact | None = None
    unlocks: date | None = None
    asks: bool = False
    is_also: bool = False  # whether what was asked on the way found anything

    @property
    def passing(self) -> Passing:
        """Whether the visitor's pass can be handed on."""
        return Passing(self.offer.onchain.transfers_allowed, self.offer.onchain.resale_allowed, self.unlocks)

    @property
    def selected(self) -> OnchainPlan:
        """The plan whose price is the headline: the chosen one, else the first."""
        # The chosen plan may have been taken off the listing meanwhile.
        return (self.chosen is not None and self.offer.plan(self.chosen)) or self.offer.plans[0]

    @property
    def quantity(self) -> int:
        """How many of the selected plan were asked for, one by default."""
        return self.periods if self.selected.plan == Plan.SUBSCRIPTION else self.passes

    @property
    def days(self) -> int:
        """How long so many periods last."""
        return self.quantity * PERIOD.days

    @property
    def total(self) -> int:
        """What they cost by the base price, in units of the plan's token: the quote may say another price."""
        return self.selected.price * self.quantity

    @property
    def fee(self) -> int:
        """The protocol's part of it."""
        return self.total * self.terms.fee_bps // BPS

    @property
    def sellers_part(self) -> int:
        """What is left of it for the seller's side."""
        return self.total - self.fee

    @property
    def refundable_until(self) -> date:
        """The day through which a purchase of now could be paid back."""
        window = timedelta(seconds=self.terms.refund_window)
        # So that a subscription still runs while it can be refunded, as the contract has it.
        if self.selected.plan == Plan.SUBSCRIPTION:
            window = min(window, PERIOD - timedelta(days=1))
        return (timezone.now() + window).date()

    @property
    def royalty_percent(self) -> float:
        """What the seller of the model that it derives from gets of the seller's part, in per cent."""
        return self.offer.onchain.royalty_bps / 100

    @property
    def recipients(self) -> int:
        """Among how many the seller's part is shared."""
        # A split that was never set pays the seller alone.
        return max(1, len(self.offer.onchain.split))

    @property
    def sells_months(self) -> bool:
        """Whether there is a subscription."""
        return self.offer.plan(Plan.SUBSCRIPTION) is not None

    @cached_property
    def key(self) -> Hashable:
        """What the choice and its price show: a key that differs wherever they do."""
        chain, closes = self.offer.chain, self.closes
        plans = [(plan.plan, plan.price, currency_of(chain, plan.token)) for plan in self.offer.plans]
        chosen = (self.selected.plan, self.passes, self.periods, self.refundable_until)
        ends = closes and (closes.time, closes.paid, closes.token)
        return (chain.pk, self.offer.onchain.model_id, *plans, *chosen, self.terms, self.fair_use, self.held.kind, ends)

    @property
    def has_choice(self) -> bool:
        """Whether there are several plans."""
        return len(self.offer.plans) > 1

    @property
    def has_enough(self) -> bool:
        """Whether there is nothing left to buy: it is the visitor's own, or theirs for good."""
        return self.held.kind in (Kind.OWNER, Kind.PASS)

    @property
    def is_limited(self) -> bool:
        """Whether only accounts on a list may buy."""
        return bool(self.offer.onchain.access_list)

    @property
    def most_passes(self) -> int:
        """How many passes can be bought at once."""
        return MOST_PASSES

    @property
    def months(self) -> range:
        """How many periods can be bought at once."""
        return range(1, MOST_PERIODS + 1)


def checkout_of(
    listing: Listing, user: User | None, form: BuyForm | None = None, also: Question[Any] | None = None
) -> Checkout | None:
    """Return what the panel shows, or None for a listing that sells nothing; ``also`` is asked on the way.

    One trip to the database; for a user six more queries at most, of a list of accounts and of recent purchases.
    """
    offer = listing.offer
    if offer is None or offer.first is None:
        return None
    # As it was sent, valid or not, so that a refused form keeps what was chosen.
    sent = form.data if form else {}
    chosen = str(sent.get("plan", offer.first.plan))
    asked = [*terms_asked(offer), *(_asked_of(user, offer, listing) if user else ())]
    answers = together(*asked, *([also] if also else []))
    found, aside = answers[: len(asked)], answers[len(asked) :]
    terms, fair_use = terms_in(found[:TERMS])
    held = entitled(found[TERMS:-3]) if user else Entitlement(Kind.NONE)
    locks = found[-3].read if user else []
    order = _last_order(offer, found[-2]) if user else None
    standing, closed = standing_in(listing, found[-1] if user else None)
    # Asked of few: what can still be refunded gives access meanwhile, or is an order of today.
    asks = held.kind == Kind.SUBSCRIPTION or order is not None
    return Checkout(
        offer,
        terms,
        fair_use,
        held,
        order,
        int(chosen) if chosen.isdecimal() else None,
        _count(sent.get("periods")),
        _count(sent.get("passes")),
        closed or (_admission(offer, user) if user else ""),
        open_purchase(user.address, offer.chain, offer.onchain.model_id) if user and asks else None,
        unlocked(locks[0][0], timezone.now().date()) if locks else None,
        standing != Standing.FREE,
        is_also=any(each.read for each in aside),
    )


def is_sold(listing: Listing) -> bool:
    """Say whether there is anything to buy, now or once it is shown again."""
    return listing.offer is not None and listing.offer.first is not None


def held_of(listing: Listing, user: User) -> Entitlement:
    """Return what a user holds of what is sold."""
    offer = listing.offer
    return entitlement(user.address, offer.chain, offer.onchain.model_id) if offer else Entitlement(Kind.NONE)


def _asked_of(user: User, offer: Offer, listing: Listing) -> list[Question[Any]]:
    """Return the questions about a user: of their entitlement, its lock, their last orders, and the seller's rule."""
    model_id, since = offer.onchain.model_id, timezone.now() - LIVELY
    orders = _orders_since().asked(buyer=user.address, chain=offer.chain.pk, model=model_id, since=since)
    lock, rule = lock_asked(user.address, offer.chain, model_id), rule_asked(listing.name, user.address)
    return [*entitlement_asked(user.address, offer.chain, model_id), lock, orders, rule]


@cache
def _orders_since() -> Statement[Order]:
    own = {
        "buyer": Given("buyer"),
        "chain": Given("chain"),
        "model_id": Given("model"),
        "created_at__gt": Given("since"),
    }
    return Statement(Order.objects.filter(**own).order_by("-created_at")[:RECENT])


def _count(sent: object) -> int:
    # What is sent may be any text, and a price of millions of digits is nobody's.
    text = str(sent)
    return max(1, int(text)) if text.isdecimal() and len(text) <= MOST_DIGITS else 1


def _admission(offer: Offer, user: User) -> str:
    """Return why the account may not buy what is sold to a list, empty where it may."""
    try:
        proof_for(offer.onchain, user.address)
    except NotForSaleError as error:
        return str(error.detail)
    return ""


@dataclass(frozen=True)
class QuoteView:
    """A quote for somebody: ``until`` is when their subscription would end, ``closes`` the purchase that could then not
    be refunded any more."""

    quote: Quote
    plan: Plan
    referrer: str
    until: datetime | None = None
    closes: PurchaseFact | None = None

    @property
    def days(self) -> int:
        """How long so many periods last."""
        return self.quote.quantity * PERIOD.days

    @property
    def has_referrer(self) -> bool:
        """Whether somebody gets the referral."""
        return self.referrer != COIN


def quote_for(listing: Listing, user: User | None, plan: int, quantity: int, referrer: str) -> QuoteView:
    """Return what the contract asks now, and what buying would change for the user.

    Raises NotForSaleError, RevertedError with the contract's reason, RetryableChainError.
    """
    offer = listing.offer
    if offer is None:
        raise NotForSaleError(listing.purchase_refusal)
    if offer.plan(plan) is None:
        raise NotForSaleError(_("The seller does not offer this for the model."))
    made = QuoteView(recent_quote(offer.chain, offer.onchain.model_id, plan, quantity), Plan(plan), referrer)
    if user is None:
        return made
    until = None
    if plan == Plan.SUBSCRIPTION:
        now = timezone.now()
        # At the head: what was bought a moment ago already moves the end of what comes next.
        ends = subscription_expiry(user.address, offer.chain, offer.onchain.model_id, offer.chain.head())
        until = max(now, ends or now) + quantity * PERIOD
    return replace(made, until=until, closes=open_purchase(user.address, offer.chain, offer.onchain.model_id))


def open_purchase(address: str, chain: Chain, model_id: str) -> PurchaseFact | None:
    """Return the purchase of a model that the buyer can still have refunded, if there is one. At most two queries."""
    own = {"chain": chain, "model_id": model_id, "buyer": address}
    last = PurchaseFact.objects.filter(**own, paid__gt=0).order_by("-block_number", "-log_index").first()
    if last is None or last.maturity_day < int(timezone.now().timestamp()) // DAY:
        return None
    purchase = {"purchase_tx": last.tx_hash, "purchase_index": last.index}
    return None if PurchaseReturn.objects.filter(chain=chain, **purchase).exists() else last


def _last_order(offer: Offer, recent: Sequence[Order]) -> OrderView | None:
    """Return the visitor's last open order of the model, else the last one that was paid, while it is news."""
    if not recent:
        return None
    for order in recent:
        order.chain = offer.chain  # whose orders they are
    # What failed is no news, and the panel offers to buy anyway.
    news = [progress for progress in progress_of(recent) if progress.is_open or progress.facts]
    first = next((progress for progress in news if progress.is_open), next(iter(news), None))
    return OrderView(first) if first else None
