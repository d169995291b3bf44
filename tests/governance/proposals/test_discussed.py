"""Proposals as what is discussed: by pages, feed and API, with badges that are true."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import User
from contracts.models import Chain
from governance.onchain.models.power import DelegationFact
from governance.proposals import discussed
from marketplace.community.actions import post_comment
from marketplace.community.following import follow
from marketplace.community.looking import look
from marketplace.community.subjects import badges_of, find_topic
from tests.factories.governance import NOW, address, dao_chain, power, proposal

pytestmark = pytest.mark.django_db
PAGE = "/dao/proposals/1/discussion"


def delegated(chain: Chain, delegator: int, delegate: int, days: int, place: int) -> None:
    """Have an account delegate some days before now."""
    at = {"index": 0, "block_number": place, "log_index": 0, "time": NOW - timedelta(days=days)}
    people = {"delegator": address(delegator), "previous": address(0), "delegate": address(delegate)}
    DelegationFact.objects.create(chain=chain, tx_hash=f"0x{place:064x}", **at, **people)


def test_a_proposal_is_discussed_and_its_page_counts_it(client: Client) -> None:
    chain = dao_chain()
    made = proposal(chain, 1, description="# Longer votes")
    before = client.get("/dao/proposals/1").content.decode()
    assert "Begin the discussion" in before
    user = User.objects.create(address=made.proposer)
    post_comment(user=user, subject="proposal", key="anvil:1", text="Because it is **short**")
    assert "1 comment" in client.get("/dao/proposals/1").content.decode()
    page = client.get(PAGE).content.decode()
    assert "<strong>short</strong>" in page
    assert "Proposer" in page
    feed = client.get("/feeds/dao/proposals/1/discussion").content.decode()
    assert "Because it is" in feed
    (told,) = client.get("/api/v1/governance/proposals/1/discussion").json()["items"]
    assert (told["badges"], told["state"]) == (["Proposer"], "shown")
    client.force_login(user)
    body = json.dumps({"text": "More", "in_reply_to": told["id"]})
    answer = client.post("/api/v1/governance/proposals/1/discussion", body, content_type="application/json")
    assert (answer.status_code, answer.json()["in_reply_to"]) == (201, told["id"])


@pytest.mark.parametrize("key", ["anvil:2", "eth:1", "anvil:", "anvil:x", "anvil:" + "9" * 30, "1"])
def test_what_is_no_proposal_of_the_dao_is_not_discussed(client: Client, key: str) -> None:
    proposal(dao_chain(), 1)
    assert discussed.find(key) is None
    assert client.get("/dao/proposals/2/discussion").status_code == 404


def test_a_delegate_is_who_held_the_votes_of_another_at_the_snapshot(client: Client) -> None:
    chain = dao_chain()
    proposal(chain, 1, opens=timedelta(days=-1))
    delegated(chain, 5, 6, days=10, place=1)  # and not any more at the snapshot
    delegated(chain, 5, 7, days=5, place=2)
    delegated(chain, 8, 8, days=5, place=3)  # to itself
    delegated(chain, 9, 12, days=0, place=4)  # after the snapshot
    found = badges_of(find_topic("proposal", "anvil:1"), {address(n) for n in (5, 6, 7, 8, 12)})
    assert {who for who, badges in found.items() if badges} == {address(7)}


def test_who_holds_lattice_is_known(client: Client) -> None:
    chain = dao_chain()
    power(chain, address(5), 10)
    assert discussed.holds_lattice(address(5))
    assert not discussed.holds_lattice(address(6))


def test_a_proposal_s_discussion_is_followed_by_its_name(client: Client) -> None:
    chain = dao_chain()
    proposal(chain, 1)
    user = User.objects.create(address=address(5))
    follow(user=user, what="discussion", key="proposal/anvil:1")
    client.force_login(user)
    page = client.get("/account/following").content.decode()
    assert f'href="{PAGE}"' in page
    assert discussed.path("eth:1") == ("eth:1", "")
    look(chain)
