"""An order's socket is for its buyer."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser

from marketplace.consumers import NOT_FOUND
from marketplace.routing import websocket_urlpatterns


@pytest.mark.django_db
def test_without_a_sign_in_no_order_is_there() -> None:
    @async_to_sync
    async def first_message() -> Any:
        scope = {"type": "websocket", "path": f"/ws/orders/0x{'12' * 32}", "user": AnonymousUser()}
        socket = ApplicationCommunicator(URLRouter(websocket_urlpatterns), scope)
        await socket.send_input({"type": "websocket.connect"})
        assert (await socket.receive_output())["type"] == "websocket.accept"
        return await socket.receive_output()

    assert first_message()["code"] == NOT_FOUND
