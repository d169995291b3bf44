"""One answer of a model that sleeps, paid by itself: once, whoever sends it how often, and nothing lost on the way."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.utils import timezone
from eth_account import Account as Wallet
from eth_account.signers.local import LocalAccount
from pytest_django import Settings

from contracts.models import SentTransaction
from contracts.names import DEMO_DOLLAR
from inference.errors import AnswerGoneError
from inference.ledger.models import CallPayment, Charge, Receipt
from inference.ledger.receipts import salted, words_hash
from inference.modalities import turns
from inference.models import OPEN, Call, CallState
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.pricing import OnchainCallPrice
from tests.deploying import SETTLER
from tests.governance.signing import key_of
from tests.inference.gateway.test_once import PAYER, PRICE, Living, packed
from tests.inference.ledger.conftest import Escrow
from tests.inference.ledger.conftest import escrow as escrow
from tests.waiting import until

from .held import SAID, Held, holding
from .test_turns import publish, queued

pytestmark = [pytest.mark.xdist_group("once"), pytest.mark.long(40)]

ASKED = {"text": "Où est la gare \u2028?"}


@dataclass
class Desk:
    """A model that sleeps with a price a call, and somebody with demo dollars and no account."""

    model: str
    escrow: Escrow
    held: Held
    wallet: LocalAccount

    def ask(self, payment: str = "", asked: Any = ASKED, **headers: str) -> Any:
        """Ask without a key, from a network that has used what is free."""
        sent = {**headers, **({"PAYMENT-SIGNATURE": payment} if payment else {})}
        body = json.dumps({"input": asked})
        try:
            path = f"/api/v1/listings/{self.model}/infer"
            return Client().post(path, body, content_type="application/json", headers=sent)
        finally:
            connections.close_all()

    def terms(self, asked: Any = ASKED) -> Any:
        """Return the first terms."""
        answer = self.ask(asked=asked)
        assert answer.status_code == 402, answer.content
        said = json.loads(base64.b64decode(answer["PAYMENT-REQUIRED"]))
        assert said == answer.json()["x402"]
        assert (answer["Content-Type"], answer.json()["code"]) == ("application/problem+json", "allowance-spent")
        return said["accepts"][0]

    def signed(self, terms: Any, message: dict[str, Any] | None = None, **changed: Any) -> str:
        """Return a payment of these terms, with some of what is signed changed."""
        typed = json.loads(json.dumps(terms["extra"]["typedData"]))
        typed["message"] |= {"from": self.wallet.address, **(message or {})}
        typed["domain"] |= changed.pop("domain", {})
        made = self.wallet.sign_typed_data(full_message=typed)
        payload = {"signature": made.signature.to_0x_hex(), "authorization": typed["message"]}
        return packed({"x402Version": 2, "accepted": {**terms, **changed}, "payload": payload})

    def paid(self, payment: str, asked: Any = ASKED) -> Any:
        """Send the same until the payment is final; return the answer."""
        return until(lambda: self._paid(payment, asked), "the payment is final", every=0.2)

    def _paid(self, payment: str, asked: Any) -> Any:
        answer = self.ask(payment, asked)
        assert answer.status_code != 503 or answer["Retry-After"]
        return None if answer.status_code == 503 else answer

    def dollars(self) -> int:
        """Return what the payer has."""
        said: int = self.escrow.market.view(DEMO_DOLLAR, "balanceOf", [self.wallet.address])
        return said


@pytest.fixture
def desk(escrow: Escrow, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    settings.SETTLER_KEY = f"0x{bytes(key_of(SETTLER).key).hex()}"
    settings.CALL_PAYMENT_GAS_A_DAY = 50_000_000
    monkeypatch.setattr("inference.modalities.api.WAIT", 0.0)
    monkeypatch.setattr("inference.waiting.LOOK", 0.05)
    settings.FREE_TOKENS = dict.fromkeys(settings.FREE_TOKENS, 0)
    cache.clear()
    wallet = Wallet.from_mnemonic("test " * 11 + "junk", account_path=f"m/44'/60'/0'/0/{PAYER}")
    escrow.market.send(PAYER, DEMO_DOLLAR, "faucet")
    model, chain = publish(), escrow.chain
    own: dict[str, Any] = {"chain": chain, "model_id": escrow.model}
    Adoption.objects.create(**own, listing=Listing.objects.get(name=model))
    token, since = chain.deployment[DEMO_DOLLAR].lower(), timezone.now() - timedelta(days=1)
    OnchainCallPrice.objects.create(**own, last_token=token, last_price=PRICE, last_from=since)
    escrow.index(final=True)
    with holding(settings) as held, Living(escrow):
        yield Desk(model, escrow, held, wallet)
        until(lambda: not turns._here, "nobody waits any more")
    cache.clear()


def test_one_answer_is_paid_once_by_whoever_sends_it_how_often(desk: Desk) -> None:
    before, terms = desk.dollars(), desk.terms()
    assert (terms["network"], terms["amount"]) == (f"eip155:{desk.escrow.chain.pk}", str(PRICE))
    payment = desk.signed(terms)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: desk.paid(payment), range(8)))
    assert {each.status_code for each in answers} == {202}, [each.content for each in answers]
    assert (Call.objects.count(), len({each.json()["id"] for each in answers})) == (1, 1)
    told = json.loads(base64.b64decode(answers[0]["PAYMENT-RESPONSE"]))
    assert (told["success"], told["payer"]) == (True, desk.wallet.address.lower())
    desk.held.answer()
    where = answers[0]["Location"]
    done = Client().get(where)
    assert (done.status_code, done.json()["output"]) == (200, SAID)
    cost = done.json()["usage"]["cost"]
    assert (cost["wei"], cost["amount"], cost["token"]) == (str(PRICE), "0.04", terms["asset"].lower())
    assert (cost["paid_by"], cost["chain_id"]) == ("metered", desk.escrow.chain.pk)
    # What is used is used: neither the same again nor with other words.
    for asked in (ASKED, {"text": "Wo?"}):
        assert desk.ask(payment, asked).status_code == 402
    assert desk.ask(payment).json()["code"] == "payment-used"
    assert (desk.dollars(), Charge.objects.get().amount, Call.objects.count()) == (before - PRICE, PRICE, 1)
    assert SentTransaction.objects.filter(business_id__startswith="call-p").count() == 1
    # The receipt has the hash of what was asked, as one text of JSON whose keys are in order, and none of its words.
    receipt = Receipt.objects.get()
    written = json.dumps({**ASKED, "count": 3}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert salted(receipt.salt, words_hash([written])) == receipt.request_hash


def test_what_is_not_the_terms_is_worth_nothing(desk: Desk) -> None:
    before, terms = desk.dollars(), desk.terms()
    cases = {
        "another network": desk.signed(terms, domain={"chainId": 1}),
        "a network that is said": desk.signed(terms, network="eip155:1"),
        "another token": desk.signed(terms, asset="0x" + "1" * 40),
        "less": desk.signed(terms, {"value": str(PRICE - 1)}),
        "longer": desk.signed(terms, {"validBefore": str(2**40)}),
        "a salt of one's own": desk.signed(terms, extra={"salt": "0x" + "5" * 64}),
        "somebody else's": desk.signed(terms, {"from": "0x" + "7" * 40}),
    }
    for case, payment in cases.items():
        answer = desk.ask(payment)
        assert (answer.status_code, "PAYMENT-REQUIRED" in answer, "x402" in answer.json()) == (402, True, True), case
    assert desk.ask(desk.signed(terms), {"text": "another question"}).status_code == 402
    for odd in ("x", "e30=", packed([]), packed({"x402Version": 1}), "A" * 20_000, packed("[" * 9_000)):
        assert desk.ask(odd).status_code == 400, odd[:20]
    assert desk.ask(desk.signed(terms), {"text": 7}).status_code == 402  # it is of another body, before it is read
    wrong = desk.terms({"text": "x"})
    assert desk.ask(desk.signed(wrong), {"text": "x"}, **{"Idempotency-Key": "one"}).status_code == 400
    assert (desk.dollars(), CallPayment.objects.count(), Call.objects.count()) == (before, 0, 0)


def test_what_was_paid_waits_in_turn_and_stays_a_right(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = desk.dollars()
    asked = {"text": "Wo?"}
    first = desk.signed(desk.terms())
    second = desk.signed(desk.terms(asked))
    # Both are paid while nobody is busy; then one of them has the only place.
    monkeypatch.setattr("inference.modalities.once.begin_answer", _fails)
    for payment, said in ((first, ASKED), (second, asked)):
        assert desk.paid(payment, said).status_code == 404
    monkeypatch.undo()
    monkeypatch.setattr("inference.modalities.api.WAIT", 0.0)
    running = desk.ask(first)
    waiting = [desk.ask(second, asked) for _ in range(3)]
    assert (running.json()["state"], {each.json()["state"] for each in waiting}) == ("waiting", {"queued"})
    assert (len({each.json()["id"] for each in waiting}), queued(), Call.objects.filter(state__in=OPEN).count()) == (
        1,
        1,
        1,
    )
    # It is given up in the queue, and is still a right: the same request waits anew, and runs.
    where = waiting[0]["Location"]
    assert Client().delete(where).status_code == 204
    until(lambda: queued() == 0, "it has left")
    assert CallPayment.objects.filter(used_at=None).count() == 2
    assert desk.ask(second, asked).json()["state"] == "queued"
    desk.held.answer()
    assert Client().get(running["Location"]).status_code == 200
    until(lambda: Client().get(where).json().get("state") != "queued", "its turn comes")
    # What is given up while it is made stays a right as well.
    assert Client().delete(where).status_code == 204
    assert CallPayment.objects.filter(used_at=None).count() == 1
    again = desk.ask(second, asked)
    desk.held.answer()
    done = Client().get(again["Location"])
    assert (done.status_code, done.json()["usage"]["cost"]["wei"]) == (200, str(PRICE))
    assert desk.ask(second, asked).json()["code"] == "payment-used"
    assert (desk.dollars(), Charge.objects.filter(amount__gt=0).count()) == (before - 2 * PRICE, 2)
    assert sorted(Call.objects.values_list("state", flat=True)) == [CallState.DONE, CallState.DONE, CallState.STOPPED]


def _fails(**_given: Any) -> Any:
    raise AnswerGoneError
