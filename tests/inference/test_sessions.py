"""Nobody asks in the name of a wallet that has signed out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client as Browser

from accounts.models import User
from common.sockets import SESSION_OVER
from inference.conversations.reading import read_turns
from inference.models import Call, CallState, UsageWindow
from tests.hostile import HOLD
from tests.sockets import cookie_in, do, heard, opened

from .conftest import CHAT
from .test_consumers import answering
from .upstreams import delta, end

pytestmark = pytest.mark.usefixtures("listings")

QUESTION = json.dumps({"type": "ask", "messages": [{"role": "user", "content": "Who am I?"}]})


def sign_out(browser: Browser) -> None:
    browser.post("/sign-out")


def lose_the_row(browser: Browser) -> None:
    """End the session where nothing tells the sockets so."""
    Session.objects.all()._raw_delete("default")


@pytest.mark.parametrize("end", [sign_out, lose_the_row], ids=lambda end: end.__name__)
def test_after_signing_out_nothing_is_answered_or_charged(end: Callable[[Browser], Any]) -> None:
    browser = Browser()
    browser.force_login(User.objects.create(address="0x" + "ab" * 20))

    async def story() -> None:
        async with opened(f"/ws/playground/{CHAT}", cookie_in(browser)) as socket:
            assert (await heard(socket))["type"] == "ready"
            await do(end, browser)
            await socket.send_input({"type": "websocket.receive", "text": QUESTION})
            assert await heard(socket) == {"closed": SESSION_OVER}

    asyncio.run(story())
    assert not Call.objects.exists()


def test_signing_out_in_the_midst_of_an_answer_stops_it(settings: Any) -> None:
    browser = Browser()
    browser.force_login(User.objects.create(address="0x" + "ab" * 20))

    async def story() -> None:
        async with opened(f"/ws/playground/{CHAT}", cookie_in(browser)) as socket:
            assert (await heard(socket))["type"] == "ready"
            await socket.send_input({"type": "websocket.receive", "text": QUESTION})
            assert (await heard(socket))["text"] == "Hello"
            await do(sign_out, browser)
            assert await heard(socket) == {"closed": SESSION_OVER}

    with answering(settings, [delta("Hello"), HOLD]):
        asyncio.run(story())
    assert Call.objects.get().state == CallState.STOPPED
    assert {window.reserved for window in UsageWindow.objects.all()} == {0}


def test_an_answer_to_somebody_proves_itself_and_one_to_nobody_does_not(settings: Any) -> None:
    user = User.objects.create(address="0x" + "ab" * 20)
    browser = Browser()
    browser.force_login(user)

    async def ended(cookie: bytes = b"") -> dict[str, Any]:
        async with opened(f"/ws/playground/{CHAT}", cookie) as socket:
            await socket.send_input({"type": "websocket.receive", "text": QUESTION})
            while (said := await heard(socket))["type"] != "done":
                pass
            return dict(said)

    with answering(settings, [delta("Nobody "), delta("knows.\x00"), end()]):
        last = asyncio.run(ended(cookie_in(browser)))
        assert asyncio.run(ended())["proof"] == ""
    sign_out(browser)
    answer = {"role": "assistant", "content": last["text"], "proof": last["proof"]}
    turns = json.loads(QUESTION)["messages"] + [answer]
    _question, told = read_turns(json.dumps(turns), user=user, listing=CHAT)
    assert (told["paid_by"], told["tokens"], told["settings"]) == ("free", last["tokens"], {})
