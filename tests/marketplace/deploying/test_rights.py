"""A download that has begun ends when access does: by a refund, by the seller, by a moderator, by signing out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connections
from django.utils import timezone

from config.asgi import site
from config.guard import slices
from config.guard.protocol import Message
from marketplace.deploying.links import link_to
from marketplace.deploying.rights import may_go_on
from marketplace.files.blobs import Blob
from marketplace.listings.gates import AccessRule
from marketplace.listings.versions import Version, VersionFile
from marketplace.returns.actions import prepare_refund
from tests.config.guard.driver import Client, http
from tests.factories.releases import add_files
from tests.marketplace.returns.story import bought
from tests.marketplace.shop import BUYER, Shop
from tests.sockets import cookie_in
from tests.waiting import becomes

from .conftest import Release

SIZE = 300_000


@pytest.fixture
def sold(committed: Shop) -> Iterator[Release]:
    """A release with a file, in rows that other threads see."""
    version = Version.objects.get(listing__name="corner/chat")
    (file,) = add_files(version, {"model.bin": bytes(SIZE)})
    yield Release(committed, version)
    VersionFile.objects.all().delete()
    Blob.objects.filter(pk=file.blob_id).delete()


class SlowReader:
    """Takes one piece of an answer, and then nothing until it is told to."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.reads = asyncio.Event()

    async def send(self, message: Message) -> None:
        self.got.append(message)
        if message["type"] == "http.response.body":
            await self.reads.wait()

    @property
    def size(self) -> int:
        return sum(len(each.get("body", b"")) for each in self.got)


@pytest.mark.parametrize("way", ["session", "link"])
def test_a_refund_ends_what_a_slow_reader_has_begun(sold: Release, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    shop, asked = sold.shop, list[bool]()
    monkeypatch.setattr(slices, "ASKED", 0.02)
    monkeypatch.setattr(slices, "LARGE", 1000)

    def counted(**about: Any) -> bool:
        asked.append(may_go_on(**about))
        return asked[-1]

    monkeypatch.setattr("marketplace.deploying.views.may_go_on", counted)
    order = bought(shop)
    cookie = (b"cookie", cookie_in(sold.browser(BUYER)))
    link = link_to(shop.buyer, shop.chain.pk, sold.version.files.get())
    scope = http(path=sold.file_url("model.bin"), headers=[cookie]) if way == "session" else http(path=link)

    def refund() -> None:
        shop.pay(prepare_refund(user=shop.buyer, ref=order.ref))
        shop.index(3)
        connections.close_all()

    async def scene() -> SlowReader:
        reader = SlowReader()
        download = asyncio.create_task(site(scope, Client().receive, reader.send))
        await becomes(lambda: len(asked) > 2)
        assert all(asked)
        await asyncio.to_thread(refund)
        await download
        reader.reads.set()
        return reader

    reader = asyncio.run(scene())
    assert reader.got[0]["status"] == 200
    assert asked[-1] is False
    assert 0 < reader.size < SIZE
    assert reader.got[-1]["more_body"], "an end that is told would look like the whole file"


def test_who_may_still_have_it_is_read_anew(release: Release) -> None:
    bought(release.shop)
    buyer, version = release.shop.buyer, release.version
    browser = release.browser(BUYER)
    session = str(browser.session.session_key)
    about: dict[str, Any] = {"version_id": version.pk, "user_id": buyer.pk, "chain_id": release.shop.chain.pk}

    def both() -> tuple[bool, bool]:
        return may_go_on(**about, session=session), may_go_on(**about, session="")

    assert both() == (True, True)
    assert may_go_on(**{**about, "chain_id": 1}, session="") is False
    assert may_go_on(**{**about, "user_id": None}, session="") is False
    rule = AccessRule.objects.create(
        listing="corner/chat", address=buyer.address, allows=False, reason="It was resold."
    )
    assert both() == (False, False)
    rule.delete()
    version.yanked_at = timezone.now()
    version.save()
    assert both() == (True, True), "who holds it keeps what its seller advises against"
    Session.objects.filter(pk=session).delete()
    assert both() == (False, True), "a link is of no session"
    buyer.is_active = False
    buyer.save()
    assert both() == (False, False)
