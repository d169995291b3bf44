"""Where all LATTICE is, how much of it votes, and how few could decide: sums that the indexer keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from common.fields import WeiField
from contracts.models import Chain, Tally
from contracts.names import CLAIM, COIN, FAUCET, TREASURY, VESTING
from governance.onchain.models.power import ALL_POWER, BALANCE, POWER, TOTAL, TransferFact
from governance.onchain.models.proposals import SENTINEL
from governance.onchain.models.staking import StreamPoint

# In the order in which they are drawn, each with its tone.
PLACES: tuple[tuple[str, str, StrOrPromise], ...] = (
    (TREASURY, "treasury", _("Treasury")),
    (VESTING, "vesting", _("Vesting of the contributors")),
    (CLAIM, "claim", _("Early users’ claims")),
    (FAUCET, "claim", _("The demonstration’s faucet")),
)
MOST_READ = 1_000  # delegates among which those are looked for who together have a majority
SHOWN = 10  # of them


@dataclass(frozen=True)
class Place:
    """A place where LATTICE is; ``address`` is "" where it is many. Amounts are in the smallest unit."""

    kind: str
    label: StrOrPromise
    amount: int
    address: str = ""


@dataclass(frozen=True)
class Supply:
    """All LATTICE, in its smallest unit. ``never`` votes by the contracts' code, ``awake`` is delegated to somebody."""

    all: int
    never: int
    awake: int
    staked: int
    holders: int
    places: list[Place]

    @property
    def votable(self) -> int:
        """What could vote."""
        return self.all - self.never

    @property
    def asleep(self) -> int:
        """What could vote, and is delegated to nobody."""
        return max(0, self.votable - self.awake)

    @property
    def drawn(self) -> list[tuple[Place, float, float]]:
        """The places as parts of one bar: each with x and width in per cent."""
        made, x = [], 0.0
        for place in self.places:
            width = 100 * place.amount / (self.all or 1)
            made.append((place, round(x, 3), round(width, 3)))
            x += width
        return made

    @property
    def twelfths(self) -> int:
        """How many segments of twelve of what could vote does."""
        return 12 * self.awake // self.votable if self.votable else 0


@dataclass(frozen=True)
class TopShare:
    """One of those with the most votes; ``together`` is what it has with all before it, ``width`` its part."""

    rank: int
    address: str
    votes: int
    together: int
    width: float


@dataclass(frozen=True)
class Concentration:
    """How few delegates have more than half of the votes that are awake; None: nobody, or more than were looked at."""

    nakamoto: int | None
    top: list[TopShare]


def totals() -> dict[str, Any]:
    """Return the sums over all accounts, as SQL of the chain's row."""
    here = {"chain": OuterRef("pk")}
    minted = TransferFact.objects.filter(**here, sender=COIN).order_by().values("chain").annotate(all=Sum("amount"))
    holders = Tally.objects.filter(**here, kind=BALANCE, amount__gt=0).order_by().values("chain")
    staked = StreamPoint.objects.filter(**here).order_by("-as_of", "-block_number", "-log_index")
    sums = {
        "all": minted.values("all"),
        "all_power": Tally.objects.filter(**here, kind=TOTAL, key=ALL_POWER).values("amount"),
        "never": Tally.objects.filter(**here, kind=POWER, key=SENTINEL).values("amount"),
        "staked": staked.values("total")[:1],
    }
    found: dict[str, Any] = {name: Coalesce(Subquery(rows), 0, output_field=WeiField()) for name, rows in sums.items()}
    return found | {"holders": Coalesce(Subquery(holders.annotate(n=Count("pk")).values("n")), 0)}


def supply_of(chain: Chain, read: Mapping[str, Any]) -> Supply:
    """Return the supply, of what ``totals`` found and of what our own contracts hold. One query."""
    held = Tally.objects.filter(chain=chain, kind=BALANCE, key__in=list(chain.deployment.values()), amount__gt=0)
    amounts = {key: int(amount) for key, amount in held.values_list("key", "amount")}
    places = [
        Place(kind, label, amounts.pop(address), address)
        for name, kind, label in PLACES
        if (address := chain.deployment.get(name, "")) in amounts
    ]
    others = sum(amounts.values())
    if others:
        places.append(Place("others", _("The protocol’s other contracts"), others))
    wallets = read["all"] - others - sum(place.amount for place in places)
    staked = min(read["staked"], wallets)
    places += [
        Place("staked", _("Holders, staked in their wallets"), staked),
        Place("wallets", _("Holders, not staked"), wallets - staked),
    ]
    awake = read["all_power"] - read["never"]
    kept = [place for place in places if place.amount > 0]
    return Supply(read["all"], read["never"], awake, staked, read["holders"], kept)


def concentration_of(chain: Chain, awake: int) -> Concentration:
    """Return how the votes that are awake are spread. One query, of at most ``MOST_READ`` rows."""
    powers = Tally.objects.filter(chain=chain, kind=POWER, amount__gt=0).exclude(key=SENTINEL)
    return _concentration(list(powers.order_by("-amount", "pk").values_list("key", "amount")[:MOST_READ]), awake)


def _concentration(powers: Sequence[tuple[str, int]], awake: int) -> Concentration:
    together, nakamoto, top = 0, None, []
    for rank, (address, votes) in enumerate(powers, start=1):
        together += int(votes)
        if rank <= SHOWN:
            top.append(TopShare(rank, address, int(votes), together, round(100 * int(votes) / (awake or 1), 2)))
        if nakamoto is None and 2 * together > awake:
            nakamoto = rank
    return Concentration(nakamoto, top)
