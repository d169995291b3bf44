"""A model with three releases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from accounts.models import Account, User
from marketplace.listings.models import Listing
from marketplace.listings.publishing import Release, publish_release
from marketplace.listings.records import Record
from marketplace.listings.versions import Version
from tests.marketplace.publish.conftest import keep

SELLER = "0x" + "c3" * 20
CARD = "# Tiny\n\nIt says things.\n\nIt is often wrong."


@dataclass
class Shelf:
    """A listing with its owner."""

    user: User
    listing: Listing

    @property
    def own(self) -> dict[str, Any]:
        return {"user": self.user, "owner": "shelf", "name": "tiny"}

    def version(self, number: str) -> Version:
        return Version.objects.get(listing=self.listing, number=number)

    @property
    def now(self) -> Listing:
        return Listing.objects.get(pk=self.listing.pk)


def release(owner: Account, number: str, files: dict[str, bytes], card: str = CARD, **model: Any) -> Version:
    said = {"task": "text-generation", "summary": "It says things.", "license": "mit", **model}
    record = Record.model_validate({"name": "shelf/tiny", "task": said["task"], "summary": said["summary"]})
    price = f"0.0{number[2]}"
    manifest = {"model": said, "plans": [{"kind": "pass", "price": price, "currency": "ETH"}]}
    kept = [(path, keep(content).pk) for path, content in files.items()]
    given = Release(record, number, {"version": number, **said}, f"News of {number}", card, manifest, kept)
    return publish_release(owner=owner, release=given)


@pytest.fixture
def shelf(db: None) -> Shelf:
    user = User.objects.create(address=SELLER)
    owner = Account.objects.create(name="shelf", user=user)
    release(owner, "1.0.0", {"a.safetensors": b"one", "config.json": b"{}"})
    release(owner, "1.1.0", {"a.safetensors": b"two", "README.md": b"#"}, CARD + "\n\nLess so now.", context=512)
    version = release(owner, "2.0.0-rc.1", {})
    return Shelf(user, version.listing)
