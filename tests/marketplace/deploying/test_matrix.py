"""Eight kinds of caller and five operations: what each gets, by what is on chain this moment."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from inference.dedicated_models import DedicatedEngine

from .conftest import CALLERS, Release

OK, MADE, SIGN_IN, NOT_YOURS, NOTHING = 200, 201, 302, 403, 404
OPERATIONS = ("card", "list files", "download", "run", "manage")
#                card, list, download, run,     manage
EXPECTED = {
    "anonymous": (OK, OK, NOTHING, SIGN_IN, SIGN_IN),
    "stranger": (OK, OK, NOTHING, NOTHING, NOT_YOURS),
    "pass": (OK, OK, OK, MADE, NOT_YOURS),
    "subscriber": (OK, OK, OK, MADE, NOT_YOURS),
    "metered key": (OK, OK, NOTHING, NOTHING, NOT_YOURS),
    "refunded": (OK, OK, NOTHING, NOTHING, NOT_YOURS),
    "seller": (OK, OK, OK, MADE, OK),
    "moderator": (OK, OK, OK, NOTHING, NOT_YOURS),
}


def do(operation: str, browser: Browser, release: Release) -> Any:
    model = "/models/corner/chat"
    match operation:
        case "card":
            return browser.get(model)
        case "list files":
            return browser.get(f"{model}/files")
        case "download":
            return browser.get(release.file_url())
        case "run":
            return browser.post(f"{model}/own-engine", {"version": release.version.number})
    return browser.get("/sell/models/corner/chat/access")


@pytest.mark.long(60)
@pytest.mark.parametrize("caller", CALLERS)
def test_each_caller_gets_what_the_chain_says(release: Release, caller: str) -> None:
    """The five operations of one caller, in one shop: none of them changes what the next may do."""
    browser = release.browser(CALLERS[caller](release))
    answers = {operation: do(operation, browser, release) for operation in OPERATIONS}
    assert tuple(answer.status_code for answer in answers.values()) == EXPECTED[caller]
    if EXPECTED[caller][2] == OK:
        assert b"".join(answers["download"].streaming_content).startswith(b'{"architectures"')
    else:
        assert "curl" not in answers["list files"].content.decode()
    # Whoever may not run has not begun anything.
    assert DedicatedEngine.objects.exists() == (EXPECTED[caller][3] == MADE)


def test_the_matrix_is_whole() -> None:
    assert list(EXPECTED) == list(CALLERS)
    assert len(CALLERS) == 8
    assert {len(row) for row in EXPECTED.values()} == {len(OPERATIONS)}
