"""Actions of proposals for programs: in words, raw, and as the chain would take them now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from common.access import public_api
from governance.ground.home import home_chain

from .explaining import Explained
from .finding import found_proposal, limit_trials
from .outcomes import Outcome, outcome_of

router = Router(tags=["Governance"])


class ArgumentOut(Schema):
    """An argument of a call; what stands in structs and lists by its path."""

    name: str
    value: str


class WarningOut(Schema):
    """What to know of an action; a ``serious`` one may lose money or control."""

    title: str
    text: str
    serious: bool


class EffectOut(Schema):
    """What an action comes to, in one figure."""

    label: str
    value: str
    note: str


class ActionOut(Schema):
    """A call that a proposal makes. Lists of proposals leave out what it means, and its arguments."""

    target: str
    contract: str = Field(description="Our name for the target; empty where it is not ours.")
    value: str = Field(description="Wei that go along, as a decimal string.")
    calldata: str = Field(description="0x text.")
    signature: str = Field(description="The function's signature; empty where the call cannot be read.")
    words: str | None = Field(None, description="What it does, in a sentence.")
    text: str | None = Field(None, description="What there is to say besides.")
    kind: str | None = Field(None, description="What sort of action it is, such as `parameter`, `payment` or `role`.")
    arguments: list[ArgumentOut] | None = Field(None, description="Those in structs and lists by their path.")
    effects: list[EffectOut] | None = Field(None, description="What it comes to, computed from what is indexed.")
    warnings: list[WarningOut] | None = Field(None, description="What to know before one votes for it.")


class ChangesOut(Schema):
    """What a contract notes, in sentences."""

    contract: str
    address: str
    changes: list[str]


class BalanceOut(Schema):
    """What an account has of an asset before and after, in smallest units."""

    account: str
    asset: str
    before: str
    after: str


class SimulationOut(Schema):
    """What came of trying a proposal at ``block``, with the clock at ``time``, or what its execution has changed.

    ``status`` is ``succeeds``, ``reverts`` (``reason`` says why, ``failing_action`` which one, counted from 1),
    ``executed``, ``over`` where it came to nothing, or ``untried`` where no node could be asked.
    """

    status: str
    block: int | None = None
    time: datetime | None = None
    gas: int | None = None
    reason: str = ""
    error: str = ""
    failing_action: int | None = None
    changes: list[ChangesOut]
    balances: list[BalanceOut]


def action_out(action: Explained) -> dict[str, Any]:
    """Return an action as ActionOut has it, whole."""
    call, named = action.call, {name: getattr(action, name) for name in ("text", "kind", "contract", "signature")}
    effects = [{"label": str(each.label), "value": each.value, "note": str(each.note)} for each in action.effects]
    warnings = [{"title": each.title, "text": each.text, "serious": each.serious} for each in action.warnings]
    arguments = [{"name": name, "value": value} for name, value in action.arguments]
    raw = {"target": call.target, "value": str(call.value), "calldata": call.data}
    return {**raw, **named, "words": action.title, "arguments": arguments, "effects": effects, "warnings": warnings}


@router.get("/proposals/{number}/simulation", response=SimulationOut)
@public_api
def simulate_proposal(request: HttpRequest, number: int) -> dict[str, Any]:
    """Try a proposal's execution at the latest block, without sending it."""
    limit_trials(str(request.META.get("REMOTE_ADDR", "")))
    return _simulation(outcome_of(found_proposal(home_chain(), number)))


def _simulation(outcome: Outcome) -> dict[str, Any]:
    tried = outcome.simulation
    noted = tried.happened if tried else outcome.happened
    changes = [{"contract": each.contract, "address": each.address, "changes": each.sentences} for each in noted]
    if tried is None:
        return {"status": "executed" if outcome.is_executed else "over", "changes": changes, "balances": []}
    balances = [
        {"account": each.account, "asset": each.currency.token, "before": str(each.before), "after": str(each.after)}
        for each in tried.moved
    ]
    told = {"reason": tried.trouble or tried.reason, "error": tried.error, "failing_action": tried.failing}
    status = "untried" if tried.trouble else "reverts" if tried.reason else "succeeds"
    when = {} if tried.trouble else {"block": tried.block, "time": tried.time, "gas": tried.gas}
    return {"status": status, **when, **told, "changes": changes, "balances": balances}
