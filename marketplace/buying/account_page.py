"""What somebody's account shows: what needs them, what they may run, their credit, and their orders page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import User
from common.pages import KeysetChain, SortOrder, bounded_text
from contracts.models import Chain, Parameter
from marketplace.listings.models import Listing, listings_on
from marketplace.listings.passing import Passing, unlocked
from marketplace.money.credits import Credit, credits_of
from marketplace.onchain.entitlements import Holding, Kind, holdings
from marketplace.onchain.models.listings import OnchainListing

from .order_view import OrderView
from .orders import Order, head_read, progress_of
from .receipt_words import name_of
from .states import State

Model = tuple[int, str]  # the chain's id, and the model's on it

PAGE = 20  # orders on one page
SOON = timedelta(days=7)  # before a subscription ends it is said so


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(bounded_text(value))
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment


NEWEST = SortOrder("newest", F("created_at"), descending=True, parse=_moment)


@dataclass(frozen=True)
class Need:
    """Something that goes on: what it is, and the one thing to do about it. ``is_pressing``: the visitor has to act."""

    icon: str
    title: str
    text: str
    href: str
    action: str
    is_pressing: bool = True


@dataclass(frozen=True)
class Held:
    """What may be run, with its listing where it is known by name, and until when the visitor can have it refunded."""

    holding: Holding
    listing: Listing | None
    passing: Passing | None = None
    refund_until: datetime | None = None


@dataclass(frozen=True)
class AccountPage:
    """All of it; ``next_cursor`` is where the following orders begin, empty at the end.

    ``referral_percents`` are the parts of a price that a referrer gets, in per cent: one, unless chains differ.
    """

    needs: Sequence[Need]
    held: Sequence[Held]
    credits: Sequence[Credit]
    orders: Sequence[OrderView]
    chains: Sequence[Chain]
    referral_percents: Sequence[float]
    cursor: str
    next_cursor: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever ordered or given."""
        return not (self.orders or self.held or self.cursor)

    @property
    def ready(self) -> list[Held]:
        """What may be run now."""
        return [each for each in self.held if each.holding.entitlement]

    @property
    def ended(self) -> list[Held]:
        """What could be run once."""
        return [each for each in self.held if not each.holding.entitlement]

    @property
    def lights_withdraw(self) -> bool:
        """Whether to withdraw is the one thing to do: nothing else waits for the visitor to act."""
        return not any(need.is_pressing for need in self.needs)

    @property
    def has_credit(self) -> bool:
        """Whether there is anything to withdraw."""
        return any(credit.balance.available for credit in self.credits)

    @property
    def lights_run(self) -> bool:
        """Whether to run something is the one thing to do."""
        return self.lights_withdraw and not self.has_credit

    @property
    def has_several_chains(self) -> bool:
        """Whether it has to be said on which chain something is."""
        return len(self.chains) > 1

    @property
    def next_url(self) -> str:
        """The address of the orders that follow; empty at the end."""
        return f"{reverse('account')}?{urlencode({'after': self.next_cursor})}#orders-title" if self.next_cursor else ""


def account_page(user: User, cursor: str = "") -> AccountPage:
    """Return what the account shows, its orders from a cursor on. At most five queries, and two for each chain.

    Raises CursorError on a cursor that was not made here.
    """
    chains: list[Chain] = list(
        Chain.objects.with_verification().select_related("cursor").annotate(referral_bps=_referral_bps()).order_by("pk")
    )
    heads = {chain: head_read(chain) for chain in chains}
    listed = KeysetChain([(Order.objects.of(user.address), NEWEST)], limit=PAGE, cursor=cursor)
    page = listed.page(listed.read())
    known = {chain.pk: chain for chain in chains}
    for order in page.items:
        order.chain = known[order.chain_id]
    orders = [OrderView(progress) for progress in progress_of(page.items, heads=heads)]
    held = [
        each for chain in chains for each in holdings(user.address, chain, block=heads[chain] - chain.confirmations)
    ]
    names = listings_on((each.chain.pk, each.model_id) for each in held)
    passing, until = _passing(held), _refundable(orders)
    shown = [Held(each, names.get(_key(each)), passing.get(_key(each)), until.get(_key(each))) for each in held]
    shown.sort(key=lambda each: (not each.holding.entitlement, each.listing is None))
    owed = [credit for chain in chains for credit in credits_of(user.address, chain, heads[chain])]
    # What waits is said once, on the first page.
    needs = [] if cursor else sorted(_needs(orders, shown), key=lambda need: not need.is_pressing)
    percents = sorted({int(bps) / 100 for chain in chains if (bps := getattr(chain, "referral_bps", None))})
    return AccountPage(needs, shown, owed, orders, chains, percents, cursor, page.next)


def _referral_bps() -> Subquery:
    # With the chains, which are read anyway: it costs no query of its own.
    return Subquery(Parameter.objects.filter(chain=OuterRef("pk"), key="referralBps").values("value")[:1])


def _key(holding: Holding) -> Model:
    return holding.chain.pk, holding.model_id


def _passing(held: Sequence[Holding]) -> dict[Model, Passing]:
    """Return whether the passes among them can be handed on. One query; none where there are no passes."""
    passes = {_key(each): each for each in held if each.entitlement.kind == Kind.PASS}
    if not passes:
        return {}
    today = timezone.now().date()
    folds = OnchainListing.objects.filter(model_id__in=[model for _chain, model in passes])
    return {
        key: Passing(transfers, resale, unlocked(passes[key].locked_through, today))
        for *of, transfers, resale in folds.values_list("chain", "model_id", "transfers_allowed", "resale_allowed")
        if (key := (of[0], of[1])) in passes
    }


def _refundable(orders: Sequence[OrderView]) -> dict[Model, datetime]:
    """Return until when the visitor can have refunded what was bought for themselves, by model."""
    found = {}
    for view in orders:
        order, until = view.progress.order, view.refundable_until
        if until and not view.is_gift:
            found[order.chain_id, order.model_id] = until
    return found


def _needs(orders: Sequence[OrderView], held: Sequence[Held]) -> Iterator[Need]:
    for view in orders:
        yield from _order_needs(view)
    for each in held:
        yield from _ending(each)


def _order_needs(view: OrderView) -> Iterator[Need]:
    order, href = view.progress.order, view.progress.order.get_absolute_url()
    if view.can_open_wallet:
        title = _("Pay for %(name)s in your wallet") % {"name": name_of(order)}
        text = _("The price is held until %(until)s UTC.") % {"until": date_format(order.deadline, "H:i")}
        yield Need("wallet", title, text, href, _("Continue"))
    returned = view.progress.returned
    if view.progress.state == State.DISPUTED and returned and returned.rule_by:
        title = _("Dispute over %(name)s") % {"name": name_of(order)}
        text = _("A moderator rules by %(until)s UTC.") % {"until": date_format(returned.rule_by, "j M, H:i")}
        yield Need("scale", title, text, reverse("dispute", args=[returned.receipt]), _("View"), is_pressing=False)


def _ending(each: Held) -> Iterator[Need]:
    until = each.holding.entitlement.until
    if each.listing is None or each.holding.entitlement.kind != Kind.SUBSCRIPTION or until is None:
        return
    if until - timezone.now() < SOON:
        title = _("%(name)s ends soon") % {"name": each.listing.model_name}
        text = _("Your subscription runs until %(until)s UTC.") % {"until": date_format(until, "j M, H:i")}
        yield Need("clock", title, text, f"{each.listing.get_absolute_url()}#buy", _("Extend"))
