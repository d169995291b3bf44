"""What an answer has cost, to the last wei, as every answer says it."""

from __future__ import annotations

from typing import Any

from contracts.currencies import currency_of
from contracts.models import Chain
from inference.access import METERED
from inference.keys.models import ApiKey
from inference.ledger.finding import cost_of as charged_of
from inference.ledger.prices import price_of
from inference.models import Call

NOTHING = {"wei": "0", "amount": "0", "coin": None, "chain_id": None, "token": None}


def used_of(call: Call) -> dict[str, Any]:
    """Return the use of a call that is closed."""
    total = call.prompt_tokens + call.completion_tokens
    return {"prompt_tokens": call.prompt_tokens, "completion_tokens": call.completion_tokens, "total_tokens": total}


def is_paid(call: Call) -> bool:
    """Whether a call costs money. What a pass or a subscription covers, and what is free, costs nothing."""
    return call.access == METERED


def cost_of(call: Call) -> dict[str, Any]:
    """Return what a call cost its payer, and by what right it ran. No query where it is not paid by use."""
    found = charged_of(call.pk) if is_paid(call) else None
    money = _money(found.chain_id, found.token, found.amount) if found else NOTHING
    return {**money, "paid_by": call.access}


def usage_of(call: Call) -> dict[str, Any]:
    """Return the use of a call that is closed, and its cost."""
    return {**used_of(call), "cost": cost_of(call)}


def estimate_of(key: ApiKey, model: str, used: dict[str, Any]) -> dict[str, Any] | None:
    """Return what so much use would cost at most where it is paid by use; None where that has no price for the key."""
    if not key.pays or key.chain_id is None:
        return None
    price = price_of(model, key.chain_id, key.token)
    if price is None:
        return None
    amount = price.cost(used["prompt_tokens"], used["completion_tokens"])
    return {**_money(key.chain_id, key.token, amount), "paid_by": METERED}


def _money(chain_id: int, token: str, amount: int) -> dict[str, Any]:
    """Return an amount in its smallest unit and in whole ones; texts, since no float holds it."""
    chain = Chain.objects.get(pk=chain_id)
    currency = currency_of(chain, token)
    whole = currency.number(amount).replace(",", "") if currency.decimals is not None else None
    return {"wei": str(amount), "amount": whole, "coin": currency.symbol, "chain_id": chain_id, "token": token}
