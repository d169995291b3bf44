"""The figures that changed last, old and new, each with the proposal that did it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.utils.text import capfirst

from common.statements import Found, Given, Question, Statement
from contracts.models import Chain, ParameterFact
from governance.calls.dao_words import SETTINGS
from governance.calls.units import PARAMETERS, parameter_text
from governance.onchain.models.proposals import OnchainProposal
from governance.onchain.models.settings import SettingFact

SHOWN = 5
EVENTS = {event: (name, write) for event, name, write in SETTINGS.values()}


@dataclass(frozen=True)
class Changed:
    """A figure as it was and as it is, in words; ``number`` is the proposal's, None where none did it."""

    name: str
    before: str
    after: str
    at: datetime
    number: int | None
    tx_hash: str


@cache
def parameters() -> Statement[ParameterFact]:
    """Return the statement for the parameters of a ``chain`` that changed last; what they began with is left out."""
    facts: Any = ParameterFact.objects.filter(chain=Given("chain"), key__in=list(PARAMETERS))
    return _latest(facts, Q(old_value__gt=0), "key")


@cache
def settings_of() -> Statement[SettingFact]:
    """Return the same for the DAO's own settings."""
    facts: Any = SettingFact.objects.filter(chain=Given("chain"), name__in=list(EVENTS))
    return _latest(facts, ~Q(old_value__in=("", "0")), "name")


def _latest(facts: Any, is_change: Q, name: str) -> Statement[Any]:
    by = OnchainProposal.objects.filter(chain=OuterRef("chain"), executed_tx=OuterRef("tx_hash"))
    found = facts.annotate(number=Subquery(by.order_by("number").values("number")[:1]))
    found = found.filter(is_change | Q(number__isnull=False)).order_by("-block_number", "-log_index")
    return Statement(found.values_list(name, "old_value", "new_value", "time", "number", "tx_hash")[:SHOWN])


def changes_asked(chain: Chain) -> list[Question[Any]]:
    """Return what has to be asked, for ``changes_in``."""
    return [parameters().asked(chain=chain.pk), settings_of().asked(chain=chain.pk)]


def changes_in(chain: Chain, found: list[Found[Any]]) -> list[Changed]:
    """Return what changed last, the newest first."""
    changed = [*_written(found[0], lambda key: _parameter(key, chain.coin)), *_written(found[1], EVENTS.__getitem__)]
    return sorted(changed, key=lambda each: each.at, reverse=True)[:SHOWN]


def _written(found: Found[Any], about: Callable[[str], tuple[Any, Callable[[int], str]]]) -> Iterator[Changed]:
    for key, old, new, at, number, tx_hash in found.read:
        name, write = about(key)
        yield Changed(
            capfirst(str(name).removeprefix("the ")), write(int(old or 0)), write(int(new)), at, number, tx_hash
        )


def _parameter(key: str, coin: str) -> tuple[Any, Callable[[int], str]]:
    return PARAMETERS[key][0], lambda value: parameter_text(key, value, coin)
