"""What an answer has cost, to the last wei, as every answer says it."""

from __future__ import annotations

from typing import Any

from inference.access import FREE
from inference.keys.models import ApiKey
from inference.models import Call

WORDS = {FREE: "free", "owner": "owner", "pass": "pass", "subscription": "subscription", "metered": "metered"}


def usage_of(call: Call) -> dict[str, Any]:
    """Return the use of a call that is closed, and its cost."""
    total = call.prompt_tokens + call.completion_tokens
    used = {"prompt_tokens": call.prompt_tokens, "completion_tokens": call.completion_tokens, "total_tokens": total}
    return {**used, "cost": cost_of(call)}


def cost_of(call: Call) -> dict[str, Any]:
    """Return what a call cost its payer. What a pass or a subscription covers, and what is free, costs nothing."""
    return {"wei": "0", "amount": "0", "coin": None, "paid_by": WORDS.get(call.access, call.access)}


def estimate_of(key: ApiKey, model: str, used: dict[str, Any]) -> dict[str, Any] | None:
    """Return what so much use would cost at most; None where nothing here has a price a call or a token."""
    return None
