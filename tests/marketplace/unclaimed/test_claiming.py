"""A seller claims what it listed with other tools, once, under a name of its own; nobody else can."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django_q.models import OrmQ

from accounts.models import Account, User
from marketplace.checks.models import Check, Inspection
from marketplace.files.cids import cid_of
from marketplace.listings.errors import VersionTakenError
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption, MetadataDocument
from marketplace.publish.errors import NameTakenError, OwnerRefusedError
from marketplace.unclaimed.claiming import ask_again, claim_model
from marketplace.unclaimed.errors import NameStandsError, NotCompleteError, NotTheSellerError, UnclaimedNotFoundError
from marketplace.unclaimed.models import DocumentState, UnclaimedListing
from marketplace.unclaimed.reading import keep_read, note_failure
from marketplace.unclaimed.syncing import Reader
from tests.marketplace.shop import BUYER, OTHER, Shop

from .market import document, list_document, seller


def waiting(shop: Shop, content: bytes, number: int = 1) -> dict[str, Any]:
    """List a model whose document is here, and return what names it."""
    key = list_document(shop, content, number)
    Reader().sync()
    keep_read(cid=cid_of(content), content=content)
    return {"chain": shop.chain, "model_id": key}


def test_its_seller_claims_it_and_it_is_a_listing(shop: Shop) -> None:
    model = waiting(shop, document(parameters=1_000_000, languages=["deu"]))
    user = seller(shop)
    listing = claim_model(user=user, **model)
    assert listing.name == "lexer/contracts"
    assert listing.owner == Account.objects.get(user=user, name="lexer")
    assert (listing.task, listing.license, listing.parameters) == ("summarization", "apache-2.0", 1_000_000)
    assert "german" in listing.summary_words
    assert listing.offer
    assert listing.offer.onchain.model_id == model["model_id"]
    assert not listing.purchasable, "it has nothing that could be delivered"
    assert listing.versions.get().files.count() == 0, "files are known by their hashes alone"
    assert not UnclaimedListing.objects.exists()
    assert claim_model(user=user, **model) == listing


def test_its_card_is_searched_where_it_is_here(shop: Shop) -> None:
    card = "# Contracts\n\nFinds clauses on liability."
    MetadataDocument.objects.create(cid=cid_of(card.encode()), content=card.encode())
    listing = claim_model(user=seller(shop), **waiting(shop, document(card=cid_of(card.encode()))))
    assert listing.versions.get().card == card
    assert "liability" in Listing.objects.get(pk=listing.pk).card_words


def test_a_name_stands_for_one_model_a_chain(shop: Shop) -> None:
    listing = claim_model(user=seller(shop), **waiting(shop, document()))
    with pytest.raises(NameStandsError):
        claim_model(user=seller(shop), **waiting(shop, document(version="2.0.0"), 2))
    assert listing.versions.count() == 1, "nothing is left of what was refused"


def test_nobody_else_can(shop: Shop) -> None:
    model = waiting(shop, document())
    stranger = User.objects.create(address=shop.address(BUYER))
    with pytest.raises(NotTheSellerError):
        claim_model(user=stranger, **model)
    claim_model(user=seller(shop), **model)
    with pytest.raises(NotTheSellerError):
        claim_model(user=stranger, **model)


def test_what_is_not_there_or_not_read_cannot_be_claimed(shop: Shop) -> None:
    with pytest.raises(UnclaimedNotFoundError):
        claim_model(user=seller(shop), chain=shop.chain, model_id="0x" + "1" * 64)
    content = document()
    key = list_document(shop, content)
    Reader().sync()
    with pytest.raises(NotCompleteError):
        claim_model(user=seller(shop), chain=shop.chain, model_id=key)
    note_failure(cid=cid_of(content), state=DocumentState.MISSING)
    with pytest.raises(NotCompleteError, match="Nobody"):
        claim_model(user=seller(shop), chain=shop.chain, model_id=key)


@pytest.mark.parametrize("name", ["corner/contracts", "admin/contracts", "Corner/x", "c0rner/x"])
def test_under_another_s_name_it_is_refused(shop: Shop, name: str) -> None:
    model = waiting(shop, document(name=name))
    with pytest.raises(OwnerRefusedError):
        claim_model(user=seller(shop), **model)
    assert UnclaimedListing.objects.exists()
    assert not Listing.objects.filter(name=name).exists()


def test_under_a_reserved_name_it_is_refused(shop: Shop) -> None:
    Account.objects.create(name="bigcorp", is_reserved=True)
    model = waiting(shop, document(name="bigcorp/contracts"))
    with pytest.raises(OwnerRefusedError, match="organisation"):
        claim_model(user=seller(shop), **model)


def test_who_publishes_as_somebody_cannot_claim_as_somebody_else(shop: Shop) -> None:
    model = waiting(shop, document())
    with pytest.raises(OwnerRefusedError, match="publish as"):
        claim_model(user=seller(shop, "somebody"), **model)


def test_a_name_that_is_listed_by_another_is_refused(shop: Shop) -> None:
    model = waiting(shop, document())
    other = User.objects.create(address="0x" + "9" * 40)
    Listing.objects.create(name="lexer/contracts", task="x", owner=Account.objects.create(name="zed", user=other))
    with pytest.raises(NameTakenError):
        claim_model(user=seller(shop, "lexer"), **model)


def test_a_version_is_for_ever(shop: Shop) -> None:
    claim_model(user=seller(shop), **waiting(shop, document()))
    second = waiting(shop, document(summary="Something else entirely."), 2)
    with pytest.raises(VersionTakenError):
        claim_model(user=seller(shop), **second)
    assert Adoption.objects.filter(listing__name="lexer/contracts").count() == 1


def test_twice_at_once_makes_one_listing(committed: Shop) -> None:
    model = waiting(committed, document())
    user = seller(committed)
    made: list[object] = []

    def run() -> None:
        try:
            made.append(claim_model(user=user, **model).name)
        except Exception as error:
            made.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert made == ["lexer/contracts"] * 2
        assert Adoption.objects.filter(model_id=model["model_id"]).count() == 1
        assert Inspection.objects.count() == 1
    finally:
        OrmQ.objects.all().delete()
        Inspection.objects.all().delete()
        Check.objects.all().delete()
        Adoption.objects.filter(model_id=model["model_id"]).delete()
        Listing.objects.get(name="lexer/contracts").versions.all().delete()
        Listing.objects.filter(name="lexer/contracts").delete()
        Account.objects.filter(name="lexer").delete()


def test_its_seller_may_have_it_looked_for_at_once(shop: Shop) -> None:
    content = document()
    key = list_document(shop, content)
    Reader().sync()
    note_failure(cid=cid_of(content), state=DocumentState.MISSING)
    before = UnclaimedListing.objects.get().next_at
    with pytest.raises(NotTheSellerError):
        ask_again(user=User.objects.create(address=shop.address(BUYER)), chain=shop.chain, model_id=key)
    assert ask_again(user=seller(shop), chain=shop.chain, model_id=key).next_at < before
    assert OTHER
