"""The numbers that a proposal can change: what each means to who drafts, and in which unit people write it.

Bounds, and which function sets a number, are those of ``governance.rules.definitions``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django_stubs_ext import StrPromise

from common.money import format_units
from contracts.names import DAY, PARAMETERS
from governance.calls.units import coin_of, lattice, span
from governance.rules.definitions import DEFINITIONS, HOUR, SUPPLY
from marketplace.selling.terms_forms import to_number

ONE = 10**18
BPS = 10_000


@dataclass(frozen=True)
class Unit:
    """How people write a number: so many of the contract's units are one. ``step`` is the slider's, in what is written.

    ``text`` writes a number of the contract's with its unit; ``word`` is the unit by itself.
    """

    word: StrPromise | str
    size: Fraction
    step: str
    text: Callable[[int], str]

    def typed(self, value: int) -> str:
        """Return a number of the contract's as an input takes it."""
        exact = Fraction(value) / self.size
        digits = next((places for places in range(19) if (exact * 10**places).denominator == 1), 18)
        return format_units(int(exact * 10**digits), digits).replace(",", "")

    def read(self, text: str) -> int:
        """Return what was typed in the contract's units. Raises ValidationError for no number, and what is too fine."""
        exact = to_number(text) * self.size
        if exact.denominator != 1:
            raise forms.ValidationError(_("That is finer than the contract counts."))
        return int(exact)


def _percent(bps: int) -> str:
    return f"{format_units(bps, 2)} %"


def _whole_percent(value: int) -> str:
    return f"{value} %"


def _of_supply(amount: int) -> str:
    return f"{lattice(amount)} ({format_units(amount * 100 * BPS // SUPPLY, 4)} %)"


PERCENT = Unit("%", Fraction(100), "0.05", _percent)
FINE_PERCENT = Unit("%", Fraction(100), "0.25", _percent)
WHOLE_PERCENT = Unit("%", Fraction(1), "1", _whole_percent)
OF_SUPPLY = Unit(lazy("% of all LATTICE"), Fraction(SUPPLY, 100), "0.05", _of_supply)
DAYS = Unit(lazy("days"), Fraction(DAY), "0.5", span)
HOURS = Unit(lazy("hours"), Fraction(HOUR), "1", span)
COINS = Unit("", Fraction(ONE), "0.0001", format_units)  # whose word is the chain's


@dataclass(frozen=True)
class Spec:
    """One number, bounded by ``least`` and ``most``. ``key`` is the parameter's, or the event that tells of a setting.

    ``function`` of ``contract`` sets it; a parameter is named in the call as well.
    """

    key: str
    name: StrPromise
    meaning: StrPromise
    unit: Unit
    least: int
    most: int
    contract: str = PARAMETERS
    function: str = "set"

    @property
    def is_parameter(self) -> bool:
        """Whether it is one of the protocol's, not a setting of the DAO."""
        return self.contract == PARAMETERS

    def text(self, value: int, coin: str) -> str:
        """Return a number of the contract's with its unit; ``coin`` is the symbol of the chain's."""
        return coin_of(coin)(value) if self.unit is COINS else self.unit.text(value)

    def word(self, coin: str) -> str:
        """Return the unit that a number is typed in."""
        return coin if self.unit is COINS else str(self.unit.word)

    def bounds(self, coin: str) -> str:
        """Return the bounds in words."""
        return _("%(least)s to %(most)s") % {"least": self.text(self.least, coin), "most": self.text(self.most, coin)}


BOUNDED = {known.draft_key: known for known in DEFINITIONS}


def _spec(key: str, name: StrPromise, meaning: StrPromise, unit: Unit) -> Spec:
    known = BOUNDED[key]
    return Spec(key, name, meaning, unit, known.least, known.most, known.contract, known.function)


SPECS: tuple[Spec, ...] = (
    _spec("feeBps", lazy("Protocol fee"), lazy("What the protocol keeps of each sale."), PERCENT),
    _spec(
        "referralBps",
        lazy("Referrers’ part"),
        lazy("What whoever brought the buyer gets of a sale, out of the fee."),
        PERCENT,
    ),
    _spec("stakersBps", lazy("Stakers’ part"), lazy("What stakers get of a sale, out of the fee."), PERCENT),
    _spec(
        "bonusCapBps",
        lazy("Bonus pool’s part"),
        lazy("What the bonus pool gets of a sale, out of the fee, and the most a model can get back of its fees."),
        PERCENT,
    ),
    _spec("refundWindow", lazy("Refund window"), lazy("How long a purchase can be returned."), DAYS),
    _spec("disputeLimit", lazy("Time for a ruling"), lazy("How long a moderator can rule on a dispute."), DAYS),
    _spec("demandWindow", lazy("Demand window"), lazy("Over how long sales are counted before prices move."), HOURS),
    _spec(
        "demandStepBps",
        lazy("Demand step"),
        lazy("By how much demand moves a price at most, from one window to the next."),
        FINE_PERCENT,
    ),
    _spec("premiumCapBps", lazy("Quality premium"), lazy("What full marks add to a price at most."), FINE_PERCENT),
    _spec(
        "minRatedFee",
        lazy("Fee that lets one rate"),
        lazy("How much in fees a buyer must have paid before a rating counts."),
        COINS,
    ),
    _spec(
        "escrowDelay",
        lazy("Escrow’s delay"),
        lazy("How long a prepaid balance waits before it can be withdrawn."),
        HOURS,
    ),
    _spec("pauseMax", lazy("Longest pause"), lazy("How long the guardian can pause the market."), HOURS),
    _spec("VotingDelaySet", lazy("Voting delay"), lazy("From a proposal to the begin of its vote."), HOURS),
    _spec(
        "VotingPeriodSet",
        lazy("Voting period"),
        lazy("How long a vote lasts. Never shorter than the extension for a late quorum."),
        DAYS,
    ),
    _spec("ProposalThresholdSet", lazy("Proposal threshold"), lazy("The votes that it takes to propose."), OF_SUPPLY),
    _spec(
        "QuorumNumeratorUpdated",
        lazy("Quorum"),
        lazy("The part of all votable LATTICE that has to vote for or abstain."),
        WHOLE_PERCENT,
    ),
    _spec(
        "LateQuorumVoteExtensionSet",
        lazy("Extension for a late quorum"),
        lazy("How long a vote goes on after its quorum was reached late. Never longer than the voting period."),
        DAYS,
    ),
    _spec("MinDelayChange", lazy("Timelock’s delay"), lazy("From the queue to the execution."), DAYS),
)
BY_KEY = {spec.key: spec for spec in SPECS}
