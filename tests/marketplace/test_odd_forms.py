"""Odd input to the forms of what is really there: an order, a dispute, a listing, a pass, as each of their parties."""

from __future__ import annotations

import random
from collections.abc import Iterator

from django.core.cache import cache
from django.test import Client as Browser

from accounts.models import User
from contracts.names import COIN
from tests.config.odd import VALUES, encoded
from tests.marketplace.returns.story import bought, disputed
from tests.marketplace.shop import BUYER, SELLER, Shop

FORM = "application/x-www-form-urlencoded"
OF_BUYERS = ("/orders/", "/passes/", "/models/", "/account/")
CID = "b" + "a" * 58

# What each form would take, so that one odd value at a time gets as far as it can.
TERMS: dict[str, dict[str, str]] = {
    "plan": {"plan": "0", "token": COIN, "price": "1", "off": ""},
    "rates": {"token": COIN, "in_per_m": "1", "out_per_m": "1"},
    "pricing": {"target": "5", "floor": "50", "cap": "200", "premium": "5", "tier_from": "2", "tier_discount": "5"},
    "split": {"recipient": COIN, "percent": "5"},
    "access": {"addresses": COIN, "everybody": ""},
    "transfers": {"allowed": "yes"},
    "resale": {"allowed": "yes", "royalty": "5"},
    "state": {"state": "pause", "sure": ""},
}
PASSES = {
    "transfer": {"recipient": COIN, "quantity": "1"},
    "offer": {"quantity": "1", "token": COIN, "price": "1", "days": "7"},
    "withdraw-offer": {},
    "accept": {"holder": COIN, "quantity": "1", "token": COIN, "unit_price": "5"},
}
BUYING = {"plan": "0", "periods": "1", "passes": "1", "referrer": COIN, "accept": "yes", "recipient": COIN}


def forms(shop: Shop, ref: str, receipt: str) -> Iterator[tuple[str, dict[str, str]]]:
    model, dispute, order = shop.model_id, f"/disputes/{receipt}", f"/orders/{ref}"
    for setting, fields in TERMS.items():
        yield f"/sell/anvil/{model}/{setting}", fields
        yield f"/sell/anvil/{model}/{setting}/preview", fields
    yield from ((f"/passes/anvil/{model}/{what}", fields) for what, fields in PASSES.items())
    yield from ((f"/models/corner/chat/{what}", BUYING) for what in ("buy", "gift", "quote"))
    yield from ((f"{order}/{what}", {}) for what in ("again", "refund"))
    yield f"{order}/open", {"prompt": "0" * 32, "signature": "0x" + "00" * 65, "batch": ""}
    yield f"{order}/sent", {"tx_hash": "0x" + "ab" * 32}
    yield f"{order}/cancelled", {"prompt": "0" * 32}
    yield f"{order}/dispute", {"text": "It is broken."}
    yield f"{dispute}/say", {"do": "send", "once": "a", "text": "Here.", "as": shop.address(SELLER)}
    yield f"{dispute}/say", {"off": CID}
    yield f"{dispute}/calls", {"cid": CID}
    yield f"{dispute}/rule", {"ruling": "buyer", "reason": "So it is."}
    yield f"{dispute}/close", {}
    yield "/account/anvil/withdraw", {"token": COIN}
    yield "/sell/anvil/withdraw", {"token": COIN}
    yield "/sell/anvil/distribute", {"model_id": model, "token": COIN, "split_hash": "0x" + "00" * 32, "day": "20000"}
    yield "/sell/anvil/distribute-referral", {"token": COIN, "day": "20000"}
    yield "/account/searches/save", {"query": "q=chat"}
    yield "/sell/", {"period": "month", "currency": f"anvil:{COIN}", "model": model, "after": ""}
    yield "/account/", {"after": ""}


def window(shop: Shop, who: int) -> Browser:
    made = Browser(raise_request_exception=False)
    made.force_login(User.objects.get_or_create(address=shop.address(who))[0])
    return made


def test_forms_of_what_is_there_take_odd_values_one_at_a_time(shop: Shop) -> None:
    ref, made = bought(shop).ref, disputed(shop, bought(shop))
    buyer, seller = window(shop, BUYER), window(shop, SELLER)
    chance = random.Random("forms")  # noqa: S311  the same each time
    for path, fields in forms(shop, ref, made.receipt):
        browser = buyer if path.startswith(OF_BUYERS) else seller
        for name in fields:
            for value in ("\x00", chance.choice(VALUES)):
                cache.clear()  # limits would end it
                sent = "&".join(f"{key}={encoded(said)}" for key, said in {**fields, name: value}.items())
                accept = chance.choice(["application/json", "text/html"])
                answer = browser.post(path, sent, FORM, headers={"accept": accept})
                assert answer.status_code < 500, (path, name, value)
