"""Asking for access and answering: what is decided counts at once, on chain once the seller has signed the list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from accounts.notifications.models import Notice
from common.limits import TooManyError
from inference.access import Ground, refuse_unwelcome
from marketplace.buying.errors import NotOnAccessListError
from marketplace.gating import actions
from marketplace.gating.actions import (
    ask_access,
    decide_requests,
    remove_rule,
    reopen_requests,
    set_gate,
    set_rule,
    withdraw_request,
)
from marketplace.gating.chain_lists import chain_lists
from marketplace.gating.errors import NotGatedError, RequestNotFoundError, RequestRefusedError
from marketplace.gating.models import AccessRequest, RequestState
from marketplace.listings.access_lists import AccessList, root_of
from marketplace.listings.errors import NotTheOwnerError
from marketplace.listings.gates import AccessDeniedError, AccessRule, Gate, GatedError, Standing, standing_of
from marketplace.selling.terms_actions import prepare_access_list
from tests.marketplace.buying.test_at_once import at_once
from tests.marketplace.returns.story import bought
from tests.marketplace.shop import BUYER, OTHER, SELLER, Shop

NAME = "corner/chat"


def user(shop: Shop, number: int) -> User:
    return User.objects.get_or_create(address=shop.address(number))[0]


def gated(shop: Shop, **said: Any) -> None:
    set_gate(user=user(shop, SELLER), listing=shop.listing, is_on=True, **said)


def asked(shop: Shop, number: int = BUYER, text: str = "To sum up letters.") -> AccessRequest:
    return ask_access(user=user(shop, number), listing=shop.listing, text=text, agreed=True)


def decide(shop: Shop, *requests: AccessRequest, approve: bool = True, answer: str = "") -> None:
    ids = [each.pk for each in requests]
    decide_requests(user=user(shop, SELLER), ids=ids, approve=approve, answer=answer)


def sign_list(shop: Shop) -> None:
    """Have the seller's wallet send the one transaction that the page shows."""
    [wanted] = chain_lists(shop.listing)
    onchain = wanted.onchain
    shop.pay(prepare_access_list(user=user(shop, SELLER), listing=onchain, members=wanted.members))
    shop.index(3)


def test_from_a_request_to_a_purchase(shop: Shop, django_capture_on_commit_callbacks: Any) -> None:
    gated(shop, wants="Your company", terms="No resale.")
    with pytest.raises(GatedError):
        shop.prepare()
    with django_capture_on_commit_callbacks(execute=True):
        request = asked(shop)
    assert (request.terms, request.license) == ("No resale.", "apache-2.0")
    assert Notice.objects.get(kind="access-asked").user == user(shop, SELLER)
    with django_capture_on_commit_callbacks(execute=True):
        decide(shop, request, answer="Welcome.")
    told = Notice.objects.get(kind="access-answered")
    assert (told.user, told.data["answer"]) == (shop.buyer, "Welcome.")
    assert standing_of(NAME, shop.buyer.address)[0] == Standing.ALLOWED
    # Let in here; the contract still sells to everybody, and the page tells the seller so.
    [wanted] = chain_lists(shop.listing)
    assert (wanted.is_so, wanted.members) == (False, sorted([shop.address(SELLER), shop.address(BUYER)]))
    sign_list(shop)
    [wanted] = chain_lists(shop.listing)
    assert wanted.is_so
    assert wanted.onchain.access_list == root_of(wanted.members)
    bought(shop)
    # Whoever is let in later waits for another signature.
    decide(shop, asked(shop, OTHER))
    with pytest.raises(NotOnAccessListError):
        shop_prepare(shop, OTHER)
    sign_list(shop)
    shop_prepare(shop, OTHER)


def shop_prepare(shop: Shop, number: int) -> None:
    shop.prepare(user=user(shop, number))


def test_a_decision_is_undone_and_a_rule_forgotten(shop: Shop) -> None:
    gated(shop)
    request = asked(shop)
    decide(shop, request)
    [undone] = reopen_requests(user=user(shop, SELLER), ids=[request.pk])
    assert undone.state == RequestState.WAITING
    assert standing_of(NAME, shop.buyer.address)[0] == Standing.ASKS
    decide(shop, request, approve=False, answer="Not now.")
    with pytest.raises(RequestRefusedError, match="seven days"):
        asked(shop)
    AccessRequest.objects.update(decided_at=timezone.now() - timedelta(days=8))
    assert asked(shop).state == RequestState.WAITING
    withdraw_request(user=shop.buyer, listing=shop.listing)
    assert asked(shop, text="Again").text == "Again"
    set_rule(user=user(shop, SELLER), listing=shop.listing, address=shop.address(OTHER), allows=False, reason="Spam.")
    with pytest.raises(AccessDeniedError, match="Spam"):
        asked(shop, OTHER)
    remove_rule(user=user(shop, SELLER), listing=shop.listing, address=shop.address(OTHER))
    assert asked(shop, OTHER).state == RequestState.WAITING


def test_who_is_kept_out_is_refused_at_the_next_call_whatever_they_hold(shop: Shop) -> None:
    bought(shop)
    holder = Ground("pass", "x")
    refuse_unwelcome(holder, NAME, shop.buyer.address)
    set_rule(user=user(shop, SELLER), listing=shop.listing, address=shop.buyer.address, allows=False, reason="Resold.")
    with pytest.raises(AccessDeniedError, match="Resold"):
        refuse_unwelcome(holder, NAME, shop.buyer.address)
    with pytest.raises(AccessDeniedError):
        shop.prepare()
    refuse_unwelcome(Ground("owner", "x"), NAME, shop.address(SELLER))


def test_a_gate_keeps_free_use_for_who_was_let_in(shop: Shop) -> None:
    gated(shop)
    free = Ground("free", "x")
    for who in ("", shop.address(OTHER)):
        with pytest.raises(GatedError):
            refuse_unwelcome(free, NAME, who)
    set_rule(user=user(shop, SELLER), listing=shop.listing, address=shop.address(OTHER), allows=True)
    refuse_unwelcome(free, NAME, shop.address(OTHER))


def test_what_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotGatedError):
        asked(shop)
    with pytest.raises(NotTheOwnerError):
        set_gate(user=shop.buyer, listing=shop.listing, is_on=True)
    gated(shop)
    with pytest.raises(NotGatedError):
        asked(shop, SELLER)
    with pytest.raises(RequestRefusedError, match="Accept"):
        ask_access(user=shop.buyer, listing=shop.listing, text="x", agreed=False)
    with pytest.raises(RequestRefusedError, match="Write"):
        asked(shop, text=" \u200b ")
    request = asked(shop)
    with pytest.raises(RequestNotFoundError):
        decide_requests(user=shop.buyer, ids=[request.pk], approve=True)
    for ids in (range(0), range(200)):
        with pytest.raises(RequestRefusedError):
            decide_requests(user=user(shop, SELLER), ids=ids, approve=True)
    with pytest.raises(RequestRefusedError, match="your own"):
        set_rule(user=user(shop, SELLER), listing=shop.listing, address=shop.address(SELLER), allows=False)
    monkeypatch.setattr(actions, "ASKS", (1, 86_400))
    with pytest.raises(TooManyError):
        asked(shop, text="More")


def test_a_gate_lets_in_whom_the_list_on_chain_had(shop: Shop) -> None:
    members = sorted([shop.address(SELLER), shop.address(OTHER)])
    AccessList.objects.create(root=root_of(members), members=members, kept_by=shop.address(SELLER))
    shop.send(SELLER, "ModelMarketplace", "setAccessList", shop.model_id, root_of(members))
    shop.index(3)
    gated(shop)
    assert AccessRule.objects.get().address == shop.address(OTHER)
    assert chain_lists(shop.listing)[0].is_so


def test_two_requests_at_once_are_one(committed: Shop) -> None:
    gated(committed)
    buyer, listing = committed.buyer, committed.listing
    try:
        at_once(lambda: ask_access(user=buyer, listing=listing, text="Twice.", agreed=True))
        assert AccessRequest.objects.count() == 1
        request = AccessRequest.objects.get()
        seller = user(committed, SELLER)
        at_once(lambda: decide_requests(user=seller, ids=[request.pk], approve=True))
        assert AccessRule.objects.count() == 1
    finally:
        for model in (AccessRequest, AccessRule, Gate, Notice):
            model.objects.all().delete()


def browser(shop: Shop, number: int) -> Browser:
    made = Browser()
    made.force_login(user(shop, number))
    session = made.session
    session["chain_id"] = shop.chain.pk
    session.save()
    return made


def test_the_pages_say_where_it_stands(shop: Shop) -> None:
    buyer, seller = browser(shop, BUYER), browser(shop, SELLER)
    assert "open to everybody" in buyer.get("/models/corner/chat/access").content.decode()
    seller.post("/sell/models/corner/chat/access/gate", {"is_on": "on", "wants": "Your company", "terms": "No resale."})
    page = Browser().get("/models/corner/chat").content.decode()
    assert "Gated: ask the seller" in page
    assert 'name="accept"' not in page, "no Buy for who was not let in"
    assert "Your company" in buyer.get("/models/corner/chat/access").content.decode()
    refused = buyer.post("/models/corner/chat/access", {"text": "", "agreed": "on"})
    assert refused.status_code == 422
    assert buyer.post("/models/corner/chat/access", {"text": "Letters.", "agreed": "on"}).status_code == 302
    assert "waits for the seller" in buyer.get("/models/corner/chat/access").content.decode()
    queue = seller.get("/sell/requests/").content.decode()
    assert "Letters." in queue
    request = AccessRequest.objects.get()
    answer = seller.post("/sell/requests/decide", {"ids": request.pk, "act": "approve", "answer": "Hello."})
    assert answer.headers["Location"] == "/sell/models/corner/chat/access"
    settings = seller.get("/sell/models/corner/chat/access").content.decode()
    assert "Put the list on" in settings
    waits = buyer.get("/models/corner/chat/access").content.decode()
    assert "Buying opens once they have put the list on chain" in waits
    sign_list(shop)
    assert "The seller has let you in." in buyer.get("/models/corner/chat/access").content.decode()
    assert 'name="accept"' in buyer.get("/models/corner/chat").content.decode()
    seller.post("/sell/requests/decide", {"ids": request.pk, "act": "reopen"})
    assert "Letters." in seller.get("/sell/requests/").content.decode()
    denied = {"address": shop.address(BUYER), "allows": "no", "reason": "Spam."}
    assert seller.post("/sell/models/corner/chat/access/rule", denied).status_code == 302
    assert "Spam." in buyer.get("/models/corner/chat/access").content.decode()
    seller.post("/sell/models/corner/chat/access/rule", {"forget": shop.address(BUYER)})
    assert not AccessRule.objects.exists()
    assert "Nothing decided yet" in seller.get("/sell/requests/?show=decided").content.decode()
    assert buyer.get("/sell/models/corner/chat/access").status_code == 403
    for odd in ({"act": "approve"}, {"act": "x", "ids": request.pk}, {"act": "approve", "ids": "99"}):
        assert seller.post("/sell/requests/decide", odd).status_code in (404, 422)
