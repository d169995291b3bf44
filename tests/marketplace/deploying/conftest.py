"""The shop's model with real files, and everybody who may come for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client as Browser

from accounts.models import User
from contracts.chain import codec
from contracts.chain.preflight import WalletCall
from contracts.names import COIN
from marketplace.listings.versions import Version
from marketplace.onchain.models.listings import Plan
from marketplace.returns.actions import prepare_refund
from tests.deploying import MODERATOR
from tests.factories.releases import add_files
from tests.factories.tiny_model import tiny_model
from tests.marketplace.returns.story import bought
from tests.marketplace.shop import BUYER, OTHER, SELLER, Shop
from tests.moderators import give_role

FAR = 2**40  # seconds since 1970
KEY = "0x" + "5e" * 32


@dataclass
class Release:
    """The shop's release with files."""

    shop: Shop
    version: Version

    @property
    def url(self) -> str:
        return f"/models/corner/chat/v/{self.version.number}"

    def file_url(self, path: str = "config.json") -> str:
        return f"{self.url}/files/{path}"

    def browser(self, number: int | None) -> Browser:
        """Return a browser that has signed in as one of the chain's accounts, on that chain."""
        browser = Browser()
        if number is not None:
            browser.force_login(User.objects.get_or_create(address=self.shop.address(number))[0])
            session = browser.session
            session["chain_id"] = self.shop.chain.pk
            session.save()
        return browser


@pytest.fixture
def release(shop: Shop) -> Release:
    version = Version.objects.get(listing__name="corner/chat")
    add_files(version, tiny_model())
    return Release(shop, version)


def _refunded(release: Release) -> int:
    order = bought(release.shop)
    release.shop.pay(prepare_refund(user=release.shop.buyer, ref=order.ref))
    release.shop.index(3)
    return BUYER


def _holding(plan: Plan) -> Callable[[Release], int]:
    def hold(release: Release) -> int:
        bought(release.shop, plan)
        return BUYER

    return hold


def _metered(release: Release) -> int:
    """Prepay and authorise a key on chain: what it pays for are calls of the seller's server, not files."""
    shop = release.shop
    wanted = {"payer": shop.address(OTHER), "keyId": KEY, "token": COIN, "ceiling": 10**16, "validUntil": FAR}
    escrow = shop.chain.deployment["InferenceEscrow"]
    data = codec.call_data("InferenceEscrow", "depositAndAuthorise", [wanted, 10**16])
    shop.pay(WalletCall(shop.chain, shop.address(OTHER), escrow, data, 10**16))
    shop.index(3)
    return OTHER


def _moderator(release: Release) -> int:
    give_role(release.shop.address(MODERATOR))
    return MODERATOR


# Who comes, and what makes them that on chain; each returns the account's number.
CALLERS: dict[str, Callable[[Release], int | None]] = {
    "anonymous": lambda release: None,
    "stranger": lambda release: OTHER,
    "pass": _holding(Plan.LASTING),
    "subscriber": _holding(Plan.SUBSCRIPTION),
    "metered key": _metered,
    "refunded": _refunded,
    "seller": lambda release: SELLER,
    "moderator": _moderator,
}
