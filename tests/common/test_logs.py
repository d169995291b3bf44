"""Log lines can be read by machines, carry the request's id, and tell no secrets."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from common import logs
from inference.keys.minting import new_secret


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a handler with the JSON formatter writes."""
    yield from _written(json=True)


@pytest.fixture
def readable() -> Iterator[io.StringIO]:
    """What a handler with the console's formatter writes."""
    yield from _written(json=False)


def _written(*, json: bool) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    options = dict(logs.formatter(json=json))
    handler = logging.StreamHandler(stream)
    handler.setFormatter(options.pop("()")(**options))
    logger = logging.getLogger("tests.logs")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_every_line_says_when_where_and_for_which_request(written: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        structlog.get_logger("tests.logs").warning("happened", count=3)
        logging.getLogger("tests.logs").warning("happened %d times", 3)
    ours, foreign = lines(written)
    assert ours.pop("timestamp") <= foreign.pop("timestamp")
    shared = {"level": "warning", "logger": "tests.logs", "request_id": "abc"}
    assert ours == {"event": "happened", "count": 3, **shared}
    assert foreign == {"event": "happened 3 times", **shared}


def test_the_query_of_a_request_is_left_out(written: io.StringIO) -> None:
    structlog.get_logger("tests.logs").error("request_failed", request="GET /models?token=secret", code=500)
    assert lines(written)[0]["request"] == "GET /models"


def test_the_key_of_a_draft_is_left_out(written: io.StringIO) -> None:
    key, other = "0123456789abcdef" * 2, "ab" * 32
    structlog.get_logger("tests.logs").error("request_failed", request=f"GET /dao/drafts/{key[:24]}/save", code=500)
    assert lines(written)[0]["request"] == "GET /dao/drafts/…/save"
    assert logs.masked(f"/api/v1/governance/polls/{key[:24]}") == "/api/v1/governance/polls/…"
    for open_to_all in ("/dao/drafts/new", f"/dao/proposals/1/events/0x{other}/2", f"/dao/drafts/{key}"):
        assert logs.masked(open_to_all) == open_to_all


HOSTILE = "a\nlevel=error forged\r\x1b[31m\x00\u2028b"


def test_an_api_key_is_left_out(written: io.StringIO) -> None:
    secret = new_secret()
    structlog.get_logger("tests.logs").warning(f"refused {secret}", path=f"/v1/{secret}/models")
    assert secret[8:] not in written.getvalue()
    assert secret[:8] in written.getvalue()


def test_a_value_cannot_forge_a_line_for_machines(written: io.StringIO) -> None:
    structlog.get_logger("tests.logs").warning("seen", path=HOSTILE)
    assert lines(written)[0]["path"] == r"a\nlevel=error forged\r\x1b[31m\x00\u2028b"


def test_nor_one_for_people(readable: io.StringIO) -> None:
    structlog.get_logger("tests.logs").warning(HOSTILE, path=HOSTILE)
    logging.getLogger("tests.logs").warning("Not Found: %s", HOSTILE)
    assert len(readable.getvalue().splitlines()) == 2


@pytest.mark.parametrize("stream", ["written", "readable"])
def test_an_exception_is_told_without_local_variables(stream: str, request: pytest.FixtureRequest) -> None:
    output: io.StringIO = request.getfixturevalue(stream)
    password = "".join(["hunter", "2"])
    try:
        raise ValueError(len(password))
    except ValueError:
        structlog.get_logger("tests.logs").exception("failed")
    assert "ValueError: 7" in output.getvalue()
    assert "hunter2" not in output.getvalue()


@pytest.mark.parametrize("name", ["uvicorn.access", "django.server", "django.request"])
def test_what_others_log_about_each_request_is_off(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    logging.getLogger(name).error("GET /models?q=secret")
    assert "secret" not in "".join(capfd.readouterr())
