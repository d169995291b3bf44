"""An origin is compared whole: scheme, host and port."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from common.origins import is_whole, own_origin


@pytest.fixture(autouse=True)
def _ours(settings: Settings) -> None:
    settings.ORIGINS = ["http://localhost:8000", "https://market.example"]
    settings.ALLOWED_HOSTS = ["localhost", "market.example"]


@pytest.mark.parametrize(
    ("secure", "host", "origin"),
    [
        (False, "localhost:8000", "http://localhost:8000"),
        (False, "LOCALHOST:8000", "http://localhost:8000"),
        (True, "market.example", "https://market.example"),
        (True, "market.example:443", "https://market.example"),
    ],
)
def test_a_request_to_one_of_our_origins_says_which(secure: bool, host: str, origin: str) -> None:
    assert own_origin(RequestFactory().get("/", secure=secure, headers={"Host": host})) == origin


@pytest.mark.parametrize(
    ("secure", "host"),
    [
        (False, "localhost:8001"),
        (False, "localhost"),
        (True, "localhost:8000"),
        (False, "market.example"),
        (True, "market.example:80"),
        (True, "market.example."),
    ],
)
def test_another_port_or_scheme_of_an_allowed_host_is_not_ours(secure: bool, host: str) -> None:
    assert own_origin(RequestFactory().get("/", secure=secure, headers={"Host": host})) is None


@pytest.mark.parametrize(
    "good", ["https://market.example", "http://localhost:8000", "http://[::1]:8000", "http://a:443"]
)
def test_a_whole_origin_is_one(good: str) -> None:
    assert is_whole(good)


@pytest.mark.parametrize(
    "bad",
    [
        "market.example",
        "https://market.example/",
        "https://*.market.example",
        "https://*",
        "https://market.example:443",
        "http://market.example:80",
        "https://Market.example",
        "ftp://market.example",
        "https://me@market.example",
        "https://.market.example",
        "https://market.example:0",
        "null",
        "",
        "https://market.example\n",
    ],
)
def test_what_browsers_would_not_write_is_none(bad: str) -> None:
    assert not is_whole(bad)
