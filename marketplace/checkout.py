"""What the panel beside a model shows of its price, and of what the visitor has of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts.models import User

from .entitlements import Entitlement, Kind, entitlement
from .forms import MOST_PERIODS, BuyForm
from .models import Listing
from .offers import FairUse, Offer, SaleTerms, fair_use_of, sale_terms
from .onchain import Plan
from .orders import Order, progress_of
from .progress import OrderView

LIVELY = timedelta(days=1)  # how long the last order stands on the model's page


@dataclass(frozen=True)
class Checkout:
    """An offer, its terms, and the visitor's side of it: entitlement and last order, where there are any."""

    offer: Offer
    terms: SaleTerms
    fair_use: FairUse | None
    held: Entitlement
    order: OrderView | None
    chosen: int | None
    periods: int

    @property
    def seller_percent(self) -> float:
        """The seller's part, in per cent."""
        return (10_000 - self.terms.fee_bps) / 100

    @property
    def fee_percent(self) -> float:
        """The protocol's part, in per cent."""
        return self.terms.fee_bps / 100

    @property
    def royalty_percent(self) -> float:
        """What the seller of the model that it derives from gets of the seller's part, in per cent."""
        return self.offer.onchain.royalty_bps / 100

    @property
    def recipients(self) -> int:
        """Among how many the seller's part is shared."""
        return max(1, len(self.offer.onchain.split))

    @property
    def sells_months(self) -> bool:
        """Whether there is a subscription."""
        return self.offer.plan(Plan.SUBSCRIPTION) is not None

    @property
    def has_enough(self) -> bool:
        """Whether there is nothing left to buy: it is the visitor's own, or theirs for good."""
        return self.held.kind in (Kind.OWNER, Kind.PASS)

    @property
    def months(self) -> range:
        """How many periods can be bought at once."""
        return range(1, MOST_PERIODS + 1)


def checkout_of(listing: Listing, user: User | None, form: BuyForm | None = None) -> Checkout | None:
    """Return what the panel shows, or None for a listing that sells nothing. Two queries more, and for users four."""
    offer = listing.offer
    if offer is None or offer.first is None:
        return None
    sent = form.data if form else {}
    chosen = str(sent.get("plan", offer.first.plan))
    return Checkout(
        offer,
        sale_terms(offer.chain),
        fair_use_of(offer.onchain.metadata),
        entitlement(user.address, offer.chain, offer.onchain.model_id) if user else Entitlement(Kind.NONE),
        _last_order(user, offer) if user else None,
        int(chosen) if chosen.isdecimal() else None,
        int(sent["periods"]) if str(sent.get("periods", "")).isdecimal() else 1,
    )


def _last_order(user: User, offer: Offer) -> OrderView | None:
    """Return the visitor's last order of the model, while it is news."""
    orders = Order.objects.of(user.address).filter(chain=offer.chain, model_id=offer.onchain.model_id)
    recent = orders.filter(created_at__gt=timezone.now() - LIVELY).select_related("chain").order_by("-created_at")[:1]
    found = [progress for progress in progress_of(recent) if progress.is_open or progress.facts]
    return OrderView(found[0]) if found else None
