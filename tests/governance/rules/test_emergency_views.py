"""The roles' page: who may do what after which wait, the log of emergencies, and the guardian's own forms."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from contracts.chain import codec
from contracts.chain.permissions import MANAGER, TIMELOCK_ROLES
from contracts.models import PAUSED_UNTIL, Chain, Event, FunctionRole, Parameter, RoleFact, RoleMember
from contracts.names import DAO, GUARD, MARKET, TREASURY
from governance.onchain.models.settings import MandateFact
from governance.rules.actions import prepare_pause, prepare_stop
from governance.rules.emergencies import emergencies_of
from governance.rules.errors import GuardianRestsError, NotTheGuardianError
from marketplace.onchain.models.listings import ListingState, OnchainListing
from tests.factories.governance import NOW, _record, address, dao_chain, proposal
from tests.factories.rules import AT, executed, ruled_chain

MEMBER, MODERATOR, OLD = address(0x3E), address(0x30D), address(0x31D)
BEGUN = NOW - timedelta(days=60)


@pytest.fixture
def chain(db: None) -> Chain:
    chain = ruled_chain()
    Chain.objects.filter(pk=chain.pk).update(deployment=chain.deployment | {MARKET: address(0xCA)})
    chain.refresh_from_db()
    give(chain, "0", AT[TREASURY])
    give(chain, "1", MODERATOR)
    give(chain, "2", AT[GUARD])
    give(chain, next(iter(TIMELOCK_ROLES)), AT[TREASURY], contract=TREASURY)
    for name in ("suspend", "ruleDispute"):
        selector = codec.selector(MARKET, name)
        FunctionRole.objects.create(chain=chain, target=address(0xCA), selector=selector, role="1", changed_block=1)
    mandate(chain, MEMBER, NOW + timedelta(days=100, hours=5))
    return chain


def give(chain: Chain, role: str, account: str, *, contract: str = MANAGER, delay: int = 0, **fact: Any) -> None:
    named = {"contract": contract, "role": role, "account": account}
    times = {"delay_before": delay, "delay_from": BEGUN, "since": BEGUN, "changed_block": 1}
    RoleMember.objects.create(chain=chain, **named, delay=delay, **times)
    record = {**_record(chain, BEGUN), **fact}
    RoleFact.objects.create(**record, **named, is_granted=True, delay=delay, since=BEGUN)


def mandate(chain: Chain, member: str, end: datetime) -> None:
    MandateFact.objects.create(**_record(chain, BEGUN), previous=address(0), member=member, mandate_end=end)


def pause(chain: Chain, until: datetime, *, since: datetime, by: str = AT[GUARD], block: int = 5) -> None:
    record = _record(chain, since) | {"block_number": block}
    args = {"by": by, "until": int(until.timestamp())}
    at = {"address": address(0xFA), "contract": "ProtocolParameters", "name": "PausedUntil"}
    Event.objects.create(**record, **at, args=args, subject="pause:market")
    fold = {"value": args["until"], "block_number": block}
    Parameter.objects.update_or_create(chain=chain, key=PAUSED_UNTIL, defaults=fold)


def page(client: Client, path: str = "/dao/roles") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_roles_say_in_sentences_who_may_what_after_which_wait(chain: Chain, client: Client) -> None:
    by = executed(chain, 4)
    give(chain, "1", OLD, delay=3_600, tx_hash=by.executed_tx)
    found = page(client)
    assert "May stop the sale of a model for at most 30 days" in found
    assert "ModelMarketplace.suspend" in found
    admin = found.split("The administrator’s role")[1].split("</article>")[0]
    assert "The treasury" in admin
    assert "after 2 days" in admin
    moderators = found.split("The moderator’s role")[1].split("</article>")[0]
    assert "at once" in moderators
    assert "after 1 hour" in moderators
    assert "proposal 4" in moderators
    assert "Nobody has it." in found.split("The settler’s role")[1].split("</article>")[0]
    assert "The DAO decides, through its timelock." in found


def test_a_role_that_was_taken_stands_in_the_history_alone(chain: Chain, client: Client) -> None:
    gone = {"contract": MANAGER, "role": "1", "account": OLD, "since": BEGUN}
    RoleFact.objects.create(**_record(chain, BEGUN), **gone, is_granted=True)
    RoleFact.objects.create(**_record(chain, NOW), **gone, is_granted=False)
    found = page(client)
    assert "lost the moderator’s role" in found
    assert OLD[-4:] not in found.split("changes of roles")[0]


def test_another_chain_decided_by_an_account_says_so(chain: Chain, client: Client) -> None:
    other = Chain.objects.create(pk=8453, short_name="base", name="Base", coin="ETH", confirmations=3, reorg_window=64)
    give(other, "0", MODERATOR)
    found = page(client)
    assert "On Base" in found
    assert "An account of this chain decides here, not the DAO." in found


def test_the_mandate_counts_down_and_ends_by_itself(chain: Chain, client: Client) -> None:
    assert "100 days" in page(client)
    mandate(chain, MEMBER, NOW - timedelta(days=1))
    found = page(client)
    assert "No mandate" in found
    assert "nobody can" in found


def test_a_pause_is_announced_until_it_ends_by_itself_and_then_the_guardian_rests(chain: Chain, client: Client) -> None:
    pause(chain, NOW + timedelta(days=3, hours=2), since=NOW - timedelta(days=1))
    found = page(client)
    assert "Sales are paused until 4 Jun 2026, 14:00 UTC." in found
    assert "paused for 3 days, 2 hours more" in found
    assert "from 4 Jul 2026 on" in found
    assert "ends by itself in 3 days, 2 hours" in found
    assert "Sales are paused until" in page(client, "/dao/treasury")
    pause(chain, NOW - timedelta(seconds=1), since=NOW - timedelta(minutes=1), by=AT[TREASURY], block=6)
    assert "Sales are paused until" not in page(client)


def test_the_log_has_stopped_proposals_and_suspended_models(chain: Chain, client: Client) -> None:
    proposal(chain, 9, description="Take it all", stopped_by=MEMBER, canceled_at=NOW, canceled_tx="0x" + "8" * 64)
    state = {"category": 1, "metadata": "", "state": ListingState.LISTED, "listed_block": 1, "listed_at": BEGUN}
    until = NOW + timedelta(days=7)
    OnchainListing.objects.create(
        chain=chain, model_id=address(1) + "0" * 24, seller=address(1), changed_block=3, suspended_until=until, **state
    )
    found = page(client)
    assert "Take it all" in found
    assert "Suspended:" in found
    assert "ends by itself in 1 week" in found


def test_only_the_guardian_sees_its_forms_and_only_while_its_mandate_lasts(chain: Chain, client: Client) -> None:
    proposal(chain, 2, description="Stoppable")
    assert "Type PAUSE" not in page(client)
    client.force_login(User.objects.create(address=MEMBER))
    found = page(client)
    assert "Type PAUSE to confirm" in found
    assert "2: Stoppable, active" in found
    refused = client.post("/dao/roles/pause", {"days": "8", "confirm": "PAUSE"})
    assert refused.status_code == 422
    assert client.post("/dao/roles/pause", {"days": "2", "confirm": "yes"}).status_code == 422
    assert client.post("/dao/roles/stop", {"number": "77", "confirm": "STOP"}).status_code == 404
    mandate(chain, MEMBER, NOW - timedelta(days=1))
    assert "Type PAUSE" not in page(client)
    answer = client.post("/dao/roles/pause", {"days": "2", "confirm": "pause"})
    assert answer.status_code == 403


def test_nobody_else_and_no_resting_guardian_can_stop_anything(chain: Chain) -> None:
    known, stranger = emergencies_of(chain, NOW), User(address=OLD)
    with pytest.raises(NotTheGuardianError):
        prepare_pause(user=stranger, known=known, days=1)
    with pytest.raises(NotTheGuardianError):
        prepare_stop(user=stranger, known=known, proposal=proposal(chain))
    pause(chain, NOW - timedelta(days=10), since=NOW - timedelta(days=12))
    with pytest.raises(GuardianRestsError):
        prepare_pause(user=User(address=MEMBER), known=emergencies_of(chain, NOW), days=1)


def test_an_empty_dao_says_so(db: None, client: Client) -> None:
    dao_chain()
    found = page(client)
    assert "No guardian is recorded." in found
    assert "Nothing was ever stopped." in found


def test_a_thousand_changes_take_six_queries(chain: Chain, client: Client) -> None:
    for number in range(1_000):
        named = {"contract": MANAGER, "role": "1", "account": address(number), "since": NOW}
        RoleFact.objects.create(**_record(chain, NOW), **named, is_granted=bool(number % 2))
    page(client)
    with CaptureQueriesContext(connection) as queries:
        page(client)
    assert len(queries) <= 6


def test_programs_get_roles_and_emergencies(chain: Chain, client: Client) -> None:
    pause(chain, NOW + timedelta(days=3), since=NOW - timedelta(days=1))
    (home,) = client.get("/api/v1/governance/roles").json()["items"]
    assert home["admin"] == "timelock"
    (moderator,) = [role for role in home["roles"] if role["id"] == "1"]
    assert moderator["functions"] == ["ModelMarketplace.suspend", "ModelMarketplace.ruleDispute"]
    assert [each["account"] for each in moderator["holders"]] == [MODERATOR]
    (admin,) = [role for role in home["roles"] if role["id"] == "0"]
    assert admin["holders"][0]["delay_seconds"] == 172_800
    answer = client.get("/api/v1/governance/emergencies").json()
    assert (answer["guardian"], answer["mandate_days_left"]) == (MEMBER, 100)
    assert answer["paused_until"] == "2026-06-04T12:00:00Z"
    assert [each["kind"] for each in answer["log"]] == ["pause", "mandate"]
    assert DAO in chain.deployment


def test_the_guardians_page_takes_six_queries_too(chain: Chain, client: Client) -> None:
    client.force_login(User.objects.create(address=MEMBER))
    page(client)
    with CaptureQueriesContext(connection) as queries:
        assert "Stop" in page(client)
    assert len(queries) <= 6


@pytest.mark.parametrize("path", ["/dao/treasury", "/dao/treasury/bonuses", "/dao/parameters", "/dao/roles"])
def test_a_members_page_takes_six_queries_as_well(chain: Chain, client: Client, path: str) -> None:
    client.force_login(User.objects.create(address=OLD))
    page(client, path)
    with CaptureQueriesContext(connection) as queries:
        page(client, path)
    assert len(queries) <= 6
