"""The token's page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client
from eth_utils.crypto import keccak
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.addresses import checksum
from accounts.models import User
from contracts.models import Chain
from contracts.names import CLAIM, FAUCET, TREASURY, VESTING
from governance.onchain.models.grants import GrantFact
from governance.onchain.models.power import LOCKED
from governance.onchain.models.proposals import SENTINEL
from governance.token.allocations import _leaf, claim_list, list_of
from governance.token.errors import ClaimListError
from governance.token.page import TokenPage
from governance.token.supply import _concentration
from tests.factories.governance import NOW, SUPPLY, WHOLE, _record, add, address, dao_chain, holder, point, power

MINE, TREASURY_AT, FAUCET_AT = address(0x57A), address(0x7EA), address(0xFA)


@pytest.fixture
def chain(db: None) -> Chain:
    """A DAO whose treasury has most, whose faucet has some, and two holders of whom one votes."""
    chain = dao_chain()
    chain.deployment |= {TREASURY: TREASURY_AT, FAUCET: FAUCET_AT}
    chain.save()
    holder(chain, TREASURY_AT, SUPPLY - 300 * WHOLE, delegate=SENTINEL)
    holder(chain, FAUCET_AT, 100 * WHOLE, delegate=SENTINEL)
    holder(chain, MINE, 150 * WHOLE, delegate=MINE)
    holder(chain, address(9), 50 * WHOLE)
    power(chain, SENTINEL, SUPPLY - 200 * WHOLE)
    power(chain, MINE, 150 * WHOLE)
    return chain


@pytest.fixture
def member(client: Client, chain: Chain) -> User:
    user = User.objects.create(address=MINE)
    client.force_login(user)
    return user


def shown(client: Client) -> TokenPage:
    answer = client.get("/dao/token")
    assert answer.status_code == 200
    page: TokenPage = answer.context["page"]
    return page


def test_all_lattice_is_somewhere_and_is_counted_once(client: Client, chain: Chain) -> None:
    add(chain, LOCKED, MINE, 40 * WHOLE)
    point(chain, NOW, total=40 * WHOLE)
    supply = shown(client).supply
    assert [(place.kind, place.amount // WHOLE) for place in supply.places] == [
        ("treasury", 999_999_700),
        ("claim", 100),
        ("staked", 40),
        ("wallets", 160),
    ]
    assert sum(place.amount for place in supply.places) == supply.all == SUPPLY
    assert (supply.votable, supply.awake, supply.asleep) == (200 * WHOLE, 150 * WHOLE, 50 * WHOLE)
    assert (supply.holders, supply.twelfths) == (4, 9)
    assert sum(width for _place, _x, width in supply.drawn) == pytest.approx(100, abs=0.01)


@pytest.mark.parametrize(
    ("votes", "awake", "fewest"),
    [([], 0, None), ([5], 5, 1), ([5, 5], 10, 2), ([6, 4], 10, 1), ([3, 3, 3], 9, 2), ([1, 1], 10, None)],
)
def test_the_fewest_who_have_more_than_half_are_counted(votes: list[int], awake: int, fewest: int | None) -> None:
    assert _concentration([(address(n), each) for n, each in enumerate(votes)], awake).nakamoto == fewest


def test_holders_have_pages_and_a_file(client: Client, chain: Chain) -> None:
    for n in range(30):
        holder(chain, address(0x900 + n), n + 1)
    first = client.get("/dao/token")
    rest = client.get("/dao/token", {"after": first.context["page"].next_holders})
    rows = [row for each in (first, rest) for row in each.context["page"].holders]
    assert len({row.address for row in rows}) == len(rows) == 34
    lines = client.get("/dao/token/holders.csv").getvalue().decode().splitlines()
    assert len(lines) == 35
    assert lines[1].split(",")[:2] == [checksum(TREASURY_AT), TREASURY]
    assert client.get("/dao/token", {"after": "x"}).status_code == 400


def test_the_faucet_says_when_it_gives_again(client: Client, member: User, chain: Chain) -> None:
    assert "Get 3,000,000 LATTICE" in client.get("/dao/token").content.decode()
    GrantFact.objects.create(**_record(chain, NOW), kind="Given", account=MINE, amount=1)
    assert "again from 2 Jun, 12:00 UTC" in client.get("/dao/token").content.decode()


def test_an_allocation_is_found_in_the_operators_list(
    client: Client, member: User, chain: Chain, settings: Settings, tmp_path: Path
) -> None:
    del chain.deployment[FAUCET]
    chain.deployment |= {CLAIM: FAUCET_AT}
    chain.save()
    settings.CLAIM_LIST = str(tmp_path / "claims.json")
    assert "cannot be read just now" in client.get("/dao/token").content.decode()
    with pytest.raises(ClaimListError):
        claim_list()
    (tmp_path / "claims.json").write_text(json.dumps({checksum(MINE): str(7 * WHOLE), checksum(address(5)): "1"}))
    assert shown(client).grant.allocation
    GrantFact.objects.create(**_record(chain, NOW), kind="Claimed", account=MINE, amount=7 * WHOLE)
    assert "Claimed on 1 Jun 2026" in client.get("/dao/token").content.decode()
    (tmp_path / "claims.json").write_text(json.dumps({checksum(address(5)): "1"}))
    assert client.post("/dao/token/claim", headers={"accept": "application/json"}).json()["code"] == "nothing-to-get"


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_every_proof_leads_to_the_root(count: int) -> None:
    made = list_of({address(n): n for n in range(1, count + 1)})
    for account in made.amounts:
        claim = made.of(account)
        assert claim
        node = _leaf(claim.index, account, claim.amount)
        for other in claim.proof:
            node = keccak(b"".join(sorted((node, bytes.fromhex(other[2:])))))
        assert f"0x{node.hex()}" == made.root
    assert made.of(address(99)) is None


def test_the_page_takes_six_queries_at_most(
    client: Client, member: User, chain: Chain, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(6):
        client.get("/dao/token")


def test_the_token_is_told_as_json(client: Client, chain: Chain) -> None:
    told = client.get("/api/v1/governance/token").json()
    assert (told["supply"], told["awake"], told["nakamoto"]) == (str(SUPPLY), str(150 * WHOLE), 1)
    assert [each["kind"] for each in told["places"]] == ["treasury", "claim", "wallets"]
    assert told["items"][0]["contract"] == TREASURY
    assert VESTING not in chain.deployment
