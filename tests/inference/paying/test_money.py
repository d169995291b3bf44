"""Money on its way into the escrow and back, on a real chain: what the views prepare does what they say."""

from __future__ import annotations

import re
import time

from accounts.models import User
from contracts.names import COIN, DEMO_DOLLAR
from inference.keys.models import ApiKey
from inference.keys.spending import reserve_spend, settle_spend
from inference.paying.balances import Fund, authorities_of, purse_of
from inference.paying.statement import statement_of

from .conftest import Payer

ONE = 10**18
SECRET = re.compile(r"\bctr_[0-9A-Za-z]{49}\b")


def fund(payer: Payer, token: str = COIN) -> Fund:
    return purse_of(payer.user).funds[payer.chain.pk, token]


def make(payer: Payer, **said: str) -> ApiKey:
    answer = payer.browser.post("/account/keys/new", {"name": "Bot", "token": COIN, "cap_total": "2", **said})
    assert answer.status_code == 302, answer.content
    assert len(set(SECRET.findall(payer.browser.get(answer.headers["Location"]).content.decode()))) == 1
    return ApiKey.objects.of(payer.user.pk)[0]


def test_coin_comes_in_is_used_and_goes_back(payer: Payer) -> None:
    key = make(payer)
    page = f"/account/keys/{key.pk}"
    assert "To be authorised" in payer.browser.get("/account/keys").content.decode()
    assert payer.refused(f"{page}/authorise", amount="much") == "amount-refused"
    assert payer.refused(f"{page}/authorise", amount="99999999999") == "balance-too-low"

    # One prompt authorises and pays in; it counts once it is final.
    payer.do(f"{page}/authorise", amount="0.5", blocks=1)
    assert (fund(payer).in_escrow, fund(payer).arriving, fund(payer).available) == (ONE // 2, ONE // 2, 0)
    payer.settle(3)
    assert (fund(payer).arriving, fund(payer).available) == (0, ONE // 2)
    told = authorities_of(payer.user, [key])[key.key_id]
    assert told.covers(key)
    assert told.ceiling == 2 * ONE

    # A higher cap asks for the wallet once more; a lower one does not, and never narrows what the chain was told.
    ApiKey.objects.update(cap_total=3 * ONE)
    key.refresh_from_db()
    assert not authorities_of(payer.user, [key])[key.key_id].covers(key)
    payer.do(f"{page}/authorise")
    assert authorities_of(payer.user, [key])[key.key_id].ceiling == 3 * ONE
    ApiKey.objects.update(cap_total=ONE)
    payer.do(f"{page}/authorise", amount="0.5")
    assert authorities_of(payer.user, [key])[key.key_id].ceiling == 3 * ONE
    payer.do(f"/account/balance/{payer.chain.short_name}/top-up", token=COIN, amount="1")
    assert fund(payer).available == 2 * ONE
    content = payer.browser.get(page).content.decode()
    assert not SECRET.search(content)
    assert "Authorised on" in content

    back = f"/account/balance/{payer.chain.short_name}"
    assert payer.refused(f"{back}/withdraw", token=COIN) == "nothing-to-draw"
    assert payer.refused(f"{back}/ask-back", token=COIN, amount="3") == "contract-refused"
    payer.do(f"{back}/ask-back", token=COIN, amount="0.5")
    assert fund(payer).available == 3 * ONE // 2
    payer.do(f"{back}/ask-back", token=COIN, none="1")
    assert fund(payer).available == 2 * ONE
    payer.do(f"{back}/ask-back", token=COIN, all="1", blocks=1)
    assert fund(payer).available == 0
    assert payer.refused(f"{back}/withdraw", token=COIN) == "still-waiting"
    assert "can be withdrawn from" in payer.browser.get("/account/keys").content.decode()
    payer.rpc.call("evm_increaseTime", hex(8 * 86_400))
    payer.settle(1)
    assert "Withdraw 2" in payer.browser.get("/account/keys").content.decode()
    payer.do(f"{back}/withdraw", token=COIN)
    assert fund(payer).in_escrow == 0
    later = payer.chain.head_time().date().replace(day=1)
    drawn = statement_of(payer.address, payer.chain, COIN, later)
    assert (drawn.lines[-1].what, drawn.lines[-1].units, drawn.closing) == ("withdrawal", -2 * ONE, 0)


def test_what_is_held_and_used_is_told_apart(payer: Payer) -> None:
    key = make(payer)
    payer.do(f"/account/keys/{key.pk}/authorise", amount="1")
    at = key.created_at
    reserve_spend(key_pk=key.pk, amount=ONE // 4, at=at)
    assert (fund(payer).held, fund(payer).available) == (ONE // 4, 3 * ONE // 4)
    settle_spend(key_pk=key.pk, at=at, reserved=ONE // 4, charged=ONE // 8, tokens=5)
    assert (fund(payer).held, fund(payer).unsettled, fund(payer).available) == (0, ONE // 8, 7 * ONE // 8)
    page = payer.browser.get(f"/account/keys/{key.pk}").content.decode()
    assert "0.125" in page
    assert "1 call, 5 tokens" in page


def test_a_token_comes_in_by_signature(payer: Payer) -> None:
    dollar = payer.chain.deployment[DEMO_DOLLAR]
    payer.market.send(1, DEMO_DOLLAR, "faucet", [])
    payer.settle()
    key = make(payer, token=dollar, cap_total="20")
    to, said = payer.sign(f"/account/keys/{key.pk}/authorise", amount="10")
    # Nobody else's signature, no other amount, no later day.
    forged = said["signature"][:-4] + ("00" if said["signature"][-4:-2] != "00" else "11") + said["signature"][-2:]
    for wrong in (
        {"signature": forged},
        {"signature": "0x"},
        {"amount": "11"},
        {"deadline": str(int(time.time()) + 86_400)},
        {"deadline": "1"},
        {"deadline": "٣"},
    ):
        assert payer.refused(to, **{**said, **wrong}) == "signature-refused"
    answer = payer.post(to, **said)
    assert answer.status_code == 200, answer.content
    payer.send(answer.json()["then"])
    assert fund(payer, dollar).available == 10 * 10 ** (fund(payer, dollar).currency.decimals or 0)
    to, said = payer.sign(f"/account/balance/{payer.chain.short_name}/top-up", token=dollar, amount="1.5")
    payer.send(payer.post(to, **said).json()["then"])
    unit = 10 ** (fund(payer, dollar).currency.decimals or 0)
    assert fund(payer, dollar).available == 23 * unit // 2
    page = payer.browser.get("/account/keys").content.decode()
    assert "11.5" in page


def test_what_is_refused(payer: Payer) -> None:
    place = f"/account/balance/{payer.chain.short_name}"
    for token in ("", "0x" + "1" * 40, "nothing"):
        assert payer.refused(f"{place}/top-up", token=token, amount="1") == "no-escrow"
        assert payer.refused(f"{place}/ask-back", token=token, amount="1") == "no-escrow"
    for amount in ("", "0", "-1", "1,5", "1e3", "٣", "0.0000000000000000001", "9" * 40):
        assert payer.refused(f"{place}/top-up", token=COIN, amount=amount) == "amount-refused"
    assert payer.refused(f"{place}/ask-back", token=COIN, all="1") == "nothing-to-draw"
    assert payer.post("/account/balance/nowhere/top-up", token=COIN, amount="1").status_code == 404
    free = make(payer, token="none", cap_total="")  # noqa: S106
    assert payer.refused(f"/account/keys/{free.pk}/authorise", amount="1") == "key-pays-nothing"
    # Another's key is not there.
    mine = make(payer)
    payer.browser.force_login(User.objects.create(address="0x" + "9" * 40))
    for path in ("authorise", "authorise/signed", "end-on-chain"):
        assert payer.post(f"/account/keys/{mine.pk}/{path}", amount="1").status_code == 404


def test_a_revoked_key_is_ended_on_chain_too(payer: Payer) -> None:
    key = make(payer)
    payer.do(f"/account/keys/{key.pk}/authorise", amount="1")
    payer.browser.post(f"/account/keys/{key.pk}/revoke")
    assert payer.refused(f"/account/keys/{key.pk}/authorise", amount="1") == "key-over"
    assert "On chain as well" in payer.browser.get(f"/account/keys/{key.pk}").content.decode()
    payer.do(f"/account/keys/{key.pk}/end-on-chain")
    assert authorities_of(payer.user, [key])[key.key_id].is_revoked
    assert "On chain as well" not in payer.browser.get(f"/account/keys/{key.pk}").content.decode()
