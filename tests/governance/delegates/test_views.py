"""Delegates' pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.addresses import checksum
from accounts.models import User
from contracts.models import Chain
from governance.delegates.models import DelegateStatement
from governance.onchain.models.proposals import SENTINEL, Support
from governance.relay.models import Kind, RelayerStatus, SignedMessage
from tests.factories.governance import WHOLE, address, dao_chain, holder, power, proposal, vote

BIG, SMALL = address(0xB16), address(0x5A11)


@pytest.fixture
def chain(db: None) -> Chain:
    """A DAO with two delegates, of whom one votes for three, and accounts that never vote."""
    chain = dao_chain()
    holder(chain, BIG, 5 * WHOLE, delegate=BIG)
    holder(chain, address(7), 2 * WHOLE, delegate=BIG)
    holder(chain, address(8), 40 * WHOLE, delegate=BIG)
    holder(chain, SMALL, 3 * WHOLE, delegate=SMALL)
    power(chain, BIG, 47 * WHOLE)
    power(chain, SMALL, 3 * WHOLE)
    power(chain, SENTINEL, 900 * WHOLE)
    return chain


@pytest.fixture
def member(client: Client, chain: Chain) -> User:
    """The small delegate, signed in."""
    user = User.objects.create(address=SMALL)
    client.force_login(user)
    return user


def page(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_delegates_are_listed_by_power_without_those_who_never_vote(client: Client, chain: Chain) -> None:
    shown = page(client, "/dao/delegates")
    assert shown.index(BIG) < shown.index(SMALL)
    assert SENTINEL not in shown
    assert "2 addresses vote" in shown
    assert "94.0 %" in shown


def test_the_list_says_who_took_part_in_votes_that_ended_while_it_had_votes(client: Client, chain: Chain) -> None:
    early, late = (proposal(chain, n, opens=timedelta(days=-days)) for n, days in ((1, 55), (2, 20)))
    running = proposal(chain, 3)
    vote(late, BIG, Support.AGAINST)
    vote(running, BIG)
    assert early.deadline < late.deadline
    rows = page(client, "/dao/delegates")
    assert "1 of 1" in rows
    assert "0 of 1" in rows


def test_an_address_is_found_by_how_it_begins(client: Client, chain: Chain) -> None:
    assert SMALL not in page(client, "/dao/delegates", q=BIG[2:40])
    assert "Nobody here votes with such an address" in page(client, "/dao/delegates", q="0xffff")
    assert "hexadecimal" in page(client, "/dao/delegates", q="vitalik")


def test_pages_of_the_list_follow_one_another(client: Client, chain: Chain) -> None:
    for n in range(40):
        power(chain, address(0x900 + n), WHOLE)
    first = client.get("/dao/delegates")
    second = client.get(f"/dao/delegates?{first.context['next_page']}")
    seen = [row.address for each in (first, second) for row in each.context["rows"]]
    assert len(seen) == len(set(seen)) == 42


def test_any_address_has_a_page_of_one_spelling(client: Client, chain: Chain) -> None:
    unknown = "0x" + "ab" * 20
    assert "Nobody delegates to this address now" in page(client, f"/dao/delegates/{unknown}")
    answer = client.get(f"/dao/delegates/{checksum(unknown)}")
    assert (answer.status_code, answer["Location"]) == (301, f"/dao/delegates/{unknown}")
    assert client.get("/dao/delegates/0x12").status_code == 422


def test_a_page_shows_votes_reasons_and_delegators(client: Client, chain: Chain) -> None:
    closed = proposal(chain, 1, opens=timedelta(days=-20), description="# Lower the fee")
    proposal(chain, 2, opens=timedelta(days=-20), description="# Raise the fee")
    vote(closed, BIG, Support.AGAINST, reason="Not <b>now</b>.")
    shown = page(client, f"/dao/delegates/{BIG}")
    assert "Not &lt;b&gt;now&lt;/b&gt;." in shown
    assert "did not vote" in shown
    assert "1 of 2" in shown
    assert shown.index(address(8)) < shown.index(address(7))


def test_votes_and_delegators_have_pages(client: Client, chain: Chain) -> None:
    for n in range(1, 26):
        proposal(chain, n, opens=timedelta(days=-20))
        holder(chain, address(0x700 + n), n * WHOLE, delegate=BIG)
    first = client.get(f"/dao/delegates/{BIG}")
    more = client.get(f"/dao/delegates/{BIG}", {"votes": first.context["next_votes"]})
    assert [line.proposal.number for line in more.context["votes"]] == [5, 4, 3, 2, 1]
    rest = client.get(f"/dao/delegates/{BIG}", {"from": first.context["delegators"].next})
    assert len(rest.context["delegators"].items) == 8


def test_a_delegation_shows_both_sides_before_and_after(client: Client, member: User) -> None:
    shown = client.get(f"/dao/delegates/{BIG}").context["shifts"]
    assert [(each.account, each.before, each.after) for each in shown] == [
        (BIG, 47 * WHOLE, 50 * WHOLE),
        (SMALL, 3 * WHOLE, 0),
    ]
    assert client.get(f"/dao/delegates/{SMALL}").context["shifts"] == []


def test_accounts_that_never_vote_and_mistyped_ones_get_no_votes(client: Client, member: User, chain: Chain) -> None:
    treasury = chain.deployment["LatticeToken"]
    assert "none of them ever votes" in page(client, f"/dao/delegates/{treasury}")
    for wrong in (treasury, SENTINEL, "0x" + "0" * 40, SMALL, checksum("0x" + "ab" * 20).swapcase(), "me", ""):
        answer = client.post("/dao/delegation", {"delegate": wrong}, headers={"accept": "application/json"})
        assert answer.status_code == 422, wrong


def test_votes_can_be_delegated_by_a_signature_while_a_relayer_looks(
    client: Client, member: User, chain: Chain
) -> None:
    assert "data-signs" not in page(client, f"/dao/delegates/{BIG}")
    RelayerStatus.objects.create(chain=chain, account=address(0xE), balance=WHOLE, seen_at=timezone.now())
    assert "data-signs" in page(client, f"/dao/delegates/{BIG}")
    message = {"nonce": 0, "power": 0, "signature": "0x", "signed_at": timezone.now(), "expiry": timezone.now()}
    SignedMessage.objects.create(chain=chain, kind=Kind.DELEGATION, account=SMALL, delegatee=BIG, **message)
    assert "You have signed this" in page(client, f"/dao/delegates/{BIG}")
    for wrong in (SENTINEL, "me"):
        answer = client.post("/dao/delegation/sign", {"delegate": wrong}, headers={"accept": "application/json"})
        assert answer.status_code == 422
    said = {"delegate": BIG, "nonce": "x", "expiry": "1", "signature": "0x"}
    answer = client.post("/dao/delegation/signature", said, headers={"accept": "application/json"})
    assert answer.json()["code"] == "form-refused"


def test_a_statement_is_its_authors_own_and_keeps_its_versions(client: Client, member: User) -> None:
    path = f"/dao/delegates/{SMALL}/statement"
    for text in (
        "I vote for **low fees**.",
        "I vote for *small sellers*. <script>",
        "I vote for *small sellers*. <script>",
    ):
        assert client.post(f"{path}/write", {"text": text}).status_code == 302
    assert DelegateStatement.objects.count() == 2
    shown = page(client, f"/dao/delegates/{SMALL}")
    assert "<em>small sellers</em>" in shown
    assert "&lt;script&gt;" in shown
    assert "All 2 versions" in shown
    assert "<strong>low fees</strong>" in page(client, path)
    assert "I vote for *small sellers" in page(client, "/dao/delegates")
    assert client.post(f"/dao/delegates/{BIG}/statement/write", {"text": "Mine."}).status_code == 403
    assert client.post(f"{path}/write", {"text": "x" * 6_001}).status_code == 422


def test_a_statement_is_not_rewritten_for_ever(client: Client, member: User) -> None:
    answers = [client.post(f"/dao/delegates/{SMALL}/statement/write", {"text": str(n)}).status_code for n in range(21)]
    assert answers == [302] * 20 + [429]
    # Each version is made HTML, so a page has a few.
    newest = page(client, f"/dao/delegates/{SMALL}/statement")
    assert newest.count('<h2 class="h3"') == 10
    older = re.findall(r'href="(\?after=[^"]+)"', newest)
    assert page(client, f"/dao/delegates/{SMALL}/statement{older[0]}").count('<h2 class="h3"') == 10


def test_pages_take_six_queries_at_most(
    client: Client, member: User, chain: Chain, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(1, 12):
        vote(proposal(chain, n, opens=timedelta(days=-20)), BIG)
        power(chain, address(0x900 + n), WHOLE)
    for path in ("/dao/delegates", f"/dao/delegates/{BIG}", f"/dao/delegates/{BIG}/statement"):
        with django_assert_max_num_queries(6):
            page(client, path)
