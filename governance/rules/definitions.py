"""Every number that a proposal can change: what it means, within which bounds, and what it was at the beginning.

The bounds are those of the contracts, which refuse everything else; tests hold this table against the contracts.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from contracts.names import DAO, DAY, PARAMETERS, TREASURY
from governance.calls.units import BPS, COINS, SECONDS, coin_of, lattice, per_cent, span

HOUR = 3_600
VOTES, PERCENT = "votes", "percent"
SUPPLY = 10**27  # LATTICE's smallest units, for ever: its contract cannot make more
SALES, MARKET, VOTING, TREASURY_RULES = "sales", "market", "voting", "treasury"
GROUPS: dict[str, StrPromise] = {
    SALES: _("What a sale costs, and who gets it"),
    MARKET: _("Refunds, prices and ratings"),
    VOTING: _("How the DAO decides"),
    TREASURY_RULES: _("How the treasury pays"),
}


@dataclass(frozen=True)
class Definition:
    """A number. ``event`` is the setting's that tells of it; empty for a parameter of the protocol.

    ``part`` is which of the event's values it is, where the event has several.
    """

    key: str
    group: str
    name: StrPromise
    meaning: StrPromise
    unit: str
    least: int
    most: int
    start: int
    contract: str = PARAMETERS
    function: str = "set"
    event: str = ""
    part: int = 0
    condition: StrPromise | str = ""

    @property
    def draft_key(self) -> str:
        """What a draft's builder calls it."""
        return self.event or self.key

    def text(self, value: int, coin: str) -> str:
        """Return a value with its unit."""
        if self.unit == PERCENT:
            return f"{value}\N{NO-BREAK SPACE}%"
        writers = {BPS: per_cent, SECONDS: span, COINS: coin_of(coin), VOTES: lattice}
        return writers[self.unit](value)

    def place(self, value: int) -> float:
        """Return where a value stands between its bounds, from 0 to 1."""
        return min(1.0, max(0.0, (value - self.least) / (self.most - self.least)))


DEFINITIONS = (
    Definition(
        "feeBps",
        SALES,
        _("Protocol fee"),
        _("The part of each price that the protocol keeps. A sale keeps the fee that it was made under."),
        BPS,
        0,
        500,
        250,
        condition=_("at least so much that the three parts below are nine tenths of it together"),
    ),
    Definition(
        "referralBps",
        SALES,
        _("Referrers’ part"),
        _("What of the price goes, out of the fee, to whoever sent the buyer."),
        BPS,
        0,
        200,
        50,
        condition=_("with the other two parts at most nine tenths of the fee"),
    ),
    Definition(
        "stakersBps",
        SALES,
        _("Stakers’ part"),
        _("What of the price goes, out of the fee, to those who stake LATTICE."),
        BPS,
        0,
        200,
        75,
        condition=_("with the other two parts at most nine tenths of the fee"),
    ),
    Definition(
        "bonusCapBps",
        SALES,
        _("Bonus pool’s part"),
        _("What of the price goes, out of the fee, to bonuses; no model ever gets back more than this part."),
        BPS,
        0,
        200,
        50,
        condition=_("with the other two parts at most nine tenths of the fee"),
    ),
    Definition(
        "refundWindow",
        MARKET,
        _("Refund window"),
        _("How long a buyer may return a purchase, and a seller waits for its money."),
        SECONDS,
        DAY,
        30 * DAY,
        7 * DAY,
    ),
    Definition(
        "disputeLimit",
        MARKET,
        _("Time for a ruling"),
        _("How long a moderator has to rule on a dispute before it ends by itself."),
        SECONDS,
        7 * DAY,
        30 * DAY,
        14 * DAY,
    ),
    Definition(
        "demandWindow",
        MARKET,
        _("Demand window"),
        _("Over which time sales are counted where a seller lets demand move the price."),
        SECONDS,
        HOUR,
        7 * DAY,
        DAY,
    ),
    Definition(
        "demandStepBps",
        MARKET,
        _("Demand step"),
        _("By how much demand moves such a price at most, each window."),
        BPS,
        1,
        1_250,
        1_250,
    ),
    Definition(
        "premiumCapBps",
        MARKET,
        _("Quality premium"),
        _("How much good ratings may add to a price at most, where its seller wants that."),
        BPS,
        0,
        2_500,
        2_500,
    ),
    Definition(
        "minRatedFee",
        MARKET,
        _("Smallest fee that rates"),
        _("The fee a buyer must have paid before its rating counts."),
        COINS,
        0,
        10**16,
        10**14,
    ),
    Definition(
        "escrowDelay",
        MARKET,
        _("Wait to leave the escrow"),
        _("How long whoever prepaid for use waits to draw the rest."),
        SECONDS,
        12 * HOUR,
        7 * DAY,
        DAY,
    ),
    Definition(
        "pauseMax",
        MARKET,
        _("Longest pause"),
        _("How long the guardian may pause sales at most; then it has to rest for 30 days."),
        SECONDS,
        HOUR,
        14 * DAY,
        7 * DAY,
    ),
    Definition(
        "votingDelay",
        VOTING,
        _("Wait before a vote"),
        _("The time from a proposal to its vote. Who holds votes at its end may cast them."),
        SECONDS,
        HOUR,
        7 * DAY,
        DAY,
        DAO,
        "setVotingDelay",
        "VotingDelaySet",
    ),
    Definition(
        "votingPeriod",
        VOTING,
        _("Length of a vote"),
        _("How long a proposal can be voted on."),
        SECONDS,
        3 * DAY,
        14 * DAY,
        6 * DAY,
        DAO,
        "setVotingPeriod",
        "VotingPeriodSet",
        condition=_("never below the extension after a late quorum"),
    ),
    Definition(
        "lateQuorum",
        VOTING,
        _("Extension after a late quorum"),
        _("How much time is left to vote, at least, once the quorum is reached."),
        SECONDS,
        0,
        14 * DAY,
        2 * DAY,
        DAO,
        "setLateQuorumVoteExtension",
        "LateQuorumVoteExtensionSet",
        condition=_("never above the length of a vote"),
    ),
    Definition(
        "proposalThreshold",
        VOTING,
        _("Votes needed to propose"),
        _("How many votes, own and delegated, a proposer needs."),
        VOTES,
        SUPPLY * 5 // 10_000,
        SUPPLY * 200 // 10_000,
        SUPPLY * 25 // 10_000,
        DAO,
        "setProposalThreshold",
        "ProposalThresholdSet",
    ),
    Definition(
        "quorumNumerator",
        VOTING,
        _("Quorum"),
        _("Which part of all votes that can be cast has to be for or to abstain; 0.5 % of the supply in any case."),
        PERCENT,
        2,
        20,
        4,
        DAO,
        "updateQuorumNumerator",
        "QuorumNumeratorUpdated",
    ),
    Definition(
        "timelockDelay",
        TREASURY_RULES,
        _("Wait in the timelock"),
        _("How long what was decided waits before anybody can execute it."),
        SECONDS,
        DAY,
        14 * DAY,
        2 * DAY,
        TREASURY,
        "updateDelay",
        "MinDelayChange",
    ),
    Definition(
        "batchCap",
        TREASURY_RULES,
        _("Cap of a proposal"),
        _("Which part of the coin, of LATTICE and of each listed token one proposal may take from the treasury."),
        BPS,
        100,
        1_000,
        500,
        TREASURY,
        "setCaps",
        "CapsSet",
    ),
    Definition(
        "monthCap",
        TREASURY_RULES,
        _("Cap of 30 days"),
        _("Which part of each of them all proposals of 30 days together may take."),
        BPS,
        200,
        2_000,
        1_000,
        TREASURY,
        "setCaps",
        "CapsSet",
        part=1,
    ),
)
BY_KEY = {each.key: each for each in DEFINITIONS}
