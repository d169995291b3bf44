"""Texts of unclaimed models are reported, hidden by moderators and shown again; hidden ones are nowhere to be read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from marketplace.files.cids import cid_of
from marketplace.ground.cases import Case
from marketplace.ground.contents import find_content
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.listings.models import Listing
from marketplace.moderation.claiming import open_own_case
from marketplace.moderation.deciding import decide_case
from marketplace.moderation.wishes import Wish
from marketplace.reports.errors import OwnContentError, ReportedContentNotFoundError
from marketplace.reports.locations import content_at
from marketplace.reports.models import ReasonStatement
from marketplace.reports.reporting import Said, report_content
from marketplace.unclaimed.claiming import claim_model
from marketplace.unclaimed.errors import TextsHiddenError
from marketplace.unclaimed.models import UnclaimedListing
from marketplace.unclaimed.reading import keep_card
from marketplace.unclaimed.syncing import Reader
from tests.marketplace.shop import Shop
from tests.moderators import make_moderator

from .market import document, seller
from .test_views import PAGE, shown, text_of

SAID = Said(Category.SPAM, "It advertises a casino.")
CARD = b"# Casino\n\nFifty free spins."
DOCUMENT = document(summary="Fifty free spins.", card=cid_of(CARD))


def reporter() -> User:
    return User.objects.get_or_create(address="0x" + "5" * 40)[0]


def decide(row: UnclaimedListing, action: Action, category: str = "") -> ModerationDecision:
    moderator = make_moderator()
    case = open_own_case(moderator=moderator, content=Content.UNCLAIMED, key=row.key)
    made = decide_case(moderator=moderator, pk=case.pk, wish=Wish(action, category, reason="An advertisement."))
    assert isinstance(made, ModerationDecision)
    row.refresh_from_db()
    return made


def hidden(shop: Shop) -> UnclaimedListing:
    """Return a model whose document, card and all, moderators have hidden."""
    row = shown(shop, DOCUMENT)
    keep_card(cid=cid_of(CARD), content=CARD)
    decide(row, Action.HIDE, Category.SPAM)
    return row


def test_anybody_but_its_seller_reports_it(shop: Shop, client: Client) -> None:
    row = shown(shop, DOCUMENT)
    keep_card(cid=cid_of(CARD), content=CARD)
    found = find_content("unclaimed", row.key)
    assert found
    assert (found.author, found.path) == (row.seller, row.get_absolute_url())
    assert "Fifty free spins." in found.text
    assert "# Casino" in found.text
    assert content_at(f"http://testserver{row.get_absolute_url()}") == found
    address = f"/report/unclaimed/{row.key}"
    assert address in text_of(client, row.get_absolute_url())
    assert "Unclaimed model" in text_of(client, address)
    made = report_content(user=reporter(), content="unclaimed", key=row.key, said=SAID)
    assert report_content(user=reporter(), content="unclaimed", key=row.key, said=SAID) == made
    assert Case.objects.get().key == row.key
    client.force_login(seller(shop))
    assert address not in text_of(client, row.get_absolute_url())
    with pytest.raises(OwnContentError):
        report_content(user=seller(shop), content="unclaimed", key=row.key, said=SAID)
    for key in (f"nowhere/{row.model_id}", row.model_id, f"{row.key}0", "", "\x00/\ud800"):
        with pytest.raises(ReportedContentNotFoundError):
            report_content(user=reporter(), content="unclaimed", key=key, said=SAID)


def test_what_is_hidden_is_nowhere_to_be_read(shop: Shop, client: Client) -> None:
    row = shown(shop, DOCUMENT)
    keep_card(cid=cid_of(CARD), content=CARD)
    addresses = [f"/metadata/{cid_of(each)}.json" for each in (DOCUMENT, CARD)]
    assert [client.get(each).status_code for each in addresses] == [200, 200]
    report_content(user=reporter(), content="unclaimed", key=row.key, said=SAID)
    decide(row, Action.HIDE, Category.SPAM)
    assert ReasonStatement.objects.get().recipient == row.seller
    for page in (PAGE, row.get_absolute_url(), "/api/v1/unclaimed"):
        text = text_of(client, page)
        assert "spins" not in text
        assert "lexer" not in text
        assert "Moderators have hidden what its document says. Spam: An advertisement." in text
    assert "Read the document" not in text_of(client, row.get_absolute_url())
    assert "/report/unclaimed" not in text_of(client, row.get_absolute_url())
    assert [client.get(f"{each}?again").status_code for each in addresses] == [404, 404]
    with pytest.raises(ReportedContentNotFoundError):
        report_content(user=reporter(), content="unclaimed", key=row.key, said=SAID)
    decide(row, Action.SHOW)
    assert "Fifty free spins." in text_of(client, row.get_absolute_url())
    assert client.get(f"{addresses[0]}?shown").status_code == 200


def test_it_cannot_be_claimed_while_it_is_hidden(shop: Shop, client: Client) -> None:
    row = hidden(shop)
    client.force_login(seller(shop))
    page = text_of(client, row.get_absolute_url())
    assert "cannot be claimed while its texts are hidden" in page
    assert "Claim this model" not in page
    assert client.post(f"{row.get_absolute_url()}/claim").status_code == 403
    with pytest.raises(TextsHiddenError):
        claim_model(user=seller(shop), chain=shop.chain, model_id=row.model_id)
    assert not Listing.objects.filter(name="lexer/contracts").exists()
    decide(row, Action.SHOW)
    assert claim_model(user=seller(shop), chain=shop.chain, model_id=row.model_id).name == "lexer/contracts"


def test_a_decision_holds_though_the_row_was_gone(shop: Shop) -> None:
    row = hidden(shop)
    row.delete()
    assert find_content("unclaimed", row.key) is None
    Reader().sync()
    again = UnclaimedListing.objects.get()
    assert (again.decision_id, again.told.title) == (row.decision_id, "")
    decide(again, Action.SHOW)
    again.delete()
    Reader().sync()
    assert UnclaimedListing.objects.get().decision is None


def test_a_decision_outlives_another_document(shop: Shop) -> None:
    row = hidden(shop)
    UnclaimedListing.objects.update(named="ipfs://other")
    assert Reader().sync() == 1
    row.refresh_from_db()
    assert row.decision is not None
    assert row.told.summary == ""


def test_nobody_hides_another_s_card_by_naming_it(shop: Shop, client: Client) -> None:
    row = hidden(shop)
    card = f"/metadata/{cid_of(CARD)}.json"
    assert client.get(card).status_code == 404
    decide(row, Action.SHOW)
    claim_model(user=seller(shop), chain=shop.chain, model_id=row.model_id)
    other = shown(shop, document(name="lexer/other", card=cid_of(CARD)), 2)
    decide(other, Action.HIDE, Category.SPAM)
    assert client.get(f"{card}?released").status_code == 200


def test_what_was_hidden_until_a_time_is_not_hidden_anew_after_it(shop: Shop) -> None:
    row = shown(shop, DOCUMENT)
    said = {"content": Content.UNCLAIMED, "key": row.key, "action": Action.HIDE, "category": Category.SPAM}
    ModerationDecision.objects.create(**said, reason="r", until=timezone.now() - timedelta(hours=1))
    row.delete()
    Reader().sync()
    assert UnclaimedListing.objects.get().decision is None
