"""Every kind of event has a sentence, made of what the event says."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from contracts.chain import abi
from contracts.models import Event
from contracts.names import COIN
from marketplace.buying.event_words import FOR_YOU, OTHERS, RANK, SENTENCES
from marketplace.buying.telling import FLOWS, Teller, kind_of, model_ids
from marketplace.buying.transfers import Names
from marketplace.onchain.models.listings import NOT_OFFERED
from tests.marketplace.shop import OTHER, SELLER, Shop

SAMPLES = {"address": COIN, "bool": True, "string": "text", "bytes": "0x", "bytes32": "0x" + "12" * 32}


def sample(parameter: dict[str, Any]) -> Any:
    """Return a value that the parameter of an event could have."""
    kind = str(parameter["type"])
    if kind.endswith("[]"):
        return [sample({**parameter, "type": kind[:-2]})]
    if kind.startswith("tuple"):
        return {each["name"]: sample(each) for each in parameter["components"]}
    return SAMPLES.get(kind, 1)


def event(shop: Shop, contract: str, entry: dict[str, Any], **changes: Any) -> Event:
    args = {each["name"]: sample(each) for each in entry["inputs"]} | changes
    places: dict[str, Any] = {"block_number": 1, "tx_hash": "0x", "index": 0, "log_index": 0, "time": timezone.now()}
    return Event(chain=shop.chain, address=COIN, contract=contract, name=entry["name"], args=args, **places)


def test_every_sentence_is_of_an_event_that_exists_and_can_be_said(shop: Shop) -> None:
    known = {}
    for contract in {kind.partition(".")[0] for kind in SENTENCES}:
        for entry in abi.entries(contract, "event"):
            made = event(shop, contract, entry)
            known[kind_of(made)] = made
            said = Teller(shop.chain, [made], Names(shop.chain), {}).sentence(made)
            assert said
            assert "%(" not in said
    assert set(SENTENCES) <= set(known)
    assert set(FOR_YOU) <= set(OTHERS) <= set(SENTENCES)
    assert set(FLOWS) <= set(SENTENCES) == set(RANK)
    for kind in FLOWS:
        assert Teller(shop.chain, [known[kind]], Names(shop.chain), {}).transfers()


@pytest.mark.parametrize("kind", OTHERS)
def test_what_a_stranger_did_has_a_title_without_an_address_and_names_them_below(shop: Shop, kind: str) -> None:
    contract, name = kind.split(".")
    entry = next(each for each in abi.entries(contract, "event") if each["name"] == name)
    people = {
        each["name"]: shop.address(OTHER)
        for each in entry["inputs"]
        if each["type"] == "address" and each["name"] != "token"
    }
    done = event(shop, contract, entry, **people)
    teller = Teller(shop.chain, [done], Names(shop.chain), {shop.model_id: "chat"})
    assert shop.address(OTHER)[:6] not in teller.title.lower()
    assert shop.address(OTHER)[:6] in teller.line.lower()
    assert "%(" not in teller.title + teller.line
    assert teller.sentences == []


def test_an_event_of_no_known_kind_is_named(shop: Shop) -> None:
    made = event(shop, "Something", {"name": "Happened", "inputs": []})
    teller = Teller(shop.chain, [made], Names(shop.chain), {})
    assert teller.sentences == ["Something noted: Happened"]
    assert teller.title == "A change to the contracts of this marketplace"


@pytest.mark.parametrize(("price", "said"), [(3 * 10**15, "0.003"), (NOT_OFFERED, "no longer sold")])
def test_a_price_is_said_in_its_currency_and_its_end_as_such(shop: Shop, price: int, said: str) -> None:
    entry = next(each for each in abi.entries("ModelMarketplace", "event") if each["name"] == "PlanSet")
    made = event(shop, "ModelMarketplace", entry, modelId=shop.model_id, price=price, token=COIN, plan=1)
    teller = Teller(shop.chain, [made], Names(shop.chain), {shop.model_id: "chat"})
    assert said in teller.title
    assert "chat" in teller.title
    assert model_ids([made]) == {shop.model_id}
    assert shop.model_id.startswith(shop.address(SELLER))


@pytest.mark.parametrize(("contract", "name"), [("LatticeDAO", "Lattice DAO"), ("FeeVault", "Fee vault")])
def test_contracts_are_called_by_their_names_in_words(shop: Shop, contract: str, name: str) -> None:
    assert Names(shop.chain).party(shop.chain.deployment[contract]).text == name
