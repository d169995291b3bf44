"""What every number is now and was before, and which proposals would change it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from contracts.facts import text_of
from contracts.models import Chain, ParameterFact
from contracts.names import PARAMETERS, TREASURY
from governance.calls.reading import Call, read
from governance.onchain.models.proposals import OnchainProposal, ProposalState
from governance.onchain.models.settings import SettingFact

from .definitions import DEFINITIONS, Definition

SHOWN = 5  # of a number's changes, before the rest is folded away
# The setting that a function of one argument sets.
SINGLE = {(each.contract, each.function): each.key for each in DEFINITIONS if each.event not in ("", "CapsSet")}
UNDER_WAY = (ProposalState.PENDING, ProposalState.ACTIVE, ProposalState.SUCCEEDED, ProposalState.QUEUED)


@dataclass(frozen=True)
class Change:
    """A number was set. ``old`` is None the first time; ``by`` is the proposal, None for the deployment."""

    time: datetime
    tx_hash: str
    block_number: int
    old: int | None
    new: int
    by: OnchainProposal | None


@dataclass(frozen=True)
class Wanted:
    """What a proposal under way would make of a number."""

    proposal: OnchainProposal
    value: int


@dataclass
class Course:
    """A number on one chain, with all its changes, the oldest first."""

    definition: Definition
    chain: Chain
    changes: list[Change] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)

    @property
    def value(self) -> int | None:
        """What it is now; None where nothing was recorded."""
        return self.changes[-1].new if self.changes else None

    @property
    def text(self) -> str:
        """The same with its unit."""
        return "–" if self.value is None else self.write(self.value)

    def write(self, value: int) -> str:
        """Return a value with its unit."""
        return self.definition.text(value, self.chain.coin)

    @property
    def least(self) -> str:
        """The least that the contract takes."""
        return self.write(self.definition.least)

    @property
    def most(self) -> str:
        """The most that it takes."""
        return self.write(self.definition.most)

    @property
    def mark(self) -> float:
        """Where it stands between them, in per cent of the way, so that its mark stays inside."""
        return round(98.4 * self.definition.place(self.value or 0), 1)

    @property
    def start(self) -> str:
        """What it was at the beginning."""
        return self.write(self.changes[0].new if self.changes else self.definition.start)

    @property
    def changed(self) -> list[tuple[Change, str, str]]:
        """The changes since the deployment, the newest first: each with the texts of before and after."""
        later = [each for each in reversed(self.changes) if each.old is not None]
        return [(each, self.write(each.old or 0), self.write(each.new)) for each in later]

    @property
    def latest(self) -> list[tuple[Change, str, str]]:
        """The newest of them."""
        return self.changed[:SHOWN]

    @property
    def earlier(self) -> list[tuple[Change, str, str]]:
        """The rest."""
        return self.changed[SHOWN:]

    @property
    def wishes(self) -> list[tuple[Wanted, str]]:
        """What proposals under way would make of it."""
        return [(each, self.write(each.value)) for each in self.wanted]


def courses_of(home: Chain, now: datetime) -> dict[int, list[Course]]:
    """Return every number by chain id, the home chain's first. Three queries."""
    facts = _parameters()
    chains = {home.pk: home, **{fact.chain_id: fact.chain for fact in facts if fact.chain_id != home.pk}}
    changes = _by_key(facts)
    for fact in _settings(home):
        for definition in DEFINITIONS:
            if definition.event == fact.name:
                kept = changes[home.pk, definition.key]
                kept.append(_setting(fact, definition.part, kept[-1].new if kept else None))
    wanted = _wanted(home, now)
    return {
        pk: [
            Course(each, chain, changes[pk, each.key], wanted[each.key] if pk == home.pk else [])
            for each in DEFINITIONS
            if pk == home.pk or not each.event
        ]
        for pk, chain in chains.items()
    }


def _with_proposal(facts: QuerySet[Any]) -> QuerySet[Any]:
    """Annotate each fact with the proposal that made it, and put them in the order of their chain."""
    made = OnchainProposal.objects.filter(chain=OuterRef("chain"), executed_tx=OuterRef("tx_hash"))
    shown = Subquery(made.values(row=JSONObject(number="number", description="description"))[:1])
    found: QuerySet[Any] = facts.annotate(by=shown).order_by("block_number", "log_index")
    return found


def proposal_in(row: Mapping[str, Any] | None) -> OnchainProposal | None:
    """Return the proposal of an annotation, with its number and title alone."""
    return OnchainProposal(number=row["number"], description=row["description"]) if row else None


def _parameters() -> list[Any]:
    return list(_with_proposal(ParameterFact.objects.select_related("chain")))


def _by_key(facts: Iterable[Any]) -> dict[tuple[int, str], list[Change]]:
    found: dict[tuple[int, str], list[Change]] = defaultdict(list)
    for fact in facts:
        kept = found[fact.chain_id, fact.key]
        old = int(fact.old_value) if kept else None
        kept.append(_change(fact, old, int(fact.new_value)))
    return found


def _settings(chain: Chain) -> list[Any]:
    events = {each.event for each in DEFINITIONS if each.event}
    return list(_with_proposal(SettingFact.objects.filter(chain=chain, name__in=events)))


def _setting(fact: Any, part: int, old: int | None) -> Change:
    # An event may not say what was before, and a deployment sets some things twice.
    return _change(fact, old, int(fact.new_value.split()[part]))


def _change(fact: Any, old: int | None, new: int) -> Change:
    return Change(fact.time, fact.tx_hash, fact.block_number, old, new, proposal_in(fact.by))


def _wanted(chain: Chain, now: datetime) -> dict[str, list[Wanted]]:
    """Return what proposals under way would set, by key, the first to be done first."""
    found: dict[str, list[Wanted]] = defaultdict(list)
    under_way = OnchainProposal.objects.filter(chain=chain).with_standing(now).in_states(UNDER_WAY)
    for proposal in under_way.order_by(F("eta").asc(nulls_last=True), "deadline", "number"):
        for target, data in zip(proposal.targets, proposal.calldatas, strict=False):
            for key, value in sets(read(chain, target, 0, data)):
                found[key].append(Wanted(proposal, value))
    return found


def sets(call: Call) -> Iterator[tuple[str, int]]:
    """Yield which numbers a call sets to what; nothing for any other call."""
    if call.contract == PARAMETERS and call.function == "set":
        yield text_of(call.args["key"]), int(call.args["value"])
    elif (call.contract, call.function) in SINGLE:
        yield SINGLE[call.contract, call.function], int(next(iter(call.args.values())))
    elif (call.contract, call.function) == (TREASURY, "setCaps"):
        yield "batchCap", int(call.args["batchBps"])
        yield "monthCap", int(call.args["monthBps"])
