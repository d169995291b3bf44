"""Offers of passes, and what is prepaid for use, are indexed as the contracts have them."""

from __future__ import annotations

from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data

from contracts.chain.client import Client
from contracts.indexer import lead
from contracts.indexer.verify import verify_chain
from contracts.models import Chain, Tally
from contracts.names import COIN
from marketplace.onchain.models.escrow import ChargeFact, DepositFact, EscrowKey, EscrowRequest
from marketplace.onchain.models.listings import OnchainListing
from marketplace.onchain.models.resale import OnchainOffer, ResaleFact
from tests.deploying import SETTLER

from .node import DAY, Market

KEY = "0x" + "5e" * 32
FAR = 2**40  # seconds since 1970


def _index(chain: Chain, rpc: Client) -> None:
    """Index all there is, and hold it to the contracts."""
    head = lead.catch_up(chain, rpc)
    assert verify_chain(chain=chain, rpc=rpc, number=head).differences == []


def test_what_is_prepaid_authorised_and_asked_for(chain: Chain, rpc: Client, market: Market) -> None:
    payer, model = market.accounts[3], market.list_model(1, "metered")
    wanted = {"payer": payer, "keyId": KEY, "token": COIN, "ceiling": 10**17, "validUntil": FAR}
    market.send(3, "InferenceEscrow", "depositAndAuthorise", [wanted, 10**17], 10**17)
    market.send(4, "InferenceEscrow", "deposit", [payer, COIN, 5], 5)
    charge = {"payer": payer, "keyId": KEY, "modelId": model, "amount": 10**15}
    market.send(SETTLER, "InferenceEscrow", "settle", [[charge]])
    market.send(3, "InferenceEscrow", "requestWithdraw", [COIN, 10**16])
    _index(chain, rpc)

    held = market.view("InferenceEscrow", "account", [payer, COIN])
    tallies = dict(Tally.objects.filter(chain=chain).values_list("kind", "amount"))
    assert (tallies["escrow"], tallies["spent"]) == (held["balance"], 10**15)
    assert held["balance"] == 10**17 + 5 - 10**15
    request, key = EscrowRequest.objects.get(), EscrowKey.objects.get()
    assert (request.amount, request.ready_at) == (held["requested"], held["readyAt"])
    assert (key.token, key.ceiling, key.valid_until, key.is_revoked) == (COIN, 10**17, FAR, False)
    given = DepositFact.objects.order_by("block_number").values_list("sender", "amount")
    assert list(given) == [(payer, 10**17), (market.accounts[4], 5)]

    rpc.call("evm_increaseTime", 2 * DAY)
    market.send(3, "InferenceEscrow", "withdraw", [COIN])
    market.send(3, "InferenceEscrow", "revoke", [KEY])
    market.send(4, "InferenceEscrow", "revoke", [KEY])
    _index(chain, rpc)
    assert not EscrowRequest.objects.exists()
    assert all(EscrowKey.objects.values_list("is_revoked", flat=True))
    assert EscrowKey.objects.get(payer=payer).valid_until == _key(market, payer)["validUntil"]
    assert EscrowKey.objects.get(payer=market.accounts[4]).ceiling == 0


def test_a_call_paid_by_one_signature_is_a_deposit_that_is_charged_at_once(
    chain: Chain, rpc: Client, market: Market
) -> None:
    payer, model, escrow = market.accounts[3], market.list_model(1, "metered"), market.deployment["InferenceEscrow"]
    dollar, salt = market.deployment["DemoDollar"], "0x" + "0a" * 32
    market.send(3, "DemoDollar", "faucet")
    nonce = market.view("InferenceEscrow", "hashCall", [model, salt])
    payment = {"payer": payer, "modelId": model, "salt": salt, "token": dollar, "amount": 40_000}
    payment |= {"validAfter": 0, "validBefore": FAR}
    signed = _signed(market, {"from": payer, "to": escrow, "value": 40_000, "validBefore": FAR, "nonce": nonce})
    market.send(5, "InferenceEscrow", "payWithAuthorisation", [payment, *signed])
    _index(chain, rpc)

    charged, given = ChargeFact.objects.get(), DepositFact.objects.get()
    assert (charged.payer, charged.key_id, charged.model_id) == (payer, nonce, model)
    assert (charged.token, charged.amount, charged.fee) == (dollar, 40_000, 1_000)
    assert (given.payer, given.sender, given.token, given.amount) == (payer, payer, dollar, 40_000)
    assert Tally.objects.get(chain=chain, kind="escrow", key=f"{payer}:{dollar}").amount == 0
    assert market.view("InferenceEscrow", "account", [payer, dollar])["balance"] == 0
    assert not EscrowKey.objects.exists()
    assert market.view("DemoDollar", "balanceOf", [market.deployment["RevenueSplitter"]]) == 40_000

    rpc.call("evm_increaseTime", 2 * DAY)
    market.send(0, "RevenueSplitter", "distribute", [model, dollar, charged.day, [market.accounts[1]], [10_000]])
    _index(chain, rpc)
    assert market.view("RevenueSplitter", "credits", [market.accounts[1], dollar]) == 39_000


def _signed(market: Market, message: dict[str, Any]) -> tuple[int, str, str]:
    """Return what account 3 signs for a payment that only its payee can bring (ERC-3009)."""
    _, name, version, number, contract, *_ = market.view("DemoDollar", "eip712Domain")
    fields = {"from": "address", "to": "address", "value": "uint256", "validAfter": "uint256"}
    fields |= {"validBefore": "uint256", "nonce": "bytes32"}
    types = {"ReceiveWithAuthorization": [{"name": each, "type": kind} for each, kind in fields.items()]}
    domain = {"name": name, "version": version, "chainId": number, "verifyingContract": contract}
    key = Account.from_mnemonic("test " * 11 + "junk", account_path="m/44'/60'/0'/0/3")
    made = key.sign_message(encode_typed_data(domain, types, {"validAfter": 0, **message}))
    return made.v, f"0x{made.r:064x}", f"0x{made.s:064x}"


def test_an_offer_is_what_is_left_of_it(chain: Chain, rpc: Client, market: Market) -> None:
    model, holder = market.list_model(1, "resold"), market.accounts[3]
    number = int(model, 16)
    market.buy(3, model, quantity=3)
    market.send(1, "AccessPass", "allowResale", [model, True, 500])
    rpc.call("evm_increaseTime", 9 * DAY)
    market.send(3, "AccessPass", "offer", [number, 3, COIN, 100, FAR])
    market.send(4, "AccessPass", "accept", [number, holder, 2, market.accounts[4], COIN, 100], 200)
    _index(chain, rpc)

    listing, offer, resale = OnchainListing.objects.get(), OnchainOffer.objects.get(), ResaleFact.objects.get()
    assert (listing.resale_allowed, listing.resale_royalty_bps) == (True, 500)
    told = market.view("AccessPass", "offerOf", [number, holder])
    assert (offer.quantity, offer.unit_price) == (told["quantity"], told["unitPrice"]) == (1, 100)
    assert (offer.royalty_bps, offer.deadline) == (500, FAR)
    assert (resale.buyer, resale.quantity, resale.price, resale.royalty) == (market.accounts[4], 2, 200, 10)

    market.send(5, "AccessPass", "accept", [number, holder, 1, market.accounts[5], COIN, 100], 100)
    _index(chain, rpc)
    assert not OnchainOffer.objects.exists()
    market.send(4, "AccessPass", "offer", [number, 1, COIN, 7, FAR])
    market.send(4, "AccessPass", "withdrawOffer", [number])
    _index(chain, rpc)
    assert not OnchainOffer.objects.exists()


def _key(market: Market, payer: str) -> dict[str, Any]:
    return dict(market.view("InferenceEscrow", "key", [payer, KEY]))
