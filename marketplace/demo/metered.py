"""What use of the demo's models costs: for tokens, and by the call. Whoever prepays in the escrow can use them so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from contracts.names import COIN, DAY, DEMO_DOLLAR, MARKET
from marketplace.onchain.models.listings import Plan

from .listings import DOLLAR, MILLI
from .senses import ALL, SENSES
from .steps import Step

# Wei for 1,000,000 tokens read, and written: an answer of 200 tokens costs some 0.00001 coin.
RATES = {"pocket-lab/smollm2-chat": (20 * MILLI, 50 * MILLI), "pocket-lab/smollm2-monthly": (20 * MILLI, 50 * MILLI)}
CALL_PRICES = {"plain-words/short-summary": MILLI // 10} | {each.name: MILLI // 10 for each in SENSES}
# In demo dollars, of which a signature alone pays one call (x402): a program needs no account for it.
DOLLAR_PRICES = {"shopfront/product-copy": DOLLAR // 100}
PRICED = 4  # the day on which their sellers set them


def pricing_steps(start: int, ids: Mapping[str, str], deployment: Mapping[str, str]) -> Iterator[Step]:
    """Yield the transactions that set them, of a chain that began at ``start``; ``ids`` are the models' by name."""
    sellers = {each.name: each.seller.index for each in ALL}
    time = start + PRICED * DAY
    for name, (read, written) in RATES.items():
        rates = {"token": COIN, "inPerM": read, "outPerM": written}
        yield Step(time, sellers[name], MARKET, "setRates", (ids[name], rates))
    for token, prices in ((COIN, CALL_PRICES), (deployment[DEMO_DOLLAR], DOLLAR_PRICES)):
        for name, price in prices.items():
            plan = {"plan": Plan.METERED, "token": token, "price": price, "period": 0}
            yield Step(time, sellers[name], MARKET, "setPlan", (ids[name], plan))
