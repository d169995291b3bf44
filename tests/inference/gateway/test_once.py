"""One call of somebody without an account, on a real chain and over the site: terms, a signature, money, an answer."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.db import connections
from django.utils import timezone
from eth_account import Account as Wallet
from eth_account.signers.local import LocalAccount
from pytest_django import Settings

from accounts.models import User
from contracts.models import SentTransaction
from contracts.names import DEMO_DOLLAR, ESCROW
from inference.authorised import Authorised
from inference.gateway.terms import digest_of, read_payment
from inference.ledger.auditing import audit_chain
from inference.ledger.models import Account, CallPayment, Charge, Owed, Receipt
from inference.ledger.payments import A_DAY, begin_payment, call_nonce, forget_unpaid, gas_of_payments
from inference.ledger.receipts import sign_receipts
from inference.ledger.tasks import bring
from inference.models import OPEN, Call, Kind, Mode, Upstream, UpstreamState
from inference.paying.statement import statement_of
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.pricing import OnchainCallPrice
from tests.deploying import SETTLER
from tests.factories.marketplace import listing as make_listing
from tests.governance.signing import key_of
from tests.inference.ledger.conftest import Escrow
from tests.inference.ledger.conftest import escrow as escrow
from tests.inference.seller import Seller, selling
from tests.waiting import until

from .conftest import address as address

pytestmark = [pytest.mark.xdist_group("once"), pytest.mark.long(40)]

NAME, OTHER = "inference-tests/metered", "inference-tests/other"
PRICE = 40_000  # of the demo dollar's smallest units
PAYER = 4
PATH = "/v1/chat/completions"
SCRIPT = Path("inference/gateway/pay_one_call.py")


@dataclass
class Shop:
    """The site, a model with a price a call behind a seller's server, and somebody with demo dollars."""

    url: str
    escrow: Escrow
    seller: Seller
    token: str
    wallet: LocalAccount

    def body(self, **more: Any) -> bytes:
        """Return a request."""
        asked = {"model": NAME, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 16, **more}
        return json.dumps(asked).encode()

    def ask(self, body: bytes, payment: str = "", **headers: str) -> httpx.Response:
        """Send a request without a key."""
        sent = {"Content-Type": "application/json", **headers}
        sent |= {"PAYMENT-SIGNATURE": payment} if payment else {}
        return httpx.post(f"{self.url}{PATH}", content=body, headers=sent, timeout=90, trust_env=False)

    def terms(self, body: bytes) -> dict[str, Any]:
        """Ask for terms, and return the first."""
        answer = self.ask(body)
        assert answer.status_code == 402, answer.text
        said: dict[str, Any] = json.loads(base64.b64decode(answer.headers["PAYMENT-REQUIRED"]))
        assert said == answer.json()["x402"]
        accepted: dict[str, Any] = said["accepts"][0]
        return accepted

    def signed(self, terms: dict[str, Any], wallet: LocalAccount | None = None, **changed: Any) -> str:
        """Return a payment of these terms, with some of what is signed changed."""
        wallet = wallet or self.wallet
        typed = json.loads(json.dumps(terms["extra"]["typedData"]))
        typed["message"] |= {"from": wallet.address, **changed.pop("message", {})}
        typed["domain"] |= changed.pop("domain", {})
        made = wallet.sign_typed_data(full_message=typed)
        payload = {"signature": made.signature.to_0x_hex(), "authorization": typed["message"]}
        return packed({"x402Version": 2, "accepted": {**terms, **changed}, "payload": payload})

    def dollars(self, number: int | None = None) -> int:
        """Return what the payer has."""
        said: int = self.escrow.market.view(DEMO_DOLLAR, "balanceOf", [self.wallet.address])
        return said

    @property
    def asked(self) -> int:
        """How often the seller's server was asked for an answer."""
        return len(self.seller.questions)


def packed(said: Any) -> str:
    return base64.b64encode(json.dumps(said).encode()).decode()


@pytest.fixture
def shop(escrow: Escrow, address: str, settings: Settings) -> Iterator[Shop]:
    settings.SETTLER_KEY = f"0x{bytes(key_of(SETTLER).key).hex()}"
    settings.CALL_PAYMENT_GAS_A_DAY = 50_000_000
    settings.UPSTREAM_LOOPBACK = True
    cache.clear()
    token = escrow.chain.deployment[DEMO_DOLLAR].lower()
    wallet = Wallet.from_mnemonic("test " * 11 + "junk", account_path=f"m/44'/60'/0'/0/{PAYER}")
    escrow.market.send(PAYER, DEMO_DOLLAR, "faucet")
    with selling(key="") as server:
        for name, model in ((NAME, escrow.model), (OTHER, escrow.market.list_model(1, "other"))):
            _sell(escrow, server, name, model, token)
        escrow.index(final=True)
        with Living(escrow):
            yield Shop(address, escrow, server, token, wallet)


def _sell(escrow: Escrow, server: Seller, name: str, model: str, token: str) -> None:
    make_listing(name, task="text-generation")
    said = {"kind": Kind.URL, "mode": Mode.CHAT, "base_url": server.url, "model": "lemon-1", "free": True}
    Upstream.objects.create(
        listing=name, engine=f"once-{name[-5:]}", state=UpstreamState.HEALTHY, tells_usage=True, **said
    )
    own: dict[str, Any] = {"chain": escrow.chain, "model_id": model}
    Adoption.objects.create(**own, listing=Listing.objects.get(name=name))
    since = timezone.now() - timedelta(days=1)
    OnchainCallPrice.objects.create(**own, last_token=token, last_price=PRICE, last_from=since)


class Living:
    """Blocks that come by themselves, as on any chain but one that waits for transactions, and the task that brings."""

    def __init__(self, escrow: Escrow) -> None:
        self.escrow, self.over = escrow, Event()
        self.thread = Thread(target=self._mine, daemon=True)

    def _mine(self) -> None:
        try:
            while not self.over.wait(0.1):
                bring()
                self.escrow.rpc.call("anvil_mine", "0x1", "0x1")
        finally:
            connections.close_all()

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *args: object) -> None:
        self.over.set()
        self.thread.join()


def test_a_call_is_paid_answered_and_in_the_books_once(shop: Shop) -> None:
    body = shop.body()
    before, terms = shop.dollars(), shop.terms(body)
    assert (terms["scheme"], terms["network"], terms["amount"]) == ("citrate-call", "eip155:31337", str(PRICE))
    model, salt = terms["extra"]["modelId"], terms["extra"]["salt"]
    nonce = terms["extra"]["typedData"]["message"]["nonce"]
    assert nonce == shop.escrow.market.view(ESCROW, "hashCall", [model, salt])
    assert nonce == call_nonce(chain=shop.escrow.chain, model_id=model, salt=salt)
    assert not CallPayment.objects.exists()  # terms leave nothing behind

    payment = shop.signed(terms)
    answer = shop.ask(body, payment)
    assert (answer.status_code, answer.json()["choices"][0]["message"]["content"]) == (200, "A lemon tree stands here.")
    cost = answer.json()["usage"]["cost"]
    assert (cost["wei"], cost["token"], cost["paid_by"]) == (str(PRICE), shop.token, "metered")
    told = json.loads(base64.b64decode(answer.headers["PAYMENT-RESPONSE"]))
    kept = CallPayment.objects.get()
    assert (told["success"], told["transaction"], told["payer"]) == (True, kept.tx_hash, shop.wallet.address.lower())
    assert (shop.dollars(), shop.asked) == (before - PRICE, 1)

    for again in (body, shop.body(max_tokens=17)):  # the same, and with another body
        assert shop.ask(again, payment).status_code == 402
    assert (shop.dollars(), shop.asked, SentTransaction.objects.filter(business_id__startswith="call-p").count()) == (
        before - PRICE,
        1,
        1,
    )
    _in_the_books(shop, told)


def _in_the_books(shop: Shop, told: dict[str, Any]) -> None:
    payer, chain = shop.wallet.address.lower(), shop.escrow.chain
    shop.escrow.index()  # the payment is in blocks that are not final for the index, and ends no balance below zero
    assert not Account.objects.filter(available__lt=0).exists()
    shop.escrow.index(final=True)
    Charge.objects.update(ended_at=timezone.now() - timedelta(minutes=20))
    audit = audit_chain(chain=chain)
    assert not audit.differences
    charge, receipt = Charge.objects.get(), Receipt.objects.get()
    assert (charge.payer, charge.amount, charge.is_direct) == (payer, PRICE, True)
    assert not Owed.objects.exists()
    assert told["extensions"]["receipt"] == f"/receipts/{receipt.secret}"
    assert sign_receipts(chain=chain, signer=key_of(SETTLER)) == 1
    month = statement_of(payer, chain, shop.token, timezone.now().date().replace(day=1))
    assert (month.paid_in, month.used, month.closing) == (PRICE, PRICE, 0)
    # A second call by the same payment would be a difference.
    Charge.objects.filter(pk=charge.pk).update(amount=PRICE - 1)
    assert audit_chain(chain=chain).differences


def test_twenty_at_once_are_one_call(shop: Shop) -> None:
    shop.seller.pause = 0.3
    body, before = shop.body(), shop.dollars()
    payment = shop.signed(shop.terms(body))
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: shop.ask(body, payment), range(20)))
    statuses = sorted(each.status_code for each in answers)
    assert statuses.count(200) == 1, [each.text for each in answers]
    assert set(statuses) <= {200, 402, 503}
    assert (shop.dollars(), shop.asked) == (before - PRICE, 1)
    assert CallPayment.objects.get().used_at


def test_what_is_not_the_terms_is_worth_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    body, before = shop.body(), shop.dollars()
    terms = shop.terms(body)
    poor = Wallet.create()
    cases = {
        "another body": (shop.body(max_tokens=15), shop.signed(terms)),
        "another model": (shop.body(model=OTHER), shop.signed(terms)),
        "less": (body, shop.signed(terms, message={"value": str(PRICE - 1)})),
        "more": (body, shop.signed(terms, message={"value": str(PRICE + 1)})),
        "longer": (body, shop.signed(terms, message={"validBefore": str(2**40)})),
        "another chain": (body, shop.signed(terms, domain={"chainId": 1})),
        "a chain that is said": (body, shop.signed(terms, network="eip155:1")),
        "another token": (body, shop.signed(terms, asset="0x" + "1" * 40)),
        "a salt of one's own": (body, shop.signed(terms, extra={"salt": "0x" + "5" * 64})),
        "somebody else's": (body, shop.signed(terms, message={"from": "0x" + "7" * 40})),
        "nothing behind it": (body, shop.signed(terms, wallet=poor)),
    }
    for case, (sent, payment) in cases.items():
        answer = shop.ask(sent, payment)
        assert (answer.status_code, "PAYMENT-REQUIRED" in answer.headers) == (402, True), (case, answer.text)
    for odd in ("x", "e30=", packed([]), packed({"x402Version": 1}), "A" * 20_000, packed("[" * 9_000)):
        assert shop.ask(body, odd).status_code in (400, 431), odd[:20]
    assert shop.ask(body, shop.signed(terms), **{"Idempotency-Key": "one"}).status_code == 400
    User.objects.create(address=shop.wallet.address.lower(), is_active=False)
    assert shop.ask(body, shop.signed(terms)).status_code == 403
    User.objects.all().filter(address=shop.wallet.address.lower()).update(is_active=True)
    monkeypatch.setattr("inference.gateway.terms.SECONDS", 60)  # too short for the way to the chain
    assert shop.ask(body, shop.signed(shop.terms(body))).status_code == 402
    monkeypatch.undo()

    # The owner takes it back on chain, before it is brought.
    terms = shop.terms(body)
    _cancel(shop, terms["extra"]["typedData"])
    assert shop.ask(body, shop.signed(terms)).json()["error"]["code"] == "payment_refused"
    assert (shop.dollars(), shop.asked) == (before, 0)
    assert not CallPayment.objects.exists()
    assert not Call.objects.filter(state__in=OPEN).exists()


def _cancel(shop: Shop, typed: dict[str, Any]) -> None:
    nonce = typed["message"]["nonce"]
    fields = [{"name": "authorizer", "type": "address"}, {"name": "nonce", "type": "bytes32"}]
    types = {"EIP712Domain": typed["types"]["EIP712Domain"], "CancelAuthorization": fields}
    message = {"authorizer": shop.wallet.address, "nonce": nonce}
    whole = {"domain": typed["domain"], "types": types, "primaryType": "CancelAuthorization", "message": message}
    made = shop.wallet.sign_typed_data(full_message=whole)
    signature = (made.v, f"0x{made.r:064x}", f"0x{made.s:064x}")
    shop.escrow.market.send(5, DEMO_DOLLAR, "cancelAuthorization", [shop.wallet.address, nonce, *signature])


def test_what_was_paid_and_not_answered_is_a_right_to_the_call(shop: Shop, settings: Settings) -> None:
    body, before = shop.body(), shop.dollars()
    # The upstream fails after the payment.
    payment = shop.signed(shop.terms(body))
    shop.seller.fails = 1
    assert shop.ask(body, payment).status_code >= 500
    assert (shop.dollars(), CallPayment.objects.get().used_at) == (before - PRICE, None)
    # Meanwhile calls of the model cost more, and are not paid one by one any more at all.
    own = OnchainCallPrice.objects.filter(model_id=shop.escrow.model)
    own.update(last_price=2 * PRICE)
    assert shop.terms(body)["amount"] == str(2 * PRICE)
    own.update(last_token="0x" + "0" * 40)
    assert shop.ask(body).status_code == 401
    answer = until(lambda: _answered(shop, body, payment), "the call runs by the same payment", 60, every=0.5)
    own.update(last_token=shop.token, last_price=PRICE)
    assert answer
    assert answer.json()["usage"]["cost"]["wei"] == str(PRICE)
    assert (shop.dollars(), Charge.objects.filter(amount__gt=0).count()) == (before - PRICE, 1)

    # Who brings it dies right after: before it is sent, and after.
    streamed = shop.body(stream=True)
    payment = shop.signed(shop.terms(streamed))
    _die_after_sending(shop, streamed, payment)
    answer = shop.ask(streamed, payment)
    assert (answer.status_code, "data: [DONE]" in answer.text) == (200, True), answer.text
    assert shop.dollars() == before - 2 * PRICE

    # Somebody else brings it, whoever that is.
    other = shop.body(max_tokens=20)
    terms = shop.terms(other)
    payment = shop.signed(terms)
    _bring_by_another(shop, _signed_as_read(shop, other, payment))
    count = SentTransaction.objects.count()
    until(lambda: _answered(shop, other, payment), "the call runs by what another brought", 60, every=0.5)
    assert (shop.dollars(), SentTransaction.objects.count()) == (before - 3 * PRICE, count)

    # The gas of a day is used up: nothing is taken, and what is paid already still runs.
    settings.CALL_PAYMENT_GAS_A_DAY = gas_of_payments(shop.escrow.chain)
    last = shop.body(max_tokens=21)
    answer = shop.ask(last, shop.signed(shop.terms(last)))
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "payments_paused")
    assert shop.dollars() == before - 3 * PRICE
    CallPayment.objects.filter(paid_at=None).update(created_at=timezone.now() - 3 * A_DAY)
    forget_unpaid()
    assert CallPayment.objects.count() == 3


def _answered(shop: Shop, body: bytes, payment: str) -> httpx.Response | None:
    answer = shop.ask(body, payment)
    return answer if answer.status_code == 200 else None


def _signed_as_read(shop: Shop, body: bytes, payment: str) -> Authorised:
    return read_payment(payment, NAME, digest_of(PATH, body))


def _die_after_sending(shop: Shop, body: bytes, payment: str) -> None:
    """Begin a payment as the site does, have it sent, and say no more."""
    signed = _signed_as_read(shop, body, payment)
    begin_payment(signed=signed)
    begun = begin_payment(signed=signed)
    until(lambda: SentTransaction.objects.filter(business_id=begun.business_id).exists(), "it is sent")


def _bring_by_another(shop: Shop, signed: Authorised) -> None:
    """Have an account that is nobody's here bring a payment."""
    made = bytes.fromhex(signed.signature[2:])
    given: dict[str, Any] = {
        "payer": signed.payer,
        "modelId": signed.model_id,
        "salt": signed.salt,
        "token": signed.token,
    }
    given |= {"amount": signed.amount, "validAfter": 0, "validBefore": signed.ends}
    signature = (made[64], f"0x{made[:32].hex()}", f"0x{made[32:64].hex()}")
    shop.escrow.market.send(5, ESCROW, "payWithAuthorisation", [given, *signature])
    shop.escrow.index(final=True)


def test_a_cent_under_the_same_number_opens_nothing(shop: Shop) -> None:
    body, before = shop.body(), shop.dollars()
    terms = shop.terms(body)
    whole = _signed_as_read(shop, body, shop.signed(terms))
    less = json.loads(base64.b64decode(shop.signed(terms, message={"value": "1"})))
    _bring_by_another(shop, replace(whole, amount=1, signature=less["payload"]["signature"]))
    answer = shop.ask(body, shop.signed(terms))
    assert (answer.status_code, answer.json()["error"]["code"]) == (402, "payment_refused")
    assert (shop.dollars(), shop.asked, CallPayment.objects.count()) == (before - 1, 0, 0)


def test_the_script_of_the_documents_pays_a_call(shop: Shop) -> None:
    before = shop.dollars()
    variables = {"WALLET_KEY": f"0x{bytes(shop.wallet.key).hex()}", "MOST": str(PRICE), "PATH": ""}
    command = [sys.executable, str(SCRIPT), f"{shop.url}/v1", NAME, "Hello"]
    told = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("A lemon tree stands here.\n")
    assert shop.dollars() == before - PRICE
    variables["MOST"] = str(PRICE - 1)
    dear = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False)
    assert (dear.returncode, "too dear" in dear.stderr, shop.dollars()) == (1, True, before - PRICE)
