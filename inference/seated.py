"""What a playground's page knows of its model and of who opens it, found in two trips to the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models.functions import Lower

from accounts.models import User
from common.statements import Found, Given, Statement, together
from common.text import well_formed
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption

from .access import Ground, Said, Visitor, adoption_on, adoptions_asked, ground_asked, ground_in, is_known
from .bench import Bench, bench_of
from .choosing import serving_asked, serving_in
from .conversations.past import History, history_asked, history_in
from .errors import NotRunnableError
from .ledger.prices import prices_asked, prices_in
from .models import Mode, Upstream


@dataclass(frozen=True)
class Asked:
    """What is asked for by an address: a model, which one beside it, and which conversation of one's own."""

    name: str
    beside: str = ""
    past: UUID | None = None
    reader: User | None = None  # whose history is shown


@dataclass
class Seat:
    """What answers for a model, its listing, the one that is asked for beside it, and what is found of both."""

    found: list[Upstream]
    listing: Listing
    beside: Listing | None
    adoptions: Sequence[Adoption]
    kept: Sequence[Found[Any]]  # of a history
    asked: Asked

    def history(self) -> History | None:
        """What is shown of a history, None where nobody's is. Raises PastNotFoundError."""
        return history_in(self.listing.name, self.kept, self.asked.past) if self.kept else None

    def grounds(self, visitor: Visitor) -> tuple[Ground, Bench | None]:
        """Return on what ground a visitor may ask, and what stands around a conversation, where it is one.

        Raises ModelHiddenError, AccessDeniedError, GatedError. May ask the chain.
        """
        upstream, own = self.found[0], adoption_on(self.adoptions, visitor.chain_id)
        known, talks = is_known(visitor), upstream.mode == Mode.CHAT
        held, said = ground_asked(own, visitor), Said.asked(upstream.listing, visitor.wallet)
        priced = prices_asked(self.adoptions) if talks else []
        told = together(*said, *held, *priced)
        rest = told[len(said) + len(held) :]
        ground = ground_in(own, visitor, upstream.listing, told[len(said) : len(said) + len(held)], known=known)
        Said(*told[: len(said)]).refuse(ground)
        if not talks:
            return ground, None
        chains = {each.chain_id: each.chain for each in self.adoptions}
        return ground, bench_of(self.found, ground, prices_in(self.adoptions, rest), chains)


def seat_of(asked: Asked) -> Seat:
    """Return what is found of what is asked for. Raises NotRunnableError."""
    listing, other = (_listing().asked(name=well_formed(each).lower()) for each in (asked.name, asked.beside))
    kept = history_asked(asked.reader, asked.past) if asked.reader else []
    upstreams, listings, others, adoptions, *rest = together(
        serving_asked(asked.name), listing, other, adoptions_asked(asked.name), *kept
    )
    found = serving_in(asked.name, upstreams)
    if not found or not listings:
        raise NotRunnableError
    beside = next((each for each in others if each.pk != listings[0].pk), None)
    return Seat(found, listings[0], beside, list(adoptions), rest, asked)


@cache
def _listing() -> Statement[Listing]:
    named = Listing.objects.alias(lower_name=Lower("name")).filter(lower_name=Given("name"))
    return Statement(named.select_related("runtime"))
