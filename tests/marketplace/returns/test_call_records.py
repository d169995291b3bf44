"""The calls that a disputed purchase paid for, which either side can attach as they were shown."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from typing import Any

from accounts.models import User
from inference.disputed import COLUMNS, MOST_RECORDS, records_of
from inference.models import Call, CallState, Upstream
from marketplace.files.models import StoredFile
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.returns.finding import purchase_of
from marketplace.returns.statements import Attachment
from tests.marketplace.returns.story import MODERATOR, bought, disputed
from tests.marketplace.returns.test_dispute_pages import PROGRAM, page, window
from tests.marketplace.shop import BUYER, OTHER, SELLER, Shop


def called(shop: Shop, made: PurchaseReturn, who: int = BUYER, **values: Any) -> Call:
    """Write down a call of the model, a moment before the dispute."""
    Upstream.objects.get_or_create(listing="corner/chat", engine="smollm2", mode="chat")
    at = made.taken_at - timedelta(milliseconds=500)
    given = {
        "listing": "corner/chat",
        "engine": "smollm2",
        "user": User.objects.get_or_create(address=shop.address(who))[0],
        "payer": "somebody",
        "access": "pass",
        "slot": 1,
        "reserved": 60,
        "max_tokens": 40,
        "state": CallState.DONE,
        "prompt_tokens": 12,
        "completion_tokens": 34,
        "started_at": at,
        "first_token_ms": 210,
        "ended_at": at + timedelta(milliseconds=1_500),
    }
    return Call.objects.create(**(given | values))


def test_only_the_holders_calls_by_this_purchase_are_shown(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    mine = called(shop, made)
    failed = called(shop, made, state=CallState.FAILED, error="gone", completion_tokens=0, first_token_ms=None)
    called(shop, made, OTHER)
    called(shop, made, access="free")
    called(shop, made, listing="corner/other")
    called(shop, made, started_at=purchase_of(made).time - timedelta(seconds=1))
    called(shop, made, started_at=made.taken_at + timedelta(seconds=1))
    records = records_of(made, purchase_of(made))
    assert {each.pk for each in records.calls} == {mine.pk, failed.pk}
    rows = list(csv.DictReader(records.text.splitlines()))
    assert tuple(rows[0]) == COLUMNS
    (row,) = (each for each in rows if each["call"] == str(mine.pk))
    told = [
        row[name] for name in ("access", "state", "input tokens", "output tokens", "first token (ms)", "duration (ms)")
    ]
    assert told == ["pass", "done", "12", "34", "210", "1500"]
    assert records.states == [("Done", 1), ("Failed", 1)]


def test_either_side_attaches_exactly_what_was_shown(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    called(shop, made)
    address, cids = f"/disputes/{made.receipt}/calls", set()
    for who in (BUYER, SELLER):
        browser = window(shop, who)
        shown = browser.get(address).content.decode()
        cid = re.search(r'name="cid" value="(\w+)"', shown)
        assert cid
        assert records_of(made, purchase_of(made)).text in shown
        assert browser.post(address, {"cid": cid[1]}, headers=PROGRAM).json() == {"files": [cid[1]]}
        assert browser.post(address, {"cid": cid[1]})["Location"] == f"/disputes/{made.receipt}#say"
        assert "call-records.csv.txt" in page(browser, made)
        cids.add(cid[1])
    assert len(cids) == StoredFile.objects.count() == 1
    assert Attachment.objects.count() == 2
    called(shop, made)
    changed = window(shop, BUYER).post(address, {"cid": cids.pop()}, headers=PROGRAM)
    assert (changed.status_code, changed.json()["code"]) == (409, "records-changed")


def test_others_see_no_records_and_none_can_be_attached_where_there_are_none(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    address = f"/disputes/{made.receipt}/calls"
    for who, status in ((BUYER, 200), (SELLER, 200), (MODERATOR, 200), (OTHER, 404)):
        answer = window(shop, who).get(address)
        assert answer.status_code == status
        assert "data-records" not in answer.content.decode()
    cid = records_of(made, purchase_of(made)).upload.cid
    assert window(shop, BUYER).post(address, {"cid": cid}).status_code == 409


def test_of_many_calls_the_latest_are_taken(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    first = called(shop, made)
    values = {field.attname: getattr(first, field.attname) for field in Call._meta.local_fields if field.name != "id"}
    values["started_at"] += timedelta(milliseconds=1)
    rest = Call.objects.bulk_create(Call(**values) for _ in range(MOST_RECORDS))
    records = records_of(made, purchase_of(made))
    assert (len(records.calls), records.count) == (MOST_RECORDS, MOST_RECORDS + 1)
    assert {each.pk for each in records.calls} == {each.pk for each in rest}
