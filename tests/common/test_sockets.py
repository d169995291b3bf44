"""What all sockets do alike, tried at one that anybody may open; and that there is no other kind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from pytest_django import DjangoDbBlocker, Settings

from common import sockets
from common.sockets import NOT_JSON, NOT_TEXT, TOO_LARGE, TOO_MANY, Socket
from config import asgi
from contracts.models import Chain
from tests.sockets import heard, opened

from .test_strict_json import ODD

PATH = "/ws/chains/socketed"
ROW = {"short_name": "socketed", "name": "Socketed", "coin": "ETH", "confirmations": 3, "reorg_window": 64}


@pytest.fixture(scope="module", autouse=True)
def chain(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A chain in a row that the sockets' threads see."""
    with django_db_blocker.unblock():
        made = Chain.objects.create(pk=4_242, **ROW)
        yield
        made.delete()


async def say(socket: ApplicationCommunicator, **message: Any) -> None:
    await socket.send_input({"type": "websocket.receive", **message})


def answer_to(*messages: dict[str, Any]) -> dict[str, Any]:
    """Return the last thing that a socket says to these messages."""

    async def talk() -> dict[str, Any]:
        async with opened(PATH) as socket:
            assert (await socket.receive_output(5))["type"] == "websocket.accept"
            for message in messages[:-1]:
                await say(socket, **message)
                await socket.receive_output(5)
            await say(socket, **messages[-1])
            return dict(await socket.receive_output(5))

    return asyncio.run(talk())


def closed_by(*messages: dict[str, Any]) -> int:
    """Return the code by which a socket is closed after these messages, each answered but for the last."""
    said = answer_to(*messages)
    assert said["type"] == "websocket.close", said
    assert 0 < len(said["reason"].encode()) <= 123  # RFC 6455 has room for no more
    return int(said["code"])


def test_every_socket_is_of_this_kind() -> None:
    consumers = [getattr(route.callback, "consumer_class", None) for route in asgi.routes]
    assert len(consumers) > 3
    assert all(consumer is None or issubclass(consumer, Socket) for consumer in consumers)
    assert consumers.count(None) == 1  # the close of what is unknown


def test_bytes_are_not_understood() -> None:
    assert closed_by({"bytes": b"{}"}) == NOT_TEXT
    assert closed_by({"bytes": b"x" * 1_000_000}) == NOT_TEXT
    assert closed_by({"bytes": b"", "text": None}) == NOT_TEXT


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_what_is_no_json_closes_the_socket(text: str) -> None:
    assert closed_by({"text": text}) == NOT_JSON


@pytest.mark.parametrize("value", [None, [], {}, "ask", 0, -1.5, True, {"type": ["ask"]}, {"type": "ask"}])
def test_what_is_json_and_says_nothing_is_answered(value: Any) -> None:
    said = json.loads(answer_to({"text": json.dumps(value)})["text"])
    assert (said["type"], said["code"]) == ("error", "unknown-message")
    assert said["detail"].endswith(".")


@given(st.text(max_size=300) | st.binary(max_size=300))
@how(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_said_is_answered_or_closes_the_socket(said: str | bytes) -> None:
    answer = answer_to({"text": said} if isinstance(said, str) else {"bytes": said})
    assert answer["type"] in ("websocket.send", "websocket.close")


@pytest.mark.parametrize("text", ['"' + "x" * sockets.MOST_BYTES + '"', '"' + "語" * 22_000 + '"'])
def test_a_message_that_is_too_large_closes_the_socket(text: str) -> None:
    assert closed_by({"text": text}) == TOO_LARGE


def test_a_flood_closes_the_socket() -> None:
    assert closed_by(*[{"text": "{}"}] * (sockets.FLOOD + 1)) == TOO_MANY


def test_after_the_close_nothing_is_answered() -> None:
    async def talk() -> bool:
        async with opened(PATH) as socket:
            await say(socket, bytes=b"x")
            assert await heard(socket) == {"closed": NOT_TEXT}
            await say(socket, text="{}")
            return bool(await socket.receive_nothing(0.3))

    assert asyncio.run(talk())


CLIENTS = {
    "one address": (["203.0.113.9"] * 3, "203.0.113.9"),
    "one network of IPv6": (["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::"], "2001:db8::3"),
    "an address in both forms": (["203.0.113.9", "::ffff:203.0.113.9", "203.0.113.9"], "::ffff:203.0.113.9"),
}


@pytest.mark.parametrize(("clients", "late"), CLIENTS.values(), ids=CLIENTS)
def test_a_client_has_so_many_sockets_and_gets_their_seats_back(
    settings: Settings, clients: list[str], late: str
) -> None:
    settings.SOCKETS_PER_ADDRESS = 3

    async def story() -> None:
        one, two, three = clients
        async with opened(PATH, client=one) as first, opened(PATH, client=two) as second:
            async with opened(PATH, client=three) as third:
                for socket in (first, second, third):
                    assert (await socket.receive_output(5))["type"] == "websocket.accept"
                async with opened(PATH, client=late) as refused:
                    assert await heard(refused) == {"closed": TOO_MANY}
                async with opened(PATH, client="198.51.100.1") as other:
                    assert (await other.receive_output(5))["type"] == "websocket.accept"
            async with opened(PATH, client=late) as again:
                assert (await again.receive_output(5))["type"] == "websocket.accept"

    asyncio.run(story())
    assert not sockets._open


def test_a_client_with_many_networks_has_so_many_sockets_too(settings: Settings) -> None:
    settings.SOCKETS_PER_ADDRESS = 1

    async def story() -> list[dict[str, Any]]:
        async with AsyncExitStack() as stack:
            clients = [f"2001:db8:0:{number:x}::1" for number in range(11)]
            opening = [await stack.enter_async_context(opened(PATH, client=client)) for client in clients]
            return [dict(await socket.receive_output(5)) for socket in opening]

    said = asyncio.run(story())
    assert [each["type"] for each in said] == ["websocket.accept"] * 10 + ["websocket.close"]
    assert said[-1]["code"] == TOO_MANY
