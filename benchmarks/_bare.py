"""What `pages` compares with: the least that could send the same bytes."""

import os
import time
from pathlib import Path
from typing import Any

import psycopg

BODIES = Path(os.environ.get("BARE_BODIES", "."))
QUERY = "SELECT * FROM marketplace_listing ORDER BY id LIMIT 30"
_connections: list[psycopg.AsyncConnection[Any]] = []


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Send a file of ``BARE_BODIES``, after one query where ``?query`` asks for it; ``/cpu`` is this process's time."""
    if scope["type"] != "http":
        return
    if scope["query_string"]:
        await _query()
    name = scope["path"].strip("/")
    body = str(time.process_time()).encode() if name == "cpu" else (BODIES / name).read_bytes()
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _query() -> None:
    if not _connections:
        _connections.append(await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"], autocommit=True))
    await (await _connections[0].execute(QUERY)).fetchall()
