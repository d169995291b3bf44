"""Headings of public pages stand in order: one of the first level, and none skips one, as axe asks of fewer pages."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
PAGES = (
    "/",
    "/models",
    "/models?q=zzzzqqqq",
    "/models/BAAI/bge-m3",
    "/models/BAAI",
    "/about",
    "/account/",
    "/api/",
    "/commands",
    "/compare",
    "/dao",
    "/dao/delegates",
    "/dao/drafts",
    "/dao/parameters",
    "/dao/roles",
    "/dao/token",
    "/dao/treasury",
    "/keyboard",
    "/models/nobody/nothing",
    "/models/unclaimed",
    "/moderation/log",
    "/moderation/transparency",
    "/pins",
    "/privacy",
    "/report/notice",
    "/reputation",
    "/rules",
    "/sign-in",
    "/staking",
    "/status",
    "/terms",
    "/u/0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
)
HEADING = re.compile(r"<h([1-6])\b")
ASIDE = re.compile(r"<(template|dialog|svg)\b.*?</\1>", re.DOTALL)


@pytest.mark.parametrize("address", PAGES)
def test_headings_stand_in_order(client: Client, address: str) -> None:
    page = client.get(address, follow=True).content.decode()
    main = ASIDE.sub("", page[page.index("<main") : page.index("</main>")])
    levels = [int(level) for level in HEADING.findall(main)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
