"""Limits count networks, tell one figure, and never let those who flood lock others out."""

import itertools
import re

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.models import User
from common.limits import FEW, TooManyError, limit_client, take
from common.networks import networks_of
from common.ratelimit import kinds_of
from contracts.models import Chain
from tests.ports import free_port

NAMES = (f"test-{number}" for number in itertools.count())
JSON = {"Accept": "application/json"}
SECONDS = 86_400  # long enough that a window ends in hardly any run


@pytest.fixture
def name() -> str:
    """A name that nothing was counted under."""
    cache.clear()
    return next(NAMES)


@pytest.mark.parametrize(
    ("address", "narrow", "wide"),
    [
        ("203.0.113.7", "203.0.113.7/32", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("::ffff:203.0.113.7", "203.0.113.7/32", "203.0.113.0/24"),
        ("::ffff:cb00:7107", "203.0.113.7/32", "203.0.113.0/24"),
        ("64:ff9b::203.0.113.7", "203.0.113.7/32", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("fe80::1%25eth0", "fe80::/64", "fe80::/48"),
        ("::1", "::/64", "::/48"),
        ("", "unknown", "unknown"),
        ("testclient", "unknown", "unknown"),
        ("1.2.3.4.5", "unknown", "unknown"),
    ],
)
def test_an_address_stands_for_its_network(address: str, narrow: str, wide: str) -> None:
    assert networks_of(address) == (narrow, wide)


def test_all_addresses_of_one_64_are_one_client(name: str) -> None:
    for number in range(3):
        limit_client(name, f"2001:db8::{number:x}", 3, SECONDS)
    with pytest.raises(TooManyError):
        limit_client(name, "2001:db8::ffff", 3, SECONDS)
    limit_client(name, "2001:db8:0:1::1", 3, SECONDS)


def test_a_48_has_ten_times_what_a_64_has(name: str) -> None:
    for number in range(30):
        limit_client(name, f"2001:db8:0:{number:x}::1", 3, SECONDS)
    with pytest.raises(TooManyError):
        limit_client(name, "2001:db8:0:ffff::1", 3, SECONDS)
    limit_client(name, "2001:db8:1::1", 3, SECONDS)


def test_who_floods_does_not_lock_others_out(name: str) -> None:
    """One /48 uses up what all together may; whoever asks from elsewhere is let in, as often as a person tries."""
    refused = 0
    for number in range(40):
        try:
            limit_client(name, f"2001:db8:0:{number % 8:x}::{number:x}", 100, SECONDS, overall=20)
        except TooManyError:
            refused += 1
    assert refused == 0, "five of each network are let in at any time"
    for number in range(20):
        with pytest.raises(TooManyError):
            limit_client(name, f"2001:db8:0:1::{number:x}", 100, SECONDS, overall=20)
    for _ in range(FEW):
        limit_client(name, "198.51.100.9", 100, SECONDS, overall=20)
        limit_client(name, "2001:db8:ffff::1", 100, SECONDS, overall=20)
    with pytest.raises(TooManyError):
        limit_client(name, "198.51.100.9", 100, SECONDS, overall=20)


def test_what_was_refused_does_not_count_for_all(name: str) -> None:
    for _ in range(3):
        limit_client(name, "2001:db8::1", 3, SECONDS, overall=20)
    for _ in range(100):
        with pytest.raises(TooManyError):
            limit_client(name, "2001:db8::1", 3, SECONDS, overall=20)
    for _ in range(FEW + 5):
        limit_client(name, "198.51.100.9", 100, SECONDS, overall=20)


def test_where_one_may_do_little_the_second_waits_while_all_do_too_much(name: str) -> None:
    for number in range(20):
        limit_client(name, f"10.{number}.0.1", 3, SECONDS, overall=20)
    limit_client(name, "192.0.2.1", 3, SECONDS, overall=20)
    with pytest.raises(TooManyError):
        limit_client(name, "192.0.2.1", 3, SECONDS, overall=20)


@pytest.mark.parametrize("seconds", [1, 2, 8, 59, 60, 61, 250])
def test_the_sentence_names_the_very_figure(seconds: int) -> None:
    error = TooManyError(seconds)
    assert re.findall(r"\d+", str(error.detail)) == [str(error.data["retry_after"])] == [str(seconds)]


SEARCHES = [
    "/models?q=bert",
    "/models?task=text-ranking",
    "/search/suggestions?q=be",
    "/feeds/models?q=bert",
    "/compare?m=BAAI/bge-m3",
    "/models/BAAI/bge-m3/why?q=bert",
    "/api/v1/listings?q=bert",
    "/api/v1/suggestions?q=be",
]


@pytest.mark.django_db
@pytest.mark.parametrize("path", SEARCHES)
def test_searches_are_counted_alike_wherever_they_come_in(client: Client, settings: Settings, path: str) -> None:
    cache.clear()
    settings.RATES = {"api": (50, SECONDS), "search": (2, SECONDS)}
    others = [each for each in SEARCHES if each != path][:2]
    assert [client.get(each).status_code for each in others] == [200, 200]
    refused = client.get(path)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= SECONDS
    assert f"again in {refused['Retry-After']} second" in refused.content.decode()
    assert client.get(path, REMOTE_ADDR="198.51.100.7").status_code == 200
    assert client.get("/models").status_code == 200, "to look at the catalogue is no search"


def test_what_is_looked_for_in_the_dao_is_a_search_as_well(rf: RequestFactory) -> None:
    kinds = [list(kinds_of(rf.get(path))) for path in ("/dao?q=fee", "/dao/proposals/1/votes.csv?voter=0x1", "/dao")]
    assert kinds == [["search"], ["search"], []]


@pytest.mark.django_db
def test_a_person_who_searches_too_often_reads_a_page(client: Client, settings: Settings) -> None:
    cache.clear()
    settings.RATES = {"search": (0, SECONDS)}
    page = client.get("/models?q=bert", headers={"Accept": "text/html"})
    assert (page.status_code, page["Content-Type"]) == (429, "text/html; charset=utf-8")
    assert '<a class="btn act" href="/models?q=bert">Try again</a>' in page.content.decode()
    toast = client.get("/models?q=bert", headers={"Accept": "text/html", "HX-Request": "true"})
    assert toast.content.decode().strip().startswith('<div class="toast notice bad">')
    assert "no-store" in page["Cache-Control"]


def test_five_a_second_is_what_a_site_begins_with() -> None:
    from config.settings import base

    assert base.RATES == {"api": (50, 10), "search": (50, 10)}


@pytest.mark.xdist_group("windows")
@pytest.mark.parametrize("turn", range(3))
@pytest.mark.parametrize("seconds", [10, 60, 300, 3_600, SECONDS])
def test_no_test_uses_up_what_another_may_do(seconds: int, turn: int) -> None:
    assert take("every-test:127.0.0.1", 3, seconds).used == 1


@pytest.fixture
def no_redis(settings: Settings) -> None:
    """A cache that nobody answers for."""
    address = f"redis://127.0.0.1:{free_port()}/0"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": address}}


@pytest.mark.usefixtures("no_redis")
def test_limits_hold_without_redis_in_each_process_for_itself() -> None:
    name = f"{next(NAMES)}-alone"
    for _ in range(3):
        limit_client(name, "203.0.113.7", 3, SECONDS)
    with pytest.raises(TooManyError):
        limit_client(name, "203.0.113.7", 3, SECONDS)
    limit_client(name, "203.0.113.8", 3, SECONDS)


@pytest.mark.django_db
@pytest.mark.usefixtures("no_redis")
@pytest.mark.parametrize("path", ["/", "/models", "/models?q=bert", "/search/suggestions?q=b", "/api/v1/listings?q=b"])
def test_pages_and_searches_go_on_without_redis(client: Client, path: str) -> None:
    assert client.get(path).status_code in {200, 404}


@pytest.mark.django_db
@pytest.mark.usefixtures("no_redis")
def test_nobody_signs_in_without_redis_and_reads_why(client: Client) -> None:
    Chain.objects.create(pk=31337, short_name="anvil", name="Anvil", coin="ETH", confirmations=3, reorg_window=9)
    given = client.post("/sign-in/nonce", {"address": "0x" + "a" * 40, "chain_id": 31337}, headers=JSON)
    assert (given.status_code, given.json()["code"]) == (503, "sign-in-closed")


@pytest.mark.django_db
def test_a_session_lasts_while_redis_is_away(client: Client, request: pytest.FixtureRequest) -> None:
    client.force_login(User.objects.create(address="0x" + "b" * 40))
    request.getfixturevalue("no_redis")
    assert client.get("/sell/").status_code == 200
