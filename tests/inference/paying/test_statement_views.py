"""A wallet's statement: every wei of a month, in balance, on the page and in the file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from contracts.names import COIN
from inference.ledger.models import Charge
from inference.paying.statement import statement_of

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
    # Another one's statement is another one.
    payer.browser.force_login(User.objects.create(address="0x" + "9" * 40))
    assert "acme/chat" not in payer.browser.get("/account/statement.csv").content.decode()
