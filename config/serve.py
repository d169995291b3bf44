"""The web process: ``python -m config.serve --port 8000`` serves the site with every limit of ``config.guard`` on.

It is uvicorn with our protocol in front of the application. No other server gets at the application by its usual name
(docs/decisions/0139): it would bound neither headers nor connections, and could believe whoever says who asks.
"""

from __future__ import annotations

import argparse
import gc
import resource
from collections.abc import Sequence
from typing import Any

import uvicorn

from .guard.limits import Limits
from .guard.protocol import App
from .guard.socket_wire import BoundedSocket
from .guard.wire import BoundedProtocol

FILES = 4096  # that a process may have open: connections, the database, what it sends


def options(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Return what uvicorn is told."""
    parser = argparse.ArgumentParser(prog="python -m config.serve", description="Serve the site.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", default=8000, type=int)
    parser.add_argument("--uds", help="listen on this Unix socket instead")
    parser.add_argument("--workers", type=int, help="processes; each has caches and counters of its own")
    parser.add_argument("--timeout-keep-alive", default=5, type=int, help="seconds that an idle connection stays open")
    parser.add_argument("--timeout-graceful-shutdown", default=5, type=int, help="seconds to finish what is begun")
    return {
        **vars(parser.parse_args(arguments)),
        "http": BoundedProtocol,
        "ws": BoundedSocket,
        "ws_max_size": Limits().frame_bytes,
        "proxy_headers": False,  # config.guard.forwarded knows which proxies to believe
        "server_header": False,
        "access_log": False,
    }


def application() -> App:
    """Return the site for uvicorn, in each process that it starts."""
    gc.disable()  # what a start loads stays; `config.asgi` looks for garbage once, and from then on
    from .asgi import site  # sets up Django, which the parent of several workers has no use for

    gc.enable()
    return site


def allow_files() -> None:
    """Let the process have as many files open as its connections need, where the system lets it choose."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


if __name__ == "__main__":
    allow_files()
    uvicorn.run("config.serve:application", factory=True, **options())
