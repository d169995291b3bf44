"""The licence that is accepted with a purchase is kept with it, as exactly as it can be named."""

from datetime import timedelta

import pytest
from django.test import Client as Browser

from marketplace.buying import ordering
from marketplace.buying.errors import LicenceChangedError
from marketplace.buying.licences import accepted_licence
from marketplace.buying.orders import Order
from marketplace.listings.models import Listing
from marketplace.listings.versions import MetadataDocument, Version
from tests.marketplace.shop import Shop


def prepare(shop: Shop) -> Order:
    return ordering.prepare_order(
        user=shop.buyer, listing=Listing.objects.get(pk=shop.listing.pk), plan=0, quantity=1, accept_licence=True
    )


def test_an_order_keeps_licence_address_version_and_document(shop: Shop) -> None:
    Listing.objects.filter(pk=shop.listing.pk).update(license="mit", license_url="https://example.org/terms")
    order = prepare(shop)
    assert (order.license, order.license_url) == ("mit", "https://example.org/terms")
    listing = Listing.objects.get(pk=shop.listing.pk)
    assert listing.offer is not None
    cid = "b" + "a" * 58
    listing.offer.onchain.metadata = f"ipfs://{cid}"
    document = MetadataDocument.objects.create(cid=cid, content=b"{}")
    Version.objects.create(listing=listing, number="2.1.0", metadata=document)
    kept = accepted_licence(listing, listing.offer)
    assert (kept["version"], kept["metadata_cid"]) == ("2.1.0", cid)
    listing.offer.onchain.metadata = "nonsense"
    assert accepted_licence(listing, listing.offer)["metadata_cid"] == ""


def test_another_text_of_the_licence_is_another_order_and_is_not_accepted_again_by_itself(shop: Shop) -> None:
    Listing.objects.filter(pk=shop.listing.pk).update(license="custom", license_url="https://example.org/1")
    first = prepare(shop)
    assert prepare(shop) == first
    Listing.objects.filter(pk=shop.listing.pk).update(license_url="https://example.org/2")
    assert prepare(shop) != first
    Order.objects.filter(pk=first.pk).update(deadline=first.deadline - timedelta(days=1))
    with pytest.raises(LicenceChangedError):
        ordering.order_again(user=shop.buyer, ref=first.ref)


def test_checkout_and_receipt_lead_to_what_is_accepted(shop: Shop, client: Browser) -> None:
    Listing.objects.filter(pk=shop.listing.pk).update(license="mit", license_url="https://example.org/terms")
    client.force_login(shop.buyer)
    assert 'href="https://example.org/terms"' in client.get(shop.listing.get_absolute_url()).content.decode()
    order = prepare(shop)
    Order.objects.filter(pk=order.pk).update(version="2.1.0", metadata_cid="b" + "a" * 58)
    page = client.get(order.get_absolute_url()).content.decode()
    assert 'href="https://example.org/terms"' in page
    assert f'href="/metadata/b{"a" * 58}.json"' in page
    assert "Terms of version 2.1.0" in page
