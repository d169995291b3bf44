"""What programs follow of the DAO: a feed, everybody's calendar, and one's own."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from accounts.models import User
from accounts.notifications.actions import renew_feeds
from accounts.notifications.links import feeding
from contracts.models import Chain
from tests.factories.governance import NOW, WHOLE, address, power, proposal, vote

from .test_looking import chain, until

__all__ = ["chain"]
pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
DAY = timedelta(days=1)


def lines(content: bytes) -> list[str]:
    return content.replace(b"\r\n ", b"").decode().split("\r\n")


def test_the_feed_has_the_proposals_that_are_final(client: Client, chain: Chain) -> None:
    proposal(chain, 1, description="# A & B\x0b\n\n<script>")
    proposal(chain, 2, proposed_block=98)
    answer = client.get("/dao/feed")
    assert answer["Content-Type"].startswith("application/atom+xml")
    (entry,) = ET.fromstring(answer.content).findall(f"{ATOM}entry")  # noqa: S314  our own
    assert entry.findtext(f"{ATOM}title") == "Proposal 1: A & B"
    assert entry.find(f"{ATOM}link").attrib["href"] == "http://testserver/dao/proposals/1"  # type: ignore[union-attr]


def test_everybodys_calendar_has_the_dates_of_votes(client: Client, chain: Chain) -> None:
    proposal(chain, 1, opens=DAY, description="Fees; lower, please")
    proposal(chain, 2, opens=-7 * DAY, queued_at=NOW - DAY / 2, eta=NOW + DAY)
    proposal(chain, 3, opens=DAY, canceled_at=NOW - DAY / 2)
    proposal(chain, 4, opens=-60 * DAY)
    answer = client.get("/dao/calendar.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    said = lines(answer.content)
    assert "SUMMARY:Vote opens: Fees\\; lower\\, please (proposal 1)" in said
    assert {"DTSTART:20260602T120000Z", "DTSTART:20260608T120000Z"} <= set(said)
    assert "SUMMARY:Can be executed: Proposal 2 (proposal 2)" in said
    assert said.count("STATUS:CANCELLED") == 2
    assert not [line for line in said if "proposal 4" in line]
    uids = [line for line in said if line.startswith("UID:")]
    assert len(set(uids)) == len(uids) == 7


def test_ones_own_calendar_has_the_votes_in_which_one_has_a_say(client: Client, chain: Chain) -> None:
    user = User.objects.create(address=address(0xA1))
    path = f"/account/calendar.ics?token={feeding(renew_feeds(user=user))}"
    voted = proposal(chain, 1)
    proposal(chain, 2, proposer=user.address)
    assert "proposal 1" not in client.get(path).content.decode()
    power(chain, user.address, WHOLE)
    assert lines(client.get(path).content).count("DESCRIPTION:You have not voted yet.") == 4
    vote(voted, user.address)
    assert lines(client.get(path).content).count("DESCRIPTION:You have voted.") == 2
    until(chain, NOW + 60 * DAY)
    assert "VEVENT" not in client.get(path).content.decode()


def test_without_a_dao_the_feeds_say_so_and_ones_own_calendar_is_empty(client: Client, db: None) -> None:
    assert client.get("/dao/feed").status_code == client.get("/dao/calendar.ics").status_code == 503
    user = User.objects.create(address=address(0xA1))
    own = client.get("/account/calendar.ics", {"token": feeding(renew_feeds(user=user))})
    assert own.status_code == 200
    assert "VEVENT" not in own.content.decode()
