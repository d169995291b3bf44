"""The demo's proposals: who made them, what they do, who voted how and why, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.chain import codec
from contracts.names import BONUS_POOL, DAO, DAY, DEMO_DOLLAR, PARAMETERS, TOKEN, TREASURY
from marketplace.demo.steps import DAYS

from . import texts
from .bonuses import BONUSES_MADE, EPOCH, Bonuses

HOUR, MINUTE = 3_600, 60
WHOLE = 10**18
AGAINST, FOR, ABSTAIN = 0, 1, 2  # onchain.models.proposals.Support
DELAY, PERIOD, TIMELOCK = DAY, 6 * DAY, 2 * DAY  # as the contracts are deployed
OPEN = DAYS * DAY  # when the demo opens, in seconds since its chain began

Action = tuple[str, str, tuple[Any, ...]]  # a contract's name, a function and arguments


@dataclass(frozen=True)
class Known:
    """What an action may need to know of the chain."""

    accounts: Sequence[str]
    deployment: Mapping[str, str]
    bonuses: Bonuses


@dataclass(frozen=True)
class Ballot:
    """A vote: by which of anvil's accounts, seconds after voting began, how, and why."""

    voter: int
    after: int
    support: int
    reason: str


@dataclass(frozen=True)
class DemoProposal:
    """A proposal; ``made`` is in seconds since the chain began.

    ``queued`` and ``executed`` are seconds after voting first should end and after the timelock lets it through;
    ``stopped`` is seconds after voting began, when the guardian cancels it. None: it never was.
    """

    proposer: int
    made: int
    text: str
    does: Callable[[Known], Action]
    ballots: tuple[Ballot, ...] = ()
    queued: int | None = None
    executed: int | None = None
    stopped: int | None = None


def sets(key: str, value: int) -> Callable[[Known], Action]:
    """Return the change of a parameter of the protocol."""
    return lambda known: (PARAMETERS, "set", (codec.word(key), value))


def pays(account: int, amount: int) -> Callable[[Known], Action]:
    """Return a payment of so many whole LATTICE from the treasury to one of anvil's accounts."""
    return lambda known: (TOKEN, "transfer", (known.accounts[account], amount * WHOLE))


PROPOSALS = (
    DemoProposal(
        5,
        3 * DAY + 12 * HOUR,
        texts.FEE,
        sets("feeBps", 200),
        (
            Ballot(5, HOUR, FOR, "Half a point is what keeps small sellers here. We would pass it on in full."),
            Ballot(3, 9 * HOUR, FOR, "The treasury can bear it for a quarter. Let us look at the figures again then."),
            Ballot(33, 2 * DAY, AGAINST, "I would first like to see a year of costs before we earn less."),
            Ballot(6, 3 * DAY, FOR, "Our margins on short texts are thin; this helps."),
        ),
        queued=2 * HOUR,
        executed=HOUR,
    ),
    DemoProposal(
        33,
        6 * DAY,
        texts.LONGER_VOTES,
        lambda known: (DAO, "setVotingPeriod", (10 * DAY,)),
        (Ballot(33, 2 * HOUR, FOR, "Whoever is on holiday for a week cannot vote today."),),
    ),
    DemoProposal(
        6,
        13 * DAY,
        texts.GRANT,
        pays(7, 1_500_000),
        (
            Ballot(3, 3 * HOUR, FOR, "Numbers that anybody can repeat are worth more than another campaign."),
            Ballot(5, DAY, FOR, "The milestones are clear, and the code stays open."),
            Ballot(7, 2 * DAY, ABSTAIN, "I would receive this grant, so I only count towards the quorum."),
        ),
        queued=HOUR,
        executed=3 * HOUR,
    ),
    DemoProposal(
        32,
        17 * DAY,
        texts.MARKET_MAKER,
        pays(29, 29_000_000),
        (
            Ballot(32, HOUR, FOR, "A thin market scares everybody who wants to buy LATTICE."),
            Ballot(33, 5 * HOUR, AGAINST, "No contract, no name, and almost five per cent of all that we have."),
        ),
        stopped=2 * DAY,
    ),
    DemoProposal(
        32,
        21 * DAY,
        texts.CAP_DOLLARS,
        lambda known: (TREASURY, "listAsset", (known.deployment[DEMO_DOLLAR],)),
        (
            Ballot(32, 6 * HOUR, FOR, "Fees in dollars should be as safe as fees in the coin."),
            Ballot(33, DAY, AGAINST, "Fine in substance. I would rather list every token at once."),
            # The quorum is reached within the last two days, so voting ends two days after this.
            Ballot(3, 5 * DAY + 12 * HOUR, FOR, "Nothing speaks against it. Sorry for being late."),
            Ballot(5, 7 * DAY, FOR, "The longer vote gave me the time to check the token's contract."),
        ),
        queued=DAY + 14 * HOUR,
        executed=2 * HOUR,
    ),
    DemoProposal(
        7,
        24 * DAY,
        texts.CALMER_PRICES,
        sets("demandStepBps", 625),
        (
            Ballot(7, HOUR, FOR, "Buyers told us that a price which jumps by an eighth looks like a mistake."),
            Ballot(5, 3 * DAY, FOR, "Smaller steps, same direction. Good."),
        ),
    ),
    DemoProposal(
        3,
        BONUSES_MADE,
        texts.BONUSES,
        lambda known: (BONUS_POOL, "setRoot", (EPOCH, known.bonuses.root, known.bonuses.cid)),
        (
            Ballot(3, HOUR, FOR, "I have recomputed both amounts from the chain; they are right."),
            Ballot(6, 2 * DAY, FOR, "Small sums, but a good habit to begin with."),
        ),
        queued=3 * HOUR,
        executed=HOUR,
    ),
    DemoProposal(
        6,
        OPEN - 9 * DAY - 10 * MINUTE,
        texts.LONGER_REFUNDS,
        sets("refundWindow", 10 * DAY),
        (
            Ballot(6, 2 * HOUR, FOR, "Ten days are two working weeks of trying. Our customers ask for it."),
            Ballot(32, DAY, FOR, "It costs sellers three days of waiting, and buyers a lot of worry."),
            Ballot(7, 4 * DAY, AGAINST, "Three more days until we are paid is a lot for a small shop."),
            Ballot(5, 5 * DAY, FOR, "Longer windows sell more. We see it with our own trials."),
        ),
        queued=17 * MINUTE,  # so it can be executed seven minutes after the demo opens
    ),
    DemoProposal(
        32,
        OPEN - 8 * DAY,
        texts.AUDIT,
        pays(28, 6_000_000),
        (
            Ballot(32, HOUR, FOR, "Money should not move through code that only its authors have read."),
            Ballot(3, 2 * DAY, FOR, "A fixed price and a public report. Yes."),
        ),
    ),
    DemoProposal(
        5,
        OPEN - 7 * DAY + 25 * MINUTE,
        texts.GUIDES,
        pays(12, 400_000),
        (
            Ballot(33, 4 * HOUR, AGAINST, "Guides are fine, but ask for half and show the first three."),
            Ballot(3, 2 * DAY, FOR, "The questions in support repeat themselves; guides would answer them."),
        ),
    ),
    DemoProposal(
        7,
        OPEN - 3 * DAY,
        texts.STAKERS,
        sets("stakersBps", 80),
        (
            Ballot(32, 3 * HOUR, AGAINST, "The treasury earns less since the fee went down. Not now."),
            Ballot(33, DAY, FOR, "Stakers carry the votes; the share should show that."),
        ),
    ),
    DemoProposal(6, OPEN - 5 * HOUR, texts.PREMIUM, sets("premiumCapBps", 1_500)),
)
