"""The pages of what is unclaimed: every state with what to do, hostile texts as texts, and few queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import Account, User
from common.templatetags.look import hash_short
from marketplace.files.cids import cid_of
from marketplace.listings.models import Listing
from marketplace.onchain.models.listings import OnchainListing
from marketplace.unclaimed.models import DocumentState, UnclaimedListing
from marketplace.unclaimed.reading import keep_card, keep_read, note_failure
from marketplace.unclaimed.syncing import Reader
from tests.marketplace.shop import OTHER, Shop

from .market import document, list_document, seller
from .test_documents import GOOD

PAGE = "/models/unclaimed"


def shown(shop: Shop, content: bytes, number: int = 1) -> UnclaimedListing:
    """List a model whose document is here."""
    key = list_document(shop, content, number)
    Reader().sync()
    keep_read(cid=cid_of(content), content=content)
    return UnclaimedListing.objects.get(model_id=key)


def text_of(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_list_and_its_filters(shop: Shop, client: Client) -> None:
    shown(shop, document())
    missing = hash_short(list_document(shop, document(version="2.0.0"), 2))
    Reader().sync()
    note_failure(cid=cid_of(document(version="2.0.0")), state=DocumentState.MISSING)
    everything = text_of(client, PAGE)
    assert "lexer" in everything
    assert missing in everything
    assert "Nobody whom our node asks has it." in everything
    only = text_of(client, f"{PAGE}?state=ok")
    assert "lexer" in only
    assert missing not in only
    assert "None is in this state" in text_of(client, f"{PAGE}?state=slow")
    for nonsense in ("%00", "nonsense"):
        assert missing in text_of(client, f"{PAGE}?state={nonsense}")
    assert client.get(f"{PAGE}?cursor=x").status_code == 400


def test_what_is_adopted_is_never_there(shop: Shop, client: Client) -> None:
    Reader().sync()
    assert "Nothing is unclaimed" in text_of(client, PAGE)


def test_hostile_texts_are_texts(shop: Shop, client: Client) -> None:
    row = shown(shop, document(summary='<script>alert(1)</script>"><img src=x onerror=alert(1)> \u202egnp.exe'))
    for page in (text_of(client, PAGE), text_of(client, row.get_absolute_url())):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "\u202e" not in page


def test_another_s_name_is_marked(shop: Shop, client: Client) -> None:
    Account.objects.create(name="bigcorp", is_reserved=True)
    row = shown(shop, document(name="bigcorp/contracts"))
    other = shown(shop, document(name="corner/contracts"), 2)
    assert "an organisation of the catalogue" in text_of(client, row.get_absolute_url())
    assert "another account here" in text_of(client, other.get_absolute_url())
    assert "another account here" in text_of(client, PAGE)


def test_a_listing_that_a_reorganisation_has_just_taken_is_not_found(shop: Shop, client: Client) -> None:
    row = shown(shop, document())
    OnchainListing.objects.filter(model_id=row.model_id).delete()
    assert client.get(row.get_absolute_url()).status_code == 404


def test_its_seller_claims_it_on_its_page(shop: Shop, client: Client) -> None:
    row = shown(shop, document())
    page = row.get_absolute_url()
    assert "Sign in with the address that listed it" in text_of(client, page)
    stranger = User.objects.create(address="0x" + "7" * 40)
    client.force_login(stranger)
    assert "Only the address that listed it can claim it." in text_of(client, page)
    assert client.post(f"{page}/claim").status_code == 403
    client.force_login(seller(shop))
    assert "Claim this model" in text_of(client, page)
    assert "1 of your models on chain is not claimed" in desk(client)
    answer = client.post(f"{page}/claim")
    assert answer.status_code == 302
    assert answer["Location"] == "/models/lexer/contracts"
    assert client.get(page)["Location"] == "/models/lexer/contracts"
    assert client.get("/models/lexer/contracts").status_code == 200
    assert "1 of your models" not in desk(client)


def test_the_seller_reads_what_comes_along_and_how_to_add_the_rest(shop: Shop, client: Client) -> None:
    card = b"# Contracts"
    row = shown(shop, document(card=cid_of(card), files=GOOD["files"] * 2))
    client.force_login(seller(shop))
    page = text_of(client, row.get_absolute_url())
    assert "Its document lists 2 files. They do not come along" in page
    assert '<a class="link" href="/sell/new">a new version of it</a>' in page
    assert "Its card is not here yet" in page
    keep_card(cid=cid_of(card), content=card)
    assert "Its card comes along." in text_of(client, row.get_absolute_url())
    UnclaimedListing.objects.update(card_state=DocumentState.INVALID, files=0)
    page = text_of(client, row.get_absolute_url())
    assert "is no text" in page
    assert "Its document lists" not in page


def desk(client: Client) -> str:
    """Return what the desk loads."""
    headers = {"HX-Request": "true", "HX-Target": "p#unclaimed-own"}
    return client.get("/sell/unclaimed", headers=headers).content.decode()


def test_a_refused_claim_says_why_on_its_page(shop: Shop, client: Client) -> None:
    row = shown(shop, document(name="corner/contracts"))
    client.force_login(seller(shop))
    answer = client.post(f"{row.get_absolute_url()}/claim")
    assert answer.status_code == 422
    assert "publishes here already" in answer.content.decode()
    assert not Listing.objects.filter(name="corner/contracts").exists()


def test_its_seller_has_it_looked_for(shop: Shop, client: Client) -> None:
    content = document()
    list_document(shop, content)
    Reader().sync()
    note_failure(cid=cid_of(content), state=DocumentState.SLOW)
    row = UnclaimedListing.objects.get()
    client.force_login(seller(shop))
    assert "Look for its document now" in text_of(client, row.get_absolute_url())
    assert client.post(f"{row.get_absolute_url()}/fetch").status_code == 302
    row.refresh_from_db()
    assert row.next_at <= timezone.now()


def test_what_is_not_there_is_not_found(shop: Shop, client: Client) -> None:
    assert client.get(f"{PAGE}/{shop.chain.short_name}/0x{'1' * 64}").status_code == 404
    assert client.get(f"{PAGE}/nowhere/0x{'1' * 64}").status_code == 404
    client.force_login(seller(shop))
    assert client.post(f"{PAGE}/{shop.chain.short_name}/0x{'1' * 64}/claim").status_code == 404
    assert client.get("/sell/unclaimed").status_code == 200


def test_long_lists_have_pages_and_cost_few_queries(
    shop: Shop, client: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for number in range(1, 4):
        list_document(shop, document(), number)
    Reader().sync()
    pattern = UnclaimedListing.objects.first()
    assert pattern
    with django_assert_max_num_queries(8):
        text_of(client, PAGE)
    with django_assert_max_num_queries(8):
        text_of(client, pattern.get_absolute_url())
    client.force_login(seller(shop))
    with django_assert_max_num_queries(8):
        text_of(client, "/sell/unclaimed")
    assert OTHER
