"""From a draft to a listing, by one transaction: whatever happens on the way, nothing is lost or doubled."""

from __future__ import annotations

import json

import pytest
from django.db.models import Exists
from django.test import Client as Browser

from accounts.models import Account
from contracts.chain.client import client
from contracts.errors import RevertedError
from marketplace.checks.models import Check
from marketplace.files.blobs import Blob
from marketplace.files.cids import cid_of
from marketplace.formats.values import FileFacts
from marketplace.listings.access_lists import AccessList, root_of
from marketplace.listings.gates import Gate, Standing
from marketplace.listings.gates import standing_of as standing_with
from marketplace.listings.metadata import address_of
from marketplace.listings.models import Listing
from marketplace.listings.offers import for_sale, sold_listings
from marketplace.listings.publishing import publish_version
from marketplace.listings.records import Record
from marketplace.listings.versions import Adoption, MetadataDocument, Version, VersionFile
from marketplace.onchain.models.listings import OnchainListing, Plan
from marketplace.publish.actions import draft_of_listing
from marketplace.publish.errors import DraftPublishedError, NameTakenError, NotReadyError
from marketplace.publish.models import DraftFile, NameReservation, Outcome, Publication
from marketplace.publish.naming import owner_of
from marketplace.publish.publishing import mark_sent, model_id_of
from marketplace.publish.settling import settle_publication, watch_sent
from marketplace.publish.standing import Stage, cost_of

from .conftest import Newcomer, keep, pass_checks

NAME = "newcomer/tiny-chat"
NOBODY = "0x" + "3" * 40


def test_one_transaction_makes_a_listing_with_all_that_was_said(newcomer: Newcomer) -> None:
    assert newcomer.standing.is_ready, newcomer.standing.found.problems
    assert newcomer.stage() == Stage.DRAFT
    call = newcomer.prepare()
    assert newcomer.stage() == Stage.PREPARED
    sent = newcomer.shop.pay(call, gas=hex(3_000_000))
    mark_sent(user=newcomer.user, draft_id=newcomer.draft.pk, tx_hash=sent)
    assert newcomer.stage() == Stage.SENT
    assert newcomer.settle(blocks=0) == 0
    standing = newcomer.standing
    assert (standing.stage, standing.confirmations, standing.needed) == (Stage.CONFIRMING, 0, 3)
    assert not Listing.objects.named(NAME).exists()
    assert newcomer.settle(blocks=3) == 1
    listing = Listing.objects.get(name=NAME)
    version = listing.versions.get()
    onchain = OnchainListing.objects.get(model_id=model_id_of(newcomer.draft))
    assert (onchain.seller, onchain.metadata) == (newcomer.user.address, address_of(version.metadata_id))
    assert [(f.path, f.blob.size) for f in version.files.all()] == [("model.safetensors", 7)]
    assert Adoption.objects.get(listing=listing).model_id == onchain.model_id
    assert listing.purchasable  # by its file alone: nothing here answers for it
    assert Listing.objects.filter(Exists(for_sale()), pk__in=sold_listings()).filter(name=NAME).exists()
    assert (listing.has_files, listing.max_tokens, listing.parameters) == (True, 256, 1_000)
    assert listing.offer
    assert [plan.price for plan in listing.offer.plans] == [2 * 10**16, 4 * 10**15]
    document = json.loads(bytes(version.metadata.content))
    assert document["files"][0]["cid"] == keep(b"weights").cid
    assert bytes(MetadataDocument.objects.get(cid=document["card"]).content).decode() == version.card
    assert (newcomer.standing.stage, newcomer.standing.listing) == (Stage.LISTED, NAME)
    assert newcomer.settle() == 0
    assert not NameReservation.objects.exists()
    with pytest.raises(DraftPublishedError):
        newcomer.prepare()


def test_a_gate_stands_from_the_first_moment(newcomer: Newcomer) -> None:
    friend, foe = "0x" + "f1" * 20, "0x" + "f2" * 20
    newcomer.say(access={"mode": "gated", "allow": [friend, newcomer.user.address], "deny": [foe]})
    newcomer.list()
    newcomer.settle()
    assert Gate.objects.get(listing=NAME).is_on
    assert standing_with(NAME, friend)[0] == Standing.ALLOWED
    assert standing_with(NAME, foe)[0] == Standing.DENIED
    assert standing_with(NAME, "0x" + "f3" * 20)[0] == Standing.ASKS


def test_what_is_left_is_said_at_its_step(newcomer: Newcomer) -> None:
    newcomer.say(model={"name": "", "summary": ""}, plans=[{"kind": "pass", "price": "0.", "currency": "ETH"}])
    newcomer.now.files.all().delete()
    left = {step.name: step.left for step in newcomer.standing.steps}
    assert any("Give the model a name" in sentence for sentence in left["name"])
    assert any("files, or the address" in sentence for sentence in left["files"])
    assert any("licence" in sentence for sentence in left["card"])
    assert any("plans[0].price" in sentence for sentence in left["price"])
    assert newcomer.standing.minutes > 3
    with pytest.raises(NotReadyError) as caught:
        newcomer.prepare()
    assert len(newcomer.standing.found.problems) >= 6
    assert caught.value.data["problems"] == newcomer.standing.found.problems
    assert not Publication.objects.exists()


def test_what_somebody_else_listed_since_the_checks_is_not_listed_again(newcomer: Newcomer) -> None:
    weights = Blob.objects.create(sha256="5" * 64, cid=cid_of(b"5"), size=2**21)
    DraftFile.objects.create(draft=newcomer.draft, path="big.safetensors", blob=weights)
    newcomer.say(terms="Be kind to all.")
    facts = FileFacts("safetensors", {}).to_json()
    Check.objects.filter(subject=f"blob:{weights.pk}", name="content").update(found=facts)
    assert newcomer.standing.is_ready, newcomer.standing.found.problems
    other = Account.objects.create(name="first-here")
    record = Record.model_validate({"name": "first-here/weights", "task": "text-generation"})
    version = publish_version(owner=other, record=record, number="1.0.0", summary="Mine", terms="")
    VersionFile.objects.create(version=version, path="model.safetensors", blob=weights)
    with pytest.raises(NotReadyError) as caught:
        newcomer.prepare()
    assert "those of first-here/weights, byte for byte" in str(caught.value.data["problems"])
    assert not Publication.objects.exists()
    newcomer.say(adapted_from={"parent": "first-here/weights"})
    newcomer.prepare()


def test_the_same_draft_is_listed_once_however_often_it_is_sent(newcomer: Newcomer) -> None:
    first, second = newcomer.prepare(), newcomer.prepare()
    assert first == second
    assert Publication.objects.count() == 1
    newcomer.shop.pay(first, gas=hex(3_000_000))
    # Another tab asks before the block is indexed: the contract itself refuses.
    with pytest.raises(RevertedError):
        newcomer.prepare()
    newcomer.settle()
    assert Version.objects.filter(listing__name=NAME).count() == 1


def test_what_changed_after_a_rejected_prompt_is_what_gets_listed(newcomer: Newcomer) -> None:
    newcomer.prepare()
    newcomer.model(summary="It says even shorter things.")
    newcomer.list()
    newcomer.settle()
    assert Listing.objects.get(name=NAME).facts["summary"] == "It says even shorter things."
    assert Publication.objects.filter(outcome=Outcome.OPEN).count() == 1


def test_an_older_prompt_that_is_signed_after_all_lists_what_it_showed(newcomer: Newcomer) -> None:
    old = newcomer.prepare()
    newcomer.model(summary="Something else.")
    newcomer.prepare()
    newcomer.shop.pay(old, gas=hex(3_000_000))
    newcomer.settle()
    assert Listing.objects.get(name=NAME).facts["summary"] == "It says short things in plain English."


def test_somebody_who_took_the_name_meanwhile_keeps_it_and_the_seller_names_it_anew(newcomer: Newcomer) -> None:
    newcomer.list()
    NameReservation.objects.all().delete()
    owner = owner_of(newcomer.user)
    assert owner
    record = Record.model_validate({"name": NAME, "task": "text-generation"})
    publish_version(owner=owner, record=record, number="9.0.0", summary="Another", terms="")
    newcomer.settle()
    standing = newcomer.standing
    assert (standing.stage, standing.fate) == (Stage.FAILED, "refused")
    assert "Choose another name" in standing.reason
    with pytest.raises(NotReadyError):
        newcomer.prepare()
    newcomer.model(name="newcomer/tiny-chat-2")
    newcomer.list()  # which only names the new document: the listing stands on chain already
    newcomer.settle()
    listing = Listing.objects.get(name="newcomer/tiny-chat-2")
    assert listing.purchasable
    assert Adoption.objects.get(listing=listing).model_id == model_id_of(newcomer.draft)


def test_a_name_waits_for_its_transaction_and_is_free_again_afterwards(newcomer: Newcomer) -> None:
    newcomer.prepare()
    kept = NameReservation.objects.get()
    other = newcomer.draft.__class__.objects.create(user=newcomer.user, manifest=newcomer.now.manifest)
    pass_checks(other)
    from marketplace.publish.naming import refuse_taken, reserve_name

    with pytest.raises(NameTakenError):
        refuse_taken(NAME.upper(), other)
    with pytest.raises(NameTakenError):
        reserve_name(draft=other, name=NAME)
    kept.until = kept.draft.created_at
    kept.save()
    reserve_name(draft=other, name=NAME)
    assert NameReservation.objects.get().draft == other


def test_a_new_version_is_one_transaction_and_holders_have_both(newcomer: Newcomer) -> None:
    newcomer.list()
    newcomer.settle()
    draft = draft_of_listing(user=newcomer.user, owner="newcomer", name="tiny-chat")
    assert draft_of_listing(user=newcomer.user, owner="newcomer", name="tiny-chat") == draft
    release = Newcomer(newcomer.shop, newcomer.user, draft)
    assert [each.path for each in draft.files.all()] == ["model.safetensors"]
    release.model(version="1.0.0", changelog="Better.")
    assert any("higher number" in each for each in release.standing.found.problems)
    release.model(version="1.1.0", changelog="Better.", summary="It says better things.")
    assert release.standing.is_ready, release.standing.found.problems
    release.list()
    release.settle()
    listing = Listing.objects.get(name=NAME)
    assert sorted(listing.versions.values_list("number", flat=True)) == ["1.0.0", "1.1.0"]
    assert listing.facts["summary"] == "It says better things."
    assert listing.purchasable
    assert OnchainListing.objects.get(model_id=model_id_of(newcomer.draft)).metadata == address_of(
        listing.versions.get(number="1.1.0").metadata_id
    )


def test_a_version_before_it_is_stable_does_not_stand_for_the_listing(newcomer: Newcomer) -> None:
    newcomer.list()
    newcomer.settle()
    release = Newcomer(
        newcomer.shop, newcomer.user, draft_of_listing(user=newcomer.user, owner="newcomer", name="tiny-chat")
    )
    release.model(version="2.0.0-rc.1", changelog="Try it.", summary="Not ready.")
    release.list()
    release.settle()
    assert Listing.objects.get(name=NAME).facts["summary"] == "It says short things in plain English."


def test_settling_that_is_cut_off_goes_on_where_it_was(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    newcomer.list()
    newcomer.shop.index(4)
    publication = Publication.objects.get()

    def die(*_args: object, **_keys: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr("marketplace.publish.settling.keep_checks", die)
        with pytest.raises(MemoryError):
            settle_publication(key=publication.pk)
    assert not Listing.objects.named(NAME).exists()
    settle_publication(key=publication.pk)
    settle_publication(key=publication.pk)
    assert Version.objects.filter(listing__name=NAME).count() == 1


def test_a_transaction_that_reverts_is_said_to_have_failed_and_can_be_tried_again(newcomer: Newcomer) -> None:
    call = newcomer.prepare()
    newcomer.shop.wait()
    sent = newcomer.shop.pay(call, gas=hex(60_000))
    mark_sent(user=newcomer.user, draft_id=newcomer.draft.pk, tx_hash=sent)
    client(newcomer.shop.chain).call("anvil_mine", "0x2", "0x1")
    newcomer.shop.index()
    watch_sent(chain=newcomer.shop.chain)
    assert (newcomer.standing.stage, newcomer.standing.fate) == (Stage.FAILED, "reverted")
    newcomer.shop.waits = False
    client(newcomer.shop.chain).call("evm_setAutomine", True)
    newcomer.list()
    newcomer.settle()
    assert newcomer.stage() == Stage.LISTED


def test_the_cost_is_asked_of_the_chain(newcomer: Newcomer) -> None:
    cost = cost_of(newcomer.now, newcomer.shop.chain)
    assert cost
    assert cost.is_exact
    assert 200_000 < cost.gas < 1_500_000
    newcomer.say(plans=[])
    usual = cost_of(newcomer.now, newcomer.shop.chain)
    assert usual
    assert not usual.is_exact


def test_a_reorganisation_before_it_is_final_shows_nothing_and_its_second_block_counts(newcomer: Newcomer) -> None:
    call = newcomer.prepare()
    newcomer.shop.pay(call, gas=hex(3_000_000))
    newcomer.shop.index(1)
    assert newcomer.stage() == Stage.CONFIRMING
    newcomer.shop.rpc.call("anvil_reorg", 2, [])
    newcomer.settle(blocks=4)
    assert not Listing.objects.named(NAME).exists()
    assert newcomer.stage() == Stage.PREPARED
    newcomer.list()
    newcomer.settle()
    assert newcomer.stage() == Stage.LISTED


def test_a_list_of_buyers_is_set_by_the_transaction_that_lists(newcomer: Newcomer) -> None:
    buyer = newcomer.shop.buyer
    newcomer.say(access={"mode": "listed", "allow": [], "deny": []})
    assert "the list is empty" in " ".join(newcomer.standing.found.problems)
    newcomer.say(access={"mode": "listed", "allow": [buyer.address, NOBODY], "deny": [NOBODY]})
    newcomer.list()
    assert newcomer.settle() == 1
    onchain = OnchainListing.objects.get(model_id=newcomer.now.model_id)
    assert onchain.access_list == root_of([buyer.address])
    assert AccessList.objects.get(root=onchain.access_list).members == [buyer.address]
    assert [(plan.plan, plan.price) for plan in onchain.plans.order_by("plan")] == [
        (Plan.LASTING, 2 * 10**16),
        (Plan.SUBSCRIPTION, 4 * 10**15),
    ]


def test_what_passes_may_is_said_to_be_signed_apart(newcomer: Newcomer) -> None:
    browser = Browser()
    browser.force_login(newcomer.user)
    here = f"/sell/drafts/{newcomer.draft.pk}/"
    assert "how passes move" not in browser.get(f"{here}preview").content.decode()
    newcomer.say(passes={"transfers": True, "resale": True, "resale_royalty": "5"})
    for step in ("preview", "list"):
        page = browser.get(here + step).content.decode()
        assert "Another contract keeps how passes move" in page
        assert "holders may sell passes on" in page
    newcomer.list()
    newcomer.settle()
    page = browser.get(f"{here}list").content.decode()
    assert f"/sell/{newcomer.shop.chain.short_name}/{newcomer.now.model_id}/" in page
