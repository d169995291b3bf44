"""The socket that says when to look for notices."""

from __future__ import annotations

import asyncio

from accounts.models import User
from tests.sockets import cookie_of, do, heard, opened

from .conftest import tell

PATH = "/ws/notifications"


def test_a_page_hears_of_its_members_notices_alone(committed: None) -> None:
    reader, other = (User.objects.create(address=f"0x{n * 40}") for n in "ab")

    async def follow() -> None:
        async with opened(PATH, await do(cookie_of, reader)) as socket:
            assert (await socket.receive_output(10))["type"] == "websocket.accept"
            await do(tell, other, "not mine")
            await do(tell, reader, "mine")
            assert await heard(socket) == {"unread": 1}
            await do(tell, reader, "mine")  # again
            assert await socket.receive_nothing(0.3)

    asyncio.run(follow())


def test_visitors_have_nothing_to_hear(committed: None) -> None:
    async def visit() -> None:
        async with opened(PATH) as socket:
            assert await heard(socket) == {"closed": 4404}

    asyncio.run(visit())
