"""What a visitor is told that they have left. No engine is asked."""

from typing import Any

import pytest

from accounts.models import User
from common.templatetags.look import SPACE
from inference.access import Visitor
from inference.actions import finish_call, journal_call, start_call
from inference.allowance import SEGMENTS, Allowance, allowance_of
from inference.models import CallState

from .conftest import CHAT

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.usefixtures("listings")]

ANONYMOUS = Visitor.of("203.0.113.7", None)


def shown(visitor: Visitor = ANONYMOUS) -> Allowance:
    return allowance_of(visitor, CHAT)


def test_the_scarcer_of_the_limits_is_told(settings: Any) -> None:
    settings.FREE_TOKENS = {**settings.FREE_TOKENS, "all": 300, "block": 6_000}
    assert (shown().left, shown().budget, shown().filled) == (300, 6_000, 1)
    settings.FREE_TOKENS = {**settings.FREE_TOKENS, "all": 30_000}
    assert (shown().left, shown().filled) == (6_000, SEGMENTS)
    assert shown().sentence == "6,000 of 6,000 free tokens left today"


def test_what_runs_is_taken_off_until_it_ends() -> None:
    before = shown().left
    call = start_call(visitor=ANONYMOUS, listing=CHAT, texts=["Hello"])
    assert shown().left == before - call.reserved
    journal_call(call_id=call.pk, tokens=5, characters=9, first_token_ms=1)
    finish_call(call_id=call.pk, state=CallState.STOPPED)
    assert shown().left == before - call.prompt_tokens - 5


def test_a_holder_is_told_of_their_own_tokens(owner: User) -> None:
    assert shown(Visitor.of("203.0.113.7", owner, 31337)).as_dict() == {
        "left": 1_000_000,
        "budget": 1_000_000,
        "filled": SEGMENTS,
        "sentence": f"1{SPACE}M of 1{SPACE}M tokens left for 30 days",
    }
