"""What the front door shows besides models: what our own probe was told, and what was sold, with its other half."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, Sum

from common.fragments import Lately
from contracts.models import Chain, Verification
from contracts.names import COIN
from marketplace.listings.models import Listing
from marketplace.listings.offers import sold_listings
from marketplace.listings.runtime import ListingRuntime
from marketplace.money.ledger import today
from marketplace.onchain.models.sales import PurchaseFact

KEPT = 600.0  # seconds; figures are of one block and do not change


@dataclass(frozen=True)
class LastProbe:
    """A question of ours and what the engine of a listing answered, with its figures; ``speed`` is tokens a second."""

    listing: Listing
    question: str
    answer: str
    at: datetime
    tokens: int
    first_token_ms: int | None
    speed: float | None

    @property
    def is_cut(self) -> bool:
        """Whether the answer ends where we stopped listening."""
        return not self.answer.endswith((".", "!", "?", "…"))


@dataclass(frozen=True)
class Figures:
    """What was sold on a chain up to a block at which all that is indexed was compared with the contracts.

    ``since`` is when the first was sold. ``paid`` is what buyers paid in the chain's coin and did not get back;
    ``refundable`` of it can still be refunded; both in smallest units.
    """

    verified: Verification
    sold: int
    returned: int
    paid: int
    refundable: int
    since: datetime | None

    @property
    def chain(self) -> Chain:
        """Where it was sold."""
        return self.verified.chain


figures_lately = Lately[dict[str, Any]](KEPT)


def last_probe() -> LastProbe | None:
    """Return the last probe of what is for sale and has no instruction of its own, if there is one. One query."""
    asked = ListingRuntime.objects.filter(probe__isnull=False, is_told=False, listing__in=sold_listings())
    found = asked.select_related("listing").only("probe", "listing__name").order_by("listing").first()
    if found is None or found.probe is None:
        return None
    said: dict[str, Any] = found.probe
    return LastProbe(
        found.listing,
        said["question"],
        said["answer"],
        datetime.fromisoformat(said["at"]),
        said["tokens"],
        said["first_token_ms"],
        said["tokens_per_second"],
    )


def figures() -> Figures | None:
    """Return what was sold up to the last verified block; None before the first. At most two queries."""
    verified = Verification.objects.select_related("chain").order_by("-made_at").first()
    if verified is None:
        return None
    sums = figures_lately.get(verified.pk, lambda: _sums(verified))
    return Figures(verified, **sums) if sums["sold"] else None


def _sums(verified: Verification) -> dict[str, Any]:
    until = PurchaseFact.objects.filter(chain=verified.chain, block_number__lte=verified.block_number)
    of_coin, open_ = Q(is_kept=True, token=COIN), Q(maturity_day__gte=today())
    found = until.with_kept().aggregate(
        sales=Count("pk"),
        kept=Count("pk", filter=Q(is_kept=True)),
        all=Sum("paid", filter=of_coin),
        open=Sum("paid", filter=of_coin & open_),
        first=Min("time"),
    )
    sales, kept, paid, refundable = (int(found[name] or 0) for name in ("sales", "kept", "all", "open"))
    return {"sold": sales, "returned": sales - kept, "paid": paid, "refundable": refundable, "since": found["first"]}
