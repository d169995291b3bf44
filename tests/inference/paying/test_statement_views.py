"""A wallet's statement: every wei of a month, in balance, on the page and in the file."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from contracts.names import COIN
from inference.keys.models import ApiKey
from inference.ledger.models import Charge
from inference.ledger.receipts import open_receipt, words_hash
from inference.paying.statement import A_PAGE, calls_of, statement_of

from .conftest import Payer
from .test_money import make

ONE = 10**18


def test_a_month_adds_up(payer: Payer) -> None:
    assert payer.browser.get("/account/statement").status_code == 200
    key = make(payer)
    payer.do(f"/account/keys/{key.pk}/authorise", amount="1")
    now = timezone.now()
    same = {"chain_id": payer.chain.pk, "token": COIN, "payer": payer.address, "key": key.pk, "key_id": key.key_id}
    for days, units in ((0, 3), (0, 4), (40, 5)):
        Charge.objects.create(
            **same,
            listing="acme/chat",
            model_id="0x" + "1" * 64,
            held=10,
            amount=units,
            prompt_tokens=2,
            completion_tokens=1,
            started_at=now - timedelta(days=days),
            ended_at=now,
        )
    found = statement_of(payer.address, payer.chain, COIN, now.date().replace(day=1))
    assert (found.opening, found.paid_in, found.used, found.closing) == (-5, ONE, 7, ONE - 12)
    assert found.before is not None
    assert found.after is None
    page = payer.browser.get("/account/statement").content.decode()
    assert "2 calls by Bot" in page
    rows = list(csv.DictReader(io.StringIO(payer.browser.get("/account/statement.csv").content.decode())))
    assert sum(int(row["amount_smallest_units"]) for row in rows) == ONE - 7
    assert [row["what"] for row in rows] == ["deposit", "call", "call"]
    for query in ("month=junk", "month=2026-13", "month=9999-99", "chain=x&token=y", "month=0001-01"):
        assert payer.browser.get(f"/account/statement?{query}").status_code == 200
    _calls_have_receipts(payer, key)
    # Another one's statement is another one.
    payer.browser.force_login(User.objects.create(address="0x" + "9" * 40))
    assert "acme/chat" not in payer.browser.get("/account/statement.csv").content.decode()


def _calls_have_receipts(payer: Payer, key: ApiKey) -> None:
    """Each call of a line is told with its receipt, on a page and in the file, to who paid it."""
    first, second = Charge.objects.filter(amount__in=(3, 4)).order_by("started_at", "pk")
    secret = open_receipt(call=first.call, asked=words_hash(["Hello"])).secret
    page = payer.browser.get("/account/statement").content.decode()
    (link,) = re.findall(r'href="(/account/statement/calls[^"]+)"', page)
    calls = payer.browser.get(unescape(link)).content.decode()
    assert calls.count(f'href="/receipts/{secret}"') == 1
    assert "by Bot" in calls
    assert payer.browser.get(f"/receipts/{secret}").status_code == 200
    rows = list(csv.DictReader(io.StringIO(payer.browser.get("/account/statement.csv").content.decode())))
    told = {int(row["amount_smallest_units"]): row["receipt"] for row in rows}
    assert told[-first.amount] == f"http://testserver/receipts/{secret}"
    assert told[-second.amount] == ""
    for wrong in ("day=9999-12-31", "day=x", "key=x", "model=acme/other", "chain=x", "cursor=x"):
        assert payer.browser.get(f"{unescape(link)}&{wrong}").status_code in {200, 400, 404}
    others = Client()
    others.force_login(User.objects.create(address="0x" + "8" * 40))
    assert others.get(unescape(link)).status_code == 404
    with CaptureQueriesContext(connection) as seen:
        payer.browser.get(unescape(link))
    assert len(seen) <= 6


def test_a_page_of_calls_ends_and_the_next_begins_after_it(payer: Payer) -> None:
    key, now = make(payer), timezone.now()
    same = {"chain_id": payer.chain.pk, "token": COIN, "payer": payer.address, "key": key.pk, "key_id": key.key_id}
    own = {**same, "listing": "acme/chat", "model_id": "0x" + "1" * 64, "held": 1_000, "started_at": now}
    Charge.objects.bulk_create(Charge(**own, amount=number, ended_at=now) for number in range(1, A_PAGE + 4))
    day = now.date()
    first = calls_of(payer.address, payer.chain, COIN, day=day, listing="acme/chat", key=key.pk)
    rest = calls_of(payer.address, payer.chain, COIN, day=day, listing="acme/chat", key=key.pk, cursor=first.next)
    assert [each.charge.amount for each in (*first.items, *rest.items)] == list(range(1, A_PAGE + 4))
    assert (len(first.items), rest.next) == (A_PAGE, "")
