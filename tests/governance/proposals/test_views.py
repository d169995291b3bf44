"""The DAO's front page and the page of a proposal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from common.kept import kept_pages
from contracts.chain import codec
from contracts.models import ParameterFact, Tally
from contracts.names import PARAMETERS
from governance.onchain.models.power import BALANCE, OnchainDelegation, PowerFact
from governance.onchain.models.proposals import VOTES, OnchainProposal, Support, VoteFact
from tests.factories.governance import NOW, WHOLE, add, address, dao_chain, power, proposal, vote

DAY = timedelta(days=1)
MILLION = 10**6 * WHOLE
ME = address(0x3E)


@pytest.fixture
def me(db: None, client: Client) -> Client:
    client.force_login(User.objects.create(address=ME))
    return client


def text(client: Client, path: str, **query: str) -> str:
    return " ".join(client.get(path, query).content.decode().split())


def test_the_list_shows_what_is_under_way_and_filters_the_rest(db: None, client: Client) -> None:
    chain = dao_chain()
    proposal(chain, 1, description="# Lower the fee\n\nBecause.")
    lost = proposal(chain, 2, description="# Raise the fee", opens=-10 * DAY, proposer=address(0xB))
    vote(lost, address(5), Support.AGAINST, 50 * MILLION)
    page = text(client, "/dao")
    assert "Lower the fee" in page
    assert "Raise the fee" not in page
    assert "How a decision is made" in page
    assert "How to get votes" in page
    everything = text(client, "/dao", state="all")
    assert everything.index("Raise the fee") < everything.rindex("Lower the fee")
    for query in ({"state": "done"}, {"state": "defeated"}, {"state": "all", "proposer": address(0xB)}):
        found = text(client, "/dao", **query)
        assert '/dao/proposals/2"' in found
        assert "defeated" in found
    assert "Raise the fee" in text(client, "/dao", state="all", q="raise FEE")
    assert "No proposal is like that" in text(client, "/dao", q="nothing of that")


def test_pages_of_proposals_meet_each_once(db: None, client: Client) -> None:
    chain = dao_chain()
    for number in range(1, 36):
        proposal(chain, number, opens=-20 * DAY)
    first = client.get("/dao", {"state": "done"}).context
    rest = client.get("/dao" + first["next_url"].partition("#")[0]).context
    numbers = [row.standing.proposal.number for row in (*first["rows"], *rest["rows"])]
    assert numbers == list(range(35, 0, -1))
    assert rest["next_url"] == ""


def test_without_a_dao_or_a_proposal_the_page_says_so(db: None, client: Client) -> None:
    assert client.get("/dao").status_code == 503
    assert "The DAO cannot be read yet" in text(client, "/dao")
    dao_chain()
    assert "Nothing has been proposed yet" in text(client, "/dao")
    assert client.get("/dao/proposals/7").status_code == 404
    assert "There is no proposal of this number" in text(client, "/dao/proposals/7")
    assert client.get(f"/dao/proposals/{10**40}").status_code == 404


def test_what_needs_my_vote_comes_first_and_goes_once_i_have_voted(me: Client) -> None:
    chain = dao_chain()
    soon = proposal(chain, 1, description="# Ends first", opens=-5 * DAY)
    later = proposal(chain, 2, description="# Ends later", opens=-DAY)
    proposal(chain, 3, description="# Before I had power", opens=-5.5 * DAY)
    power(chain, ME, 9 * MILLION, NOW - 5.2 * DAY)
    page = text(me, "/dao")
    assert "Needs your vote" in page
    assert "Read and vote, with 9,000,000" in page
    assert "1 more needs your vote" in page
    vote(soon, ME, Support.AGAINST)
    assert "you: against" in text(me, "/dao")
    assert me.get("/dao").context["front"].wanted[0].standing.proposal == later
    vote(later, ME, Support.ABSTAIN)
    assert "Needs your vote" not in text(me, "/dao")


def test_my_power_says_whom_it_comes_from(me: Client) -> None:
    chain = dao_chain()
    add(chain, BALANCE, ME, 2 * MILLION)
    assert "no votes yet: LATTICE votes only once it is delegated" in text(me, "/dao")
    power(chain, ME, 5 * MILLION)
    for delegator in (ME, address(8), address(9)):
        OnchainDelegation.objects.create(chain=chain, delegator=delegator, delegate=ME, changed_block=1)
    own = me.get("/dao").context["front"].own
    assert (own.votes, own.self_votes, own.others_votes, own.others) == (5 * MILLION, 2 * MILLION, 3 * MILLION, 2)
    page = text(me, "/dao")
    assert "Own, delegated to yourself" in page
    assert "How a decision is made" not in page
    assert "From 2 others" in page


def test_what_changed_is_told_with_its_proposal(db: None, client: Client) -> None:
    chain = dao_chain()
    executed = f"0x{77:064x}"
    proposal(chain, 4, opens=-20 * DAY, executed_at=NOW - DAY, executed_tx=executed)
    place = {"chain": chain, "index": 0, "log_index": 0, "time": NOW - DAY, "key": "feeBps"}
    ParameterFact.objects.create(**place, block_number=1, tx_hash=f"0x{1:064x}", old_value=0, new_value=250)
    ParameterFact.objects.create(**place, block_number=9, tx_hash=executed, old_value=250, new_value=200)
    (change,) = client.get("/dao").context["front"].changes
    assert (change.name, change.number) == ("Protocol fee", 4)
    assert (change.before, change.after) == ("2.5\u00a0%", "2\u00a0%")


def test_what_comes_is_ordered_by_when(db: None, client: Client) -> None:
    chain = dao_chain()
    for number, opens in ((1, -DAY), (2, 2 * DAY), (3, -5 * DAY)):
        proposal(chain, number, opens=opens)
    coming = client.get("/dao").context["front"].coming
    assert [(each.proposal.number, each.name) for each in coming] == [(3, "active"), (2, "pending"), (1, "active")]


HOSTILE = "<script>alert(1)</script><img src=//evil.example/x> ![a](https://evil.example/p.png) \u202eabc"


def test_texts_of_others_cannot_act_on_the_page(db: None, client: Client) -> None:
    made = proposal(dao_chain(), description=f"# {HOSTILE}\n\n{HOSTILE}\n\n**bold**")
    vote(made, address(5), Support.FOR, WHOLE, reason=HOSTILE)
    page = text(client, "/dao/proposals/1")
    assert "<script>alert" not in page
    assert "<img" not in page
    assert (
        "evil.example/p.png"
        not in page.replace("&quot;", "").split("In the proposer’s words")[1].split("Power over time")[0]
    )
    assert "<strong>bold</strong>" in page


def test_a_page_shows_figures_reasons_and_what_is_not_final(db: None, client: Client) -> None:
    chain = dao_chain()
    made = proposal(chain, 1, description="# Lower the fee\n\nBecause *we* can.")
    power(chain, address(9), 77 * MILLION)
    vote(made, address(5), Support.FOR, 20 * MILLION, reason="Good for sellers")
    late = vote(made, address(6), Support.AGAINST, 10 * MILLION)
    late.block_number = 99
    late.save()
    page = text(client, "/dao/proposals/1")
    for shown in (
        "Good for sellers",
        "no reason given",
        "66.6 % of the votes for and against",
        "final in 2 blocks",
        "77,000,000",
    ):
        assert shown in page
    assert "of the quorum: 20,000,000 of 40,000,000" in page
    assert "What came last becomes final in 2 blocks" in page
    assert "2 votes" in page


def test_votes_are_filtered_on_the_page_and_in_the_file(db: None, client: Client) -> None:
    made = proposal(dao_chain())
    vote(made, address(5), Support.FOR, reason="=HYPERLINK(1)")
    vote(made, address(6), Support.AGAINST, reason="no")
    page = text(client, "/dao/proposals/1", side="for")
    assert address(6)[-4:] + "</code>" not in page
    rows = client.get("/dao/proposals/1/votes.csv", {"side": "for"}).getvalue().decode().splitlines()
    assert rows[0].startswith("voter,vote,votes_smallest_units")
    assert len(rows) == 2
    assert "'=HYPERLINK" in rows[1]
    power_rows = client.get("/dao/proposals/1/power.csv").getvalue().decode().splitlines()
    assert power_rows[1].split(",")[1:4] == [str(WHOLE), str(WHOLE), "0"]
    assert "No vote is like that" in text(client, "/dao/proposals/1", voter="0xdead")


def test_htmx_gets_the_part_that_it_asks_for(db: None, client: Client) -> None:
    proposal(dao_chain())
    headers = {"HX-Request": "true", "HX-Target": "div#proposal"}
    part = client.get("/dao/proposals/1", headers=headers)
    assert part.content.lstrip().startswith(b'<div class="proposal" id="proposal">')
    assert "HX-Target" in part.headers["Vary"]


def test_the_next_step_is_offered_to_who_can_take_it(me: Client) -> None:
    chain = dao_chain()
    proposal(chain, 1, opens=DAY)
    proposal(chain, 2, opens=DAY, proposer=ME)
    passed = proposal(chain, 3, opens=-7 * DAY)
    vote(passed, address(5), Support.FOR, 40 * MILLION)
    assert "Cancel your proposal" not in text(me, "/dao/proposals/1")
    assert "Cancel your proposal" in text(me, "/dao/proposals/2")
    assert "Queue it in the timelock" in text(me, "/dao/proposals/3")
    assert "Sign in to queue it" in text(Client(), "/dao/proposals/3")
    refused = me.post("/dao/proposals/1/queue")
    assert refused.status_code == 409
    assert "This one is pending" in refused.content.decode()
    assert Client().post("/dao/proposals/3/queue").status_code == 302


def test_a_kept_page_shows_every_new_vote_and_the_passing_of_time(db: None, client: Client) -> None:
    chain = dao_chain()
    made = proposal(chain, 1)
    page = text(client, "/dao/proposals/1")
    assert "Nobody has voted yet" in page
    assert text(client, "/dao/proposals/1") == page
    vote(made, address(5), reason="Now")
    assert "Now" in text(client, "/dao/proposals/1")
    chain.block_set.filter(number=100).update(time=NOW + 10 * DAY)
    assert "defeated" in text(client, "/dao/proposals/1")


PLACE = {"block_number": 1, "time": NOW - DAY}
MANY_VOTES, MANY_PROPOSALS = 10_000, 1_000


def many(number_of_voters: int = MANY_VOTES) -> OnchainProposal:
    """Make 1,000 proposals, and 10,000 votes on one of them, half of all who could vote."""
    chain = dao_chain()
    chain.deployment[PARAMETERS] = address(0x9A)
    chain.save()
    data = codec.call_data(PARAMETERS, "set", [codec.word("feeBps"), 200])
    batch: dict[str, Any] = {"targets": [address(0x9A)], "values": ["0"], "calldatas": [data]}
    made = proposal(chain, MANY_PROPOSALS, **batch)
    rest = [
        OnchainProposal(
            **{
                field.attname: getattr(made, field.attname)
                for field in OnchainProposal._meta.local_fields
                if field.attname not in ("id", "number")
            },
            number=number,
        )
        for number in range(1, MANY_PROPOSALS)
    ]
    OnchainProposal.objects.bulk_create(rest)
    OnchainProposal.objects.filter(number__lte=MANY_PROPOSALS - 60).update(canceled_at=NOW)

    def key(number: int) -> dict[str, Any]:
        return {**PLACE, "chain": chain, "tx_hash": f"0x{number + 10**12:064x}", "index": 0, "log_index": number}

    votes = (
        VoteFact(
            **key(number),
            proposal=made.number,
            voter=address(number + 10**6),
            support=number % 3,
            weight=number * WHOLE,
            reason="because",
        )
        for number in range(1, number_of_voters)
    )
    powers = (
        PowerFact(**{**key(number), "time": NOW - 9 * DAY}, account=address(number // 2 + 10**6), votes=number * WHOLE)
        for number in range(1, number_of_voters * 2)
    )
    VoteFact.objects.bulk_create([*votes, VoteFact(**key(0), proposal=1, voter=ME, support=1, weight=1)], 2_000)
    PowerFact.objects.bulk_create([*powers, PowerFact(**{**key(0), "time": NOW - 9 * DAY}, account=ME, votes=5)], 2_000)
    tallies = (
        Tally(chain=chain, kind=VOTES, key=f"{made.number}:{support}", amount=10**9 * WHOLE, events=3_333)
        for support in Support
    )
    Tally.objects.bulk_create(tallies)
    return made


@pytest.mark.long(20)
def test_no_page_asks_more_than_six_queries_of_ten_thousand_votes_and_a_thousand_proposals(me: Client) -> None:
    many()
    with connection.cursor() as cursor:
        cursor.execute("analyze governance_votefact, governance_powerfact, governance_onchainproposal")
    paths = ("/dao", "/dao?state=all", f"/dao/proposals/{MANY_PROPOSALS}", f"/dao/proposals/{MANY_PROPOSALS}?side=for")
    for browser in (me, Client()):
        for path in paths:
            kept_pages.clear()
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(path).status_code == 200
            assert len(queries) <= 6, (path, [query["sql"][:80] for query in queries])


def test_the_front_door_shows_the_vote_that_ends_first_and_stands_without_one(db: None, client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Target": "div#open-vote"}
    assert '<div id="open-vote"> </div>' in " ".join(
        client.get("/dao/open-vote", headers=headers).content.decode().split()
    )
    assert 'href="/dao"' in text(client, "/")
    chain = dao_chain()
    proposal(chain, 1, description="# Ends first", opens=-5 * DAY)
    proposal(chain, 2, description="# Ends later", opens=-DAY)
    proposal(chain, 3, description="# Is over", opens=-20 * DAY)
    assert "Ends first" in text(client, "/dao/open-vote")
    OnchainProposal.objects.filter(number__lte=2).delete()
    shown = text(client, "/dao/open-vote")
    assert "Is over" in shown
    assert "defeated" in shown
