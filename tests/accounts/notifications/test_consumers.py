"""The socket that says when to look for notices."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.models import User
from tests.sockets import cookie_of, opened

from .conftest import tell

PATH = "/ws/notifications"


async def heard(socket: Any) -> Any:
    return json.loads((await socket.receive_output(10))["text"])


@pytest.mark.django_db(transaction=True)
def test_a_page_hears_of_its_members_notices_alone() -> None:
    reader, other = (User.objects.create(address=f"0x{n * 40}") for n in "ab")

    async def follow() -> None:
        cookie = await sync_to_async(cookie_of)(reader)
        async with opened(PATH, cookie) as socket:
            assert (await socket.receive_output(10))["type"] == "websocket.accept"
            await sync_to_async(tell)(other, "not mine")
            await sync_to_async(tell)(reader, "mine")
            assert await heard(socket) == {"unread": 1}
            await sync_to_async(tell)(reader, "mine")  # again
            assert await socket.receive_nothing(0.3)

    asyncio.run(follow())


@pytest.mark.django_db(transaction=True)
def test_visitors_have_nothing_to_hear() -> None:
    async def visit() -> None:
        async with opened(PATH) as socket:
            assert (await socket.receive_output(10))["type"] == "websocket.accept"
            assert (await socket.receive_output(10))["code"] == 4404

    asyncio.run(visit())
