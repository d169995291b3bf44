"""Listings for tests that need other ones than the real catalogue."""

import json
from typing import Any

from accounts.models import Account
from marketplace.catalogue.importing import import_catalogue
from marketplace.listings.models import Listing


def record(name: str = "acme/tiny-embed", **facts: Any) -> bytes:
    """Return a line of a catalogue file."""
    return json.dumps({"name": name, "task": "feature-extraction", **facts}).encode()


def listing(name: str = "acme/tiny-embed", **facts: Any) -> Listing:
    """Import one record and return its listing."""
    import_catalogue(lines=[record(name, **facts)])
    return Listing.objects.get(name=name)


def listings(*records: bytes) -> list[Listing]:
    """Import several at once, because each import weighs the whole catalogue, and return their listings in order."""
    import_catalogue(lines=records)
    names = [json.loads(line)["name"] for line in records]
    found = {each.name: each for each in Listing.objects.filter(name__in=names)}
    return [found[name] for name in names]


def empty_catalogue() -> None:
    """Delete every listing and account; the test's transaction brings them back."""
    Listing.objects.all().delete()
    Account.objects.all().delete()
