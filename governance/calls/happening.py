"""What events say that actions have changed, by the contract that noted it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import filterfalse

from django.utils.translation import gettext as _

from contracts.models import Chain, Event
from governance.onchain.models.proposals import SENTINEL
from marketplace.buying.telling import Teller, model_ids
from marketplace.buying.transfers import Names
from marketplace.listings.models import listings_on

from .words import called, whole


@dataclass(frozen=True)
class Happened:
    """What one contract noted, in sentences, in the chain's order."""

    contract: str
    address: str
    sentences: Sequence[str]


def happened(chain: Chain, events: Sequence[Event]) -> list[Happened]:
    """Return what events say, together by contract. At most three queries."""
    named = model_ids([event for event in events if event.contract])
    listings = listings_on((chain.pk, model) for model in named) if named else {}
    titles = {model: each.model_name for (_chain, model), each in listings.items()}
    teller = Teller(chain, [event for event in events if event.name], Names(chain), titles)
    noted: dict[str, list[str]] = {}
    for event in filterfalse(_is_noise, events):
        noted.setdefault(event.address, []).append(_sentence(teller, event))
    ours = {place: name for name, place in chain.deployment.items()}
    return [
        Happened(called(ours[place]) if place in ours else whole(place), whole(place), list(dict.fromkeys(said)))
        for place, said in noted.items()
    ]


def _is_noise(event: Event) -> bool:
    """Whether it only notes that LATTICE which never votes has moved."""
    return event.name == "DelegateVotesChanged" and event.args["delegate"] == SENTINEL


def _sentence(teller: Teller, event: Event) -> str:
    if event.name:
        return teller.sentence(event)
    return _("It noted something that is not known here")
