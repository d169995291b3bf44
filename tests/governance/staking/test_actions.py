"""Staking and delegating on a real chain: what the views prepare does what they say, figure by figure."""

from __future__ import annotations

from typing import Any

from django.test import Client

from accounts.models import User
from contracts.chain.client import Client as Rpc
from contracts.indexer import lead
from contracts.models import Chain
from contracts.names import DAY
from governance.delegates.actions import prepare_delegation
from governance.ground.home import home_chain, now_on
from governance.onchain.holdings import holdings_of
from governance.relay.models import SignedMessage
from governance.staking.page import Staking, staking_of
from tests.contracts.node import Market
from tests.governance.dao import VOTERS, WHOLE, Dao
from tests.governance.signing import sign


class Staker:
    """A voter with a browser: it posts a form, and its wallet sends what comes back."""

    def __init__(self, browser: Client, dao: Dao, chain: Chain) -> None:
        self.dao, self.chain, self.browser = dao, chain, browser
        self.address = dao.account(VOTERS[0])
        browser.force_login(User.objects.create(address=self.address))

    def post(self, path: str, **said: str) -> Any:
        return self.browser.post(path, said, headers={"accept": "application/json"})

    def do(self, path: str, **said: str) -> None:
        """Send what a form answers with, and let it be indexed."""
        prepared = self.post(path, **said)
        assert prepared.status_code == 200, prepared.content
        call = prepared.json()
        sent = {"from": self.address, "to": call["to"], "data": call["data"], "gas": hex(1_000_000)}
        self.dao.rpc.call("eth_sendTransaction", sent)
        self.settle()

    def settle(self) -> None:
        """Let a block come, and be indexed."""
        self.dao.market.mine()
        lead.catch_up(self.chain, self.dao.rpc)

    def page(self) -> Staking:
        return staking_of(home_chain(), self.address, now_on(home_chain()))

    def refused(self, path: str, **said: str) -> str:
        answer = self.post(path, **said)
        assert answer.status_code == 422, answer.content
        return str(answer.json()["detail"])


def test_a_stake_is_made_earns_is_taken_back_and_paid_out(alone: tuple[Chain, Rpc, Market], client: Client) -> None:
    chain, rpc, market = alone
    dao = Dao(rpc, market)
    dao.open()
    staker = Staker(client, dao, chain)
    staker.settle()
    view = dao.market.view

    assert "nothing" in staker.refused("/staking/unstake", all="1")
    assert "free to stake" in staker.refused("/staking/stake", amount="99999999")
    assert staker.refused("/staking/stake", amount="-1")
    assert staker.refused("/staking/stake", amount="")
    staker.do("/staking/stake", amount="1,000,000.5".replace(",", ""))
    staker.do("/staking/stake", all="1")
    assert staker.page().held == holdings_of(home_chain(), [staker.address])[staker.address]
    assert staker.page().held.free == 0  # type: ignore[union-attr]
    assert view("LatticeToken", "getVotes", [staker.address]) == 3_000_000 * WHOLE

    market.send(VOTERS[1], "LatticeStaking", "stake", [1_000_000 * WHOLE])
    for _ in range(3):
        market.send(VOTERS[2], "LatticeStaking", "notify", value=WHOLE // 3)
        dao.wait(7 * DAY)
        staker.settle()
    found = staker.page()
    assert found.claimable > 0
    assert found.claimable == view("LatticeStaking", "claimable", [staker.address], block=home_chain().head())
    assert [found.rewards.streaming, found.rewards.waiting] == view(
        "LatticeStaking", "rewards", block=home_chain().head()
    )
    assert found.rewards.total == view("LatticeStaking", "totalStaked")
    assert sum(week.own for week in found.rewards.weeks) <= found.claimable
    assert found.claimable - sum(week.own for week in found.rewards.weeks) <= len(found.rewards.weeks)
    assert found.cooldown is not None
    assert found.cooldown.total_seconds() == view("LatticeStaking", "cooldown")

    staker.do("/staking/unstake", amount="1000000")
    assert "free again on" in staker.refused("/staking/withdraw")
    assert client.get("/staking/free.ics")["Content-Type"].startswith("text/calendar")
    staker.do("/staking/restake")
    assert "Nothing of your stake is leaving" in staker.refused("/staking/withdraw")
    staker.do("/staking/unstake", all="1")
    dao.wait(13 * DAY)
    staker.settle()
    cooling = staker.page().cooling
    assert cooling
    assert (cooling.is_over, cooling.passed) == (True, cooling.days)
    staker.do("/staking/withdraw")
    held = staker.page().held
    assert held
    assert (held.staked, held.leaving, held.locked, held.free) == (0, 0, 0, 3_000_000 * WHOLE)

    other = "0x" + "ab" * 20
    due = staker.page().claimable
    assert staker.refused("/staking/claim", recipient="0x" + "0" * 40)
    staker.do("/staking/claim", recipient=other)
    assert rpc.quantity("eth_getBalance", other, "latest") == due
    assert (staker.page().claimable, staker.page().claimed) == (0, due)
    assert [move.kind for move in staker.page().moves][:2] == ["RewardClaimed", "Withdrawn"]
    assert client.get("/staking").status_code == 200

    staker.do("/dao/delegation", delegate=other)
    held = holdings_of(home_chain(), [other])[other]
    assert held.power == view("LatticeToken", "getVotes", [other]) == 3_000_000 * WHOLE
    assert "already" in staker.refused("/dao/delegation", delegate=other)
    third = dao.account(VOTERS[3])
    asked = staker.post("/dao/delegation/sign", delegate=third).json()
    signed = {"delegate": third, **asked["fields"], "signature": sign(VOTERS[0], asked["typed"])}
    assert "relayer" in staker.post(asked["to"], **signed).json()["said"]
    assert SignedMessage.objects.get(account=staker.address).delegatee == third
    assert (
        prepare_delegation(
            user=User.objects.get(address=staker.address), chain=home_chain(), delegate=staker.address
        ).to
        == chain.deployment["LatticeToken"]
    )
