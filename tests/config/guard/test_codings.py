"""What a client refuses is not sent."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from config import asgi
from config.guard.codings import Codings, taken


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        (b"gzip, deflate, br", b"gzip, deflate, br"),
        (b"gzip;q=0", b""),
        (b"GZIP ; Q=0.000, br;q=0.5", b"br;q=0.5"),
        (b"identity, gzip;q=0", b"identity"),
        (b"gzip;q=0.001", b"gzip;q=0.001"),
        (b"*;q=0, gzip;q=1.0", b"gzip;q=1.0"),
        (b";q=0,,gzip", b";q=0, , gzip"),
    ],
)
def test_a_coding_of_no_weight_is_taken_away(sent: bytes, left: bytes) -> None:
    assert taken(sent) == left
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["headers"])

    scope = {"headers": [(b"host", b"a"), (b"accept-encoding", sent)]}
    asyncio.run(Codings(app)(scope, None, None))  # type: ignore[arg-type]  # this application needs neither
    assert seen == [[(b"host", b"a"), (b"accept-encoding", left if b";" in sent else sent)]]


def test_it_stands_before_the_kept_pages() -> None:
    forwarded: Any = asgi.doors["http"]
    assert isinstance(forwarded.app, Codings)
