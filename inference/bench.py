"""What a conversation's own page says around it: what can be set, which ground pays, and what the API would cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from contracts.models import Chain

from .access import Ground
from .choosing import is_free
from .ledger.prices import Price
from .models import Upstream
from .wishes import MOST_ANSWER, MOST_STOPS, MOST_SYSTEM, followed_by


@dataclass(frozen=True)
class Rate:
    """A price of metered use, and the chain that it is paid on."""

    price: Price
    chain: Chain


@dataclass(frozen=True)
class Bench:
    """What stands around a conversation. ``follows`` are the names of the settings that the model follows."""

    follows: Collection[str]
    pays: str
    rates: Sequence[Rate]
    most_answer: int = MOST_ANSWER
    most_system: int = MOST_SYSTEM
    most_stops: int = MOST_STOPS


def bench_of(found: Sequence[Upstream], ground: Ground, prices: Sequence[Price], chains: Mapping[int, Chain]) -> Bench:
    """Return what stands around a conversation with a listing. No query."""
    rates = [Rate(each, chains[each.chain_id]) for each in prices]
    return Bench(followed_by(found), _pays(ground, found), rates)


def _pays(ground: Ground, found: Sequence[Upstream]) -> str:
    """Say what pays for what is asked on this page, which is never money."""
    sentences = {
        "owner": _("It is your own model: nothing is counted as a sale, and nothing is charged."),
        "pass": _("Your pass pays: what you use here counts in its fair use, and nothing is charged."),
        "subscription": _("Your subscription pays: what you use here counts in its fair use, and nothing is charged."),
    }
    if ground.kind in sentences:
        return sentences[ground.kind]
    if any(is_free(each) for each in found):
        return _("Free tokens of today pay: nothing is charged here, not even from a prepaid balance.")
    return _("Nothing pays: its seller lets only those ask here who have bought access.")
