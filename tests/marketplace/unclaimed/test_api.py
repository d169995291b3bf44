"""Unclaimed models for programs: page by page, few queries, and nothing that is no text of theirs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import Client

from accounts.addresses import checksum
from marketplace.files.cids import cid_of
from marketplace.listings.metadata import address_of
from marketplace.unclaimed.models import DocumentState, UnclaimedListing
from marketplace.unclaimed.reading import note_failure
from marketplace.unclaimed.syncing import Reader
from tests.marketplace.shop import Shop

from .market import document, list_document
from .test_views import shown

API = "/api/v1/unclaimed"
CARD = cid_of(b"# Contracts")


def asked(client: Client, **query: Any) -> dict[str, Any]:
    answer = client.get(API, query)
    assert answer.status_code == 200, answer.content
    said: dict[str, Any] = answer.json()
    return said


def test_one_is_told_as_agreed(shop: Shop, client: Client) -> None:
    assert asked(client) == {"items": [], "next": None}
    content = document(name="corner/contracts", card=CARD)
    row = shown(shop, content)
    assert row.checked_at
    (item,) = asked(client)["items"]
    assert item.pop("listed_at")
    assert item.pop("checked_at")
    assert item == {
        "chain": shop.chain.pk,
        "model_id": row.model_id,
        "seller": checksum(row.seller),
        "metadata": address_of(cid_of(content)),
        "state": "ok",
        "says": "",
        "name": "corner/contracts",
        "others_name": True,
        "summary": row.summary,
        "task": "summarization",
        "files": 1,
        "card": CARD,
        "card_state": "waiting",
        "hidden": False,
        "url": row.get_absolute_url(),
    }


def test_pages_follow_one_another_and_filters_hold(
    shop: Shop, client: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for number in range(1, 4):
        list_document(shop, document(version=f"{number}.0.0"), number)
    Reader().sync()
    note_failure(cid=cid_of(document(version="2.0.0")), state=DocumentState.SLOW)
    first = UnclaimedListing.objects.order_by("pk")[0]
    UnclaimedListing.objects.filter(pk=first.pk).update(listed_at=first.listed_at - timedelta(days=1))
    seen: list[str] = []
    cursor = ""
    while True:
        with django_assert_max_num_queries(3):
            page = asked(client, limit=1, cursor=cursor)
        seen += [item["model_id"] for item in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 3
    assert seen[-1] == first.model_id
    (slow,) = asked(client, state="slow")["items"]
    assert slow["says"].startswith("Whoever has it")
    assert (slow["card"], slow["card_state"], slow["name"]) == (None, None, "")
    for query in ({"cursor": "x"}, {"state": "nonsense"}, {"limit": 0}, {"limit": 101}):
        assert client.get(API, query).status_code in (400, 422)
