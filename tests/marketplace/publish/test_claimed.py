"""What is claimed is checked like what was published here, and does not run for buyers before that."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from inference.health import state_of
from inference.models import Kind, Mode, Upstream, UpstreamState
from marketplace.checks.finding import Checked, checks_of
from marketplace.checks.models import Check, CheckState, Inspection
from marketplace.checks.names import OF_SUBJECTS, version_subject
from marketplace.files.cids import cid_of
from marketplace.listings.models import Listing
from marketplace.listings.publishing import add_card
from marketplace.listings.runtime import RuntimeState
from marketplace.listings.versions import MetadataDocument
from marketplace.publish.actions import draft_of_listing
from marketplace.publish.claimed import check_claimed, publish_claimed
from marketplace.publish.claimed import take_card as take_card_of
from marketplace.publish.tasks import look_after_claims
from marketplace.unclaimed.awaiting import take_card
from marketplace.unclaimed.claiming import claim_model
from marketplace.unclaimed.documents import read_document
from marketplace.unclaimed.fetching import Fetched
from marketplace.unclaimed.models import AwaitedCard, DocumentState
from tests.factories.marketplace import listing as make_listing
from tests.marketplace.checks.bringing import row, run_tasks
from tests.marketplace.shop import Shop
from tests.marketplace.unclaimed.market import document, seller
from tests.marketplace.unclaimed.test_claiming import waiting
from tests.marketplace.unclaimed.test_fetching import slow

CARD = "# Contracts\n\nMade for legal contracts in German, tested on a hundred of them, and fails at tables and sums."
SUBJECT = version_subject("lexer/contracts", "1.0.0")


def claimed(shop: Shop, **said: Any) -> Listing:
    return claim_model(user=seller(shop), **waiting(shop, document(**said)))


def runs(listing: Listing) -> RuntimeState:
    """Return how a claimed model runs whose server answers well."""
    of = {"listing": listing.name, "version": "1.0.0", "mode": Mode.CHAT, "state": UpstreamState.HEALTHY}
    return state_of(listing, [Upstream(kind=Kind.URL, engine="seller-one", base_url="https://x.example", **of)])


def checked() -> Checked:
    run_tasks()
    return checks_of(SUBJECT)


def test_its_release_is_checked_and_runs_only_then(shop: Shop) -> None:
    MetadataDocument.objects.create(cid=cid_of(CARD.encode()), content=CARD.encode())
    listing = claimed(shop, card=cid_of(CARD.encode()), languages=["deu"], parameters=1_000)
    waits = Check.objects.of(SUBJECT).exclude(state__in=[CheckState.PASSED])
    assert {each.name for each in waits} == set(OF_SUBJECTS)
    assert Inspection.objects.get(pk=SUBJECT).author == seller(shop).address
    assert runs(listing) == RuntimeState.DOWN, "nobody has looked at it yet"
    found = checked()
    assert (found.is_done, found.failed, found.warned) == (True, [], [])
    assert runs(listing) == RuntimeState.READY
    Check.objects.create(subject=SUBJECT, name="samples")
    assert runs(listing) == RuntimeState.READY, "what its server says is asked again and again"


def test_what_fails_never_runs(shop: Shop) -> None:
    make_listing("acme/parent", task="summarization", license="cc-by-nc-4.0")
    listing = claimed(shop, adapted_from="acme/parent")
    found = checked()
    assert [each.name for each in found.failed] == ["licence"]
    assert "forbid commercial use" in row(found, "licence").says
    assert runs(listing) == RuntimeState.DOWN


def test_what_was_checked_here_keeps_its_results(shop: Shop) -> None:
    listing = claimed(shop)
    checked()
    Check.objects.filter(subject=SUBJECT, name="card").update(says="As it was.")
    again = publish_claimed(seller(shop), read_document(bytes(listing.versions.get().metadata.content)))
    assert again == listing
    assert row(checked(), "card").says == "As it was."


def test_a_card_that_comes_later_is_added_and_checked(shop: Shop) -> None:
    cid = cid_of(CARD.encode())
    listing = claimed(shop, card=cid, languages=["deu"], parameters=1_000)
    assert row(checked(), "card").state == CheckState.WARNED, "it has a summary alone"
    assert AwaitedCard.objects.get().cid == cid
    work, pool = slow()
    work.step()
    assert [asked for asked, _future in pool.asked] == [cid]
    pool.asked[0][1].set_result(Fetched(state=DocumentState.SLOW))
    work.step()
    assert AwaitedCard.objects.get().tries == 1
    assert len(pool.asked) == 1, "it is asked for again later"
    AwaitedCard.objects.update(next_at=timezone.now())
    work.step()
    pool.asked[1][1].set_result(Fetched(CARD.encode()))
    work.step()
    assert not AwaitedCard.objects.exists()
    assert listing.versions.get().card == CARD
    assert "tables" in Listing.objects.get(pk=listing.pk).card_words
    assert row(checked(), "card").state == CheckState.PASSED


def test_a_card_that_is_no_text_is_not_added(shop: Shop) -> None:
    listing = claimed(shop, card=cid_of(b"\xff"))
    assert take_card(cid=cid_of(b"\xff"), content=b"\xff") == 0
    assert not AwaitedCard.objects.exists()
    assert listing.versions.get().card == ""


def test_a_card_that_came_by_another_way_is_added_once(shop: Shop) -> None:
    listing = claimed(shop, card=cid_of(CARD.encode()))
    key = listing.versions.get().pk
    take_card_of(key, CARD + "Not what the document names.")
    look_after_claims()
    assert listing.versions.get().card == ""
    MetadataDocument.objects.create(cid=cid_of(CARD.encode()), content=CARD.encode())
    look_after_claims()
    assert listing.versions.get().card == CARD
    assert add_card(version_id=key, card=CARD) is None
    assert not AwaitedCard.objects.exists()


def test_what_was_claimed_before_claims_were_checked_is_checked(shop: Shop) -> None:
    listing = claimed(shop)
    Inspection.objects.all().delete()
    Check.objects.all().delete()
    assert runs(listing) == RuntimeState.READY
    assert check_claimed(most=10) == 1
    assert runs(listing) == RuntimeState.DOWN, "until it is done"
    assert checked().is_done
    assert runs(listing) == RuntimeState.READY
    assert check_claimed(most=10) == 0


def test_its_seller_adds_files_by_a_new_version(shop: Shop) -> None:
    MetadataDocument.objects.create(cid=cid_of(CARD.encode()), content=CARD.encode())
    claimed(shop, card=cid_of(CARD.encode()))
    draft = draft_of_listing(user=seller(shop), owner="lexer", name="contracts")
    assert (draft.listing, draft.manifest["model"]["summary"]) == ("lexer/contracts", document_summary())
    assert draft.manifest["card"]["text"] == CARD
    assert not draft.files.exists()


def document_summary() -> str:
    return read_document(document()).summary
