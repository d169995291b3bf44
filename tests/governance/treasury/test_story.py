"""The treasury's and the rules' pages on a real chain: what a proposal did, a pause and its end, what was stopped."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from accounts.models import User
from contracts.chain.client import Client
from contracts.chain.preflight import WalletCall
from contracts.indexer import lead
from contracts.indexer.verify import verify_chain
from contracts.models import Chain
from contracts.names import DAY, PARAMETERS, TOKEN
from governance.ground.home import home_chain, now_on
from governance.onchain.models.proposals import OnchainProposal
from governance.rules.actions import prepare_pause, prepare_stop
from governance.rules.emergencies import Emergencies, emergencies_of
from governance.rules.errors import GuardianRestsError
from tests.contracts.node import Market
from tests.deploying import MEMBER
from tests.governance.dao import VOTERS, WHOLE, Dao, word
from tests.waiting import until

PAID = 1_000_000 * WHOLE


def known() -> Emergencies:
    chain = home_chain()
    return emergencies_of(chain, now_on(chain))


def read(client: Browser, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.long(90)
def test_what_was_decided_and_stopped_on_the_chain_stands_on_the_pages(
    alone: tuple[Chain, Client, Market], client: Browser
) -> None:
    chain, rpc, market = alone
    dao = Dao(rpc, market)
    dao.open()
    member = User(address=market.accounts[MEMBER])

    def sign(call: WalletCall) -> None:
        hashed = rpc.call("eth_sendTransaction", call.request())
        receipt = until(lambda: rpc.call("eth_getTransactionReceipt", hashed), "it is mined")
        assert receipt["status"] == "0x1"
        lead.catch_up(chain, rpc)

    # A proposal lowers the fee and pays somebody.
    actions = ((PARAMETERS, "set", [word("feeBps"), 200]), (TOKEN, "transfer", [dao.account(25), PAID]))
    dao.carry(dao.propose(VOTERS[0], *actions, text="# Cheaper, and thanks"))
    lead.catch_up(chain, rpc)
    fee = read(client, "/dao/parameters").split('id="feeBps"')[1].split("</article>")[0]
    assert "2.5 % → <b>2 %</b>" in fee
    assert ">proposal 1</a>" in fee
    treasury = read(client, "/dao/treasury")
    assert "Cheaper, and thanks" in treasury
    assert "Pay 1,000,000 LATTICE to" in treasury
    assert "1,000,000 LATTICE of 60,000,000 LATTICE spent in 30 days" in treasury

    # The guardian pauses sales for two days: the pause ends by itself, and the guardian has to rest.
    assert "not paused" in read(client, "/dao/roles")
    sign(prepare_pause(user=member, known=known(), days=2))
    assert market.view(PARAMETERS, "isPaused") is True
    assert "Sales are paused until" in read(client, "/dao/treasury")
    dao.wait(2 * DAY + 60)
    lead.catch_up(chain, rpc)
    assert market.view(PARAMETERS, "isPaused") is False
    page = read(client, "/dao/roles")
    assert "Sales are paused until" not in page
    assert "Sales paused until" in page  # in the log
    with pytest.raises(GuardianRestsError):
        prepare_pause(user=member, known=known(), days=1)

    # It stops a proposal.
    dao.propose(VOTERS[1], (PARAMETERS, "set", [word("feeBps"), 500]), text="# Double it")
    lead.catch_up(chain, rpc)
    stopped = OnchainProposal.objects.select_related("chain").get(number=2)
    sign(prepare_stop(user=member, known=known(), proposal=stopped))
    page = read(client, "/dao/roles")
    assert "Stopped:" in page
    assert "Double it" in page

    found = verify_chain(chain=chain, rpc=rpc, number=chain.head())
    assert found.differences == []
