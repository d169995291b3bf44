"""What is listed with any tool appears once it is final, and goes once it is claimed or the chain takes it back."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.files.cids import cid_of
from marketplace.listings.metadata import address_of
from marketplace.listings.versions import Adoption, MetadataDocument
from marketplace.management.commands.index_metadata import look
from marketplace.onchain.models.listings import OnchainListing
from marketplace.unclaimed.fetching import Fetching
from marketplace.unclaimed.models import DocumentState, UnclaimedListing
from marketplace.unclaimed.syncing import Reader
from tests.marketplace.shop import OTHER, Shop
from tests.stack.ipfs_nodes import ipfs_process
from tests.waiting import until

from .market import document, list_by_tool, list_document


def test_it_appears_once_it_is_final_and_only_then(shop: Shop) -> None:
    reader = Reader()
    reader.sync()
    key = list_by_tool(shop, address_of(cid_of(document())))
    shop.index()
    reader.sync()
    assert not UnclaimedListing.objects.exists(), "not final yet"
    shop.index(blocks=shop.chain.confirmations)
    assert reader.sync() == 1
    row = UnclaimedListing.objects.get()
    assert (row.model_id, row.seller, row.state) == (key, shop.address(OTHER), DocumentState.WAITING)
    assert reader.sync() == 0
    # What is adopted from the start is never among them.
    assert OnchainListing.objects.count() == 2


def test_a_process_that_starts_finds_what_was_before(shop: Shop) -> None:
    list_document(shop, document())
    assert Reader().sync() == 1
    assert Reader().sync() == 0


def test_another_document_begins_anew(shop: Shop) -> None:
    reader = Reader()
    key = list_document(shop, document())
    reader.sync()
    UnclaimedListing.objects.update(state=DocumentState.INVALID, says="No.", title="x/y", tries=9)
    content = document(version="1.0.1")
    shop.send(OTHER, "ModelMarketplace", "setMetadata", key, 0, address_of(cid_of(content)))
    shop.index(blocks=shop.chain.confirmations)
    assert reader.sync() == 1
    row = UnclaimedListing.objects.get()
    assert (row.state, row.says, row.title, row.tries) == (DocumentState.WAITING, "", "", 0)


def test_what_is_here_already_needs_no_fetching(shop: Shop) -> None:
    content = document()
    MetadataDocument.objects.create(cid=cid_of(content), content=content)
    list_document(shop, content)
    Reader().sync()
    row = UnclaimedListing.objects.get()
    assert (row.state, row.title) == (DocumentState.OK, "lexer/contracts")


@pytest.mark.parametrize("named", ["https://example.org/model.json", "ipfs://QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79"])
def test_what_names_no_document_says_so(shop: Shop, named: str) -> None:
    list_by_tool(shop, named)
    shop.index(blocks=shop.chain.confirmations)
    Reader().sync()
    row = UnclaimedListing.objects.get()
    assert (row.state, row.cid) == (DocumentState.INVALID, "")
    assert "bafkrei" in row.says


def test_what_is_claimed_or_gone_is_taken_away(shop: Shop) -> None:
    list_document(shop, document())
    gone = list_document(shop, document(), 2)
    Reader().sync()
    Adoption.objects.update(model_id=UnclaimedListing.objects.exclude(model_id=gone).get().model_id)
    OnchainListing.objects.filter(model_id=gone).delete()
    assert not UnclaimedListing.objects.open().exists(), "pages never show them, whatever was noted"
    Reader().sync()
    assert not UnclaimedListing.objects.filter(seller=shop.address(OTHER)).exists()


def test_looking_costs_little_where_nothing_is_new(shop: Shop) -> None:
    list_document(shop, document())
    reader = Reader()
    reader.sync()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        reader.sync()
    assert len(asked) <= 6


@pytest.mark.xdist_group("ipfs")
def test_from_a_raw_transaction_to_its_text_in_five_seconds(
    shop: Shop, settings: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = document()
    with (
        ipfs_process(tmp_path_factory.mktemp("ours")) as ours,
        ipfs_process(tmp_path_factory.mktemp("theirs")) as theirs,
    ):
        with theirs.node as node:  # the seller's own node, which ours knows
            node.put(cid_of(content), content)
            node.pin(cid_of(content))
        ours.node.connect(theirs.node.addresses()[0])
        settings.IPFS_API = ours.url
        reader, work = Reader(), Fetching()
        look(reader, work)
        list_document(shop, content)
        final_at = time.monotonic()
        until(lambda: look(reader, work) and UnclaimedListing.objects.filter(state=DocumentState.OK).exists())
        assert time.monotonic() - final_at < 5
        work.close()
        row = UnclaimedListing.objects.get()
        assert (row.title, row.summary) == ("lexer/contracts", "Summarises legal contracts in German.")
        call_command("index_metadata")
