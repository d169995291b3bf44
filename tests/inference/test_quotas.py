"""Fair use: what a pass covers in thirty days, and how it moves with the pass. No engine is asked."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from common.templatetags.look import SPACE
from contracts.models import Chain, Cursor
from contracts.names import COIN
from inference.access import Visitor
from inference.actions import finish_call, journal_call, start_call
from inference.allowance import allowance_of
from inference.errors import FairUseSpentError, TooManyStreamsError
from inference.models import Call, CallState, QuotaMove, UsageWindow
from inference.quotas import move_quotas
from marketplace.files.cids import cid_of
from marketplace.listings.offers import FairUse, fair_use_of
from marketplace.listings.versions import MetadataDocument
from marketplace.onchain.models.listings import OnchainListing
from marketplace.onchain.models.passes import PassTransferFact
from marketplace.scores.models import Use

from .conftest import CHAT, MODEL_ID

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.usefixtures("owner")]

ANNA, BEN = "0x" + "1a" * 20, "0x" + "2b" * 20
PASS = 1_000_000  # tokens in 30 days


@pytest.fixture
def chain(owner: User) -> Chain:
    """The chain, indexed up to block 100: the last final one is 97."""
    made = Chain.objects.get()
    Cursor.objects.create(chain=made, number=100, hash="0x" + "0" * 64)
    return made


def transfer(chain: Chain, block: int, sender: str, recipient: str, quantity: int = 1, item: int = 0) -> None:
    PassTransferFact.objects.create(
        chain=chain,
        block_number=block,
        tx_hash=f"0x{block:064x}",
        index=0,
        log_index=0,
        time=timezone.now(),
        item=item,
        model_id=MODEL_ID,
        sender=sender,
        recipient=recipient,
        quantity=quantity,
    )


def visitor(address: str) -> Visitor:
    return Visitor.of("203.0.113.7", User.objects.get_or_create(address=address)[0], 31337)


def use(address: str, tokens: int, days_ago: int = 0) -> None:
    """Have a holder use tokens of their pass."""
    UsageWindow.objects.create(
        scope="holder", key=f"{address} {CHAT} pass", starts=day(days_ago), budget=tokens, spent=tokens
    )


def day(ago: int) -> date:
    return timezone.now().date() - timedelta(days=ago)


def used(address: str) -> dict[date, int]:
    rows = UsageWindow.objects.filter(scope="holder", key=f"{address} {CHAT} pass", spent__gt=0)
    return dict(rows.values_list("starts", "spent"))


def said(address: str) -> str:
    return allowance_of(visitor(address), CHAT).sentence.replace(SPACE, " ")


def start(address: str) -> Call:
    return start_call(visitor=visitor(address), listing=CHAT, texts=["Hello"])


def test_each_use_counts_for_thirty_days_and_the_page_says_when_it_comes_back(chain: Chain) -> None:
    transfer(chain, 90, COIN, ANNA)
    assert said(ANNA) == "1 M of 1 M tokens left for 30 days"
    use(ANNA, 600_000, days_ago=29)
    use(ANNA, 300_000, days_ago=30)
    use(ANNA, 100_000, days_ago=1)
    shown = allowance_of(visitor(ANNA), CHAT)
    assert (shown.left, shown.budget) == (300_000, PASS)
    back = date_format(day(-1), "j M Y")
    assert said(ANNA) == f"300 k of 1 M tokens left in 30 days; 600 k come back on {back}"
    call = start(ANNA)
    assert UsageWindow.objects.get(starts=day(0)).budget == 300_000
    journal_call(call_id=call.pk, tokens=5, characters=9, first_token_ms=1)
    finish_call(call_id=call.pk, state=CallState.DONE)
    assert used(ANNA)[day(0)] == call.prompt_tokens + 5
    use(ANNA, 300_000, days_ago=2)
    with pytest.raises(FairUseSpentError):
        start(ANNA)


def test_two_passes_cover_twice_as_much(chain: Chain) -> None:
    transfer(chain, 90, COIN, ANNA, 2)
    use(ANNA, PASS, days_ago=1)
    assert allowance_of(visitor(ANNA), CHAT).left == PASS
    assert start(ANNA).access == "pass"


def test_the_metadata_states_tokens_days_and_streams(chain: Chain) -> None:
    content = json.dumps({"fair_use": {"tokens": 5_000, "days": 7, "streams": 1}}).encode()
    MetadataDocument.objects.create(cid=cid_of(content), content=content)
    OnchainListing.objects.update(metadata=f"ipfs://{cid_of(content)}")
    try:
        transfer(chain, 90, COIN, ANNA)
        use(ANNA, 4_000, days_ago=6)
        use(ANNA, 4_000, days_ago=7)
        assert said(ANNA).startswith("1 k of 5 k tokens left in 7 days; 4 k come back on ")
        start(ANNA)
        with pytest.raises(TooManyStreamsError):
            start(ANNA)
    finally:
        MetadataDocument.objects.filter(cid=cid_of(content)).delete()


FULL = {"tokens": 5_000, "days": 7, "streams": 1}
ODD_TERMS: list[tuple[Any, FairUse | None]] = [
    ({**FULL, "days": 10**30}, FairUse(5_000, 366, 1)),
    ({**FULL, "tokens": 10**30}, FairUse(10**12, 7, 1)),
    ({**FULL, "days": 0}, None),
    ({**FULL, "days": "7"}, None),
    ({**FULL, "streams": True}, None),
    ({**FULL, "tokens": -1}, None),
    ({"tokens": 5_000}, None),
    ({**FULL, "more": 1}, FairUse(5_000, 7, 1)),
    ([5_000, 7, 1], None),
    (None, None),
]


@pytest.mark.parametrize(("stated", "read"), ODD_TERMS, ids=ascii)
def test_whatever_metadata_states_is_bounded_or_does_not_count(chain: Chain, stated: Any, read: FairUse | None) -> None:
    content = json.dumps({"fair_use": stated}).encode()
    MetadataDocument.objects.create(cid=cid_of(content), content=content)
    OnchainListing.objects.update(metadata=f"ipfs://{cid_of(content)}")
    try:
        assert fair_use_of(f"ipfs://{cid_of(content)}") == read
        transfer(chain, 90, COIN, ANNA, 2)
        assert allowance_of(visitor(ANNA), CHAT).budget == 2 * (read.tokens if read else PASS)
        start(ANNA)
    finally:
        MetadataDocument.objects.filter(cid=cid_of(content)).delete()


def test_what_was_used_moves_with_a_pass_as_large_a_part_as_of_the_passes(chain: Chain) -> None:
    transfer(chain, 80, COIN, ANNA, 4)
    use(ANNA, 1_200_000, days_ago=3)
    use(ANNA, 400_000)
    transfer(chain, 90, ANNA, BEN)
    assert move_quotas(chain=chain) == 1
    assert move_quotas(chain=chain) == 0
    assert used(ANNA) == {day(3): 900_000, day(0): 300_000}
    assert used(BEN) == {day(3): 300_000, day(0): 100_000}
    assert [allowance_of(visitor(each), CHAT).left for each in (ANNA, BEN)] == [1_800_000, 600_000]
    assert QuotaMove.objects.get().tokens == 400_000


def test_a_pass_that_was_used_up_is_no_new_one_in_other_hands(chain: Chain) -> None:
    transfer(chain, 80, COIN, ANNA)
    use(ANNA, PASS)
    transfer(chain, 90, ANNA, BEN)
    with pytest.raises(FairUseSpentError):  # the indexer has not moved it yet
        start(BEN)
    move_quotas(chain=chain)
    assert (used(ANNA), used(BEN)) == ({}, {day(0): PASS})
    transfer(chain, 91, BEN, ANNA)
    with pytest.raises(FairUseSpentError):
        start(ANNA)


def test_a_transfer_counts_when_it_is_final_and_only_between_people(chain: Chain) -> None:
    transfer(chain, 80, COIN, ANNA, 2)
    use(ANNA, PASS)
    transfer(chain, 98, ANNA, BEN)
    transfer(chain, 85, ANNA, COIN)  # burnt: what it was used for stays used
    transfer(chain, 86, ANNA, ANNA)
    assert move_quotas(chain=chain) == 0
    Cursor.objects.update(number=101)
    assert move_quotas(chain=chain) == 1
    assert used(BEN) == {day(0): PASS}


def test_an_answer_that_is_being_written_does_not_stand_in_the_way(chain: Chain) -> None:
    transfer(chain, 80, COIN, ANNA)
    call = start(ANNA)
    transfer(chain, 90, ANNA, BEN)
    assert start(BEN).access == "pass"
    journal_call(call_id=call.pk, tokens=5, characters=9, first_token_ms=1)
    finish_call(call_id=call.pk, state=CallState.DONE)
    assert used(ANNA) == {day(0): call.prompt_tokens + 5}


def test_many_at_once_move_a_transfer_once(chain: Chain) -> None:
    transfer(chain, 80, COIN, ANNA, 2)
    use(ANNA, PASS)
    transfer(chain, 90, ANNA, BEN)

    def attempt(_number: int) -> int:
        try:
            return move_quotas(chain=chain)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(attempt, range(6))) == [0] * 5 + [1]
    assert (used(ANNA), used(BEN)) == ({day(0): PASS // 2}, {day(0): PASS // 2})


def test_what_a_holder_has_run_stands_beside_their_review_and_free_calls_do_not(chain: Chain) -> None:
    transfer(chain, 90, COIN, ANNA)
    for address in (ANNA, BEN):
        call = start(address)
        journal_call(call_id=call.pk, tokens=5, characters=9, first_token_ms=1)
        for _ in range(2):
            finish_call(call_id=call.pk, state=CallState.DONE)
    # What delivered nothing was no use.
    finish_call(call_id=start(ANNA).pk, state=CallState.FAILED)
    run = Use.objects.get()
    assert (run.address, run.listing.name, run.calls, run.tokens) == (ANNA, CHAT, 1, call.prompt_tokens + 5)
