"""What the demo's proposals say, in Markdown; the first line is a proposal's title."""

FEE = """# Lower the protocol fee from 2.5 % to 2 %

## Why
Most passes sold here cost 0.03 ETH or less. For their sellers the fee is the largest cost after computing.

## What changes
`feeBps` goes from 250 to 200. It holds for sales after the execution; earlier sales keep the fee they were made with.

## Cost
Referrers (0.5 %), stakers (0.75 %) and the bonus pool (0.5 %) keep their parts. So the treasury alone pays: it gets
0.25 % of a sale instead of 0.75 %."""

LONGER_VOTES = """# Let votes last ten days instead of six

Several holders have missed a vote while they were away. With a period of ten days a proposal takes two weeks from its
first line to its execution.

- `votingPeriod`: 6 days → 10 days
- everything else stays as it is"""

GRANT = """# Fund an open benchmark of text embeddings: 1,500,000 LATTICE

## What we get
`vector-works` measures every embedding model that is listed here on the same public test sets, once a month, and
publishes code, raw results and a short report.

## Milestones
1. Test harness in the open within four weeks.
2. First report after six weeks.
3. Two more reports, one a month.

## Payment
1,500,000 LATTICE from the treasury, which is 0.25 % of what it holds. What is left over comes back."""

MARKET_MAKER = """# Lend 29,000,000 LATTICE to a market maker

The market for LATTICE is thin. A market maker would quote prices on both sides for six months and return the loan
afterwards. The loan is paid to the address in the action; terms are agreed after the vote."""

CAP_DOLLARS = """# Put the treasury's demo dollars under its caps

The treasury receives fees in demo dollars, but its caps cover the coin and LATTICE only: one batch could spend every
dollar.

`Treasury.listAsset` adds the demo dollar. From then on a batch leaves at least 95 % of the dollars, and all batches of
thirty days at least 90 %."""

CALMER_PRICES = """# Halve the step by which demand moves prices

Prices that follow demand move by at most 12.5 % from one window to the next. Buyers who compare two days in a row take
that for an error.

- `demandStepBps`: 1,250 → 625
- Floors, caps and windows stay as sellers have set them."""

BONUSES = """# Pay the first bonus epoch

The bonus pool has been filling since the first release of fees. This fixes the root of epoch 1: two models, each at
0.5 % of the fees that its sales have brought and that can no longer be refunded.

The list with the exact amounts is the document whose CID the action names. Sellers claim for themselves."""

LONGER_REFUNDS = """# Give buyers ten days to return a purchase

## Why
Seven days are often one working week, too short to try a model in a real project.

## What changes
`refundWindow` goes from 7 to 10 days, for sales after the execution.

## Who pays
Sellers, who wait three days longer for their money. Nothing changes for what has been sold already."""

AUDIT = """# Pay for an independent audit of the payment contracts: 6,000,000 LATTICE

An outside firm reads `ModelMarketplace`, `RevenueSplitter` and `InferenceEscrow` for four weeks.

- The price is fixed, so there is no second request.
- The report is published in full, with our answers.
- The treasury spends 1 % of its LATTICE, well below its cap of 5 % a batch."""

GUIDES = """# Write twelve guides for people who run a model for the first time: 400,000 LATTICE

Each guide takes one task, from buying access to the first useful answer, and can be followed in fifteen minutes. They
are published under CC BY 4.0, and are kept up to date for a year."""

STAKERS = """# Raise the stakers' part of the fee to 0.8 %

Since the fee was lowered, stakers, referrers and the bonus pool together receive 1.75 of its 2 points. The rules leave
room for 1.8.

`stakersBps` goes from 75 to 80. The treasury's part goes down from 0.25 % to 0.2 % of each sale."""

PREMIUM = """# Cap the premium for high demand at 15 %

A listing may ask up to 25 % more while many buy it. No seller here asks for that yet.

`premiumCapBps` goes from 2,500 to 1,500. A lower cap makes prices easier to plan with, and takes nothing from anybody
today."""
