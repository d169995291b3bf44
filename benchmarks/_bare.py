"""What `pages` compares with: a bare Starlette application that runs a page's statements by asyncpg and sends its body.

``BARE_PAGES`` names a folder with ``<page>.json``: the statements, the answer's headers and, beside it, its body.
"""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PAGES = Path(os.environ["BARE_PAGES"])
CONNECTIONS = 8


class Prepared(NamedTuple):
    """A page as it is sent: nothing is left to do for it but its statements."""

    statements: list[str]
    headers: dict[str, str]
    body: bytes


@cache
def prepared(name: str) -> Prepared:
    """Read a page once."""
    told = json.loads((PAGES / f"{name}.json").read_text())
    return Prepared(told["statements"], told["headers"], (PAGES / name).read_bytes())


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Keep connections, as the site does."""
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=CONNECTIONS) as pool:
        app.state.pool = pool
        yield


async def page(request: Request) -> Response:
    """Send a page, after its statements."""
    found = prepared(request.path_params["name"])
    if found.statements:
        async with request.app.state.pool.acquire() as connection:
            for statement in found.statements:
                await connection.fetch(statement)
    return Response(found.body, headers=found.headers)


application = Starlette(routes=[Route("/{name}", page)], lifespan=lifespan)
