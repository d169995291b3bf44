"""Redis and PostgreSQL of the demo stay within bounds, and listen on nothing but their sockets."""

import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
import psycopg
import pytest
from redis import Redis

from stack import postgres, redis, tether
from stack.services import UNSAFE
from tests.waiting import until

MEGABYTE = 2**20


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="citrate-bounds-") as name:
        yield Path(name)


def listens(process: "subprocess.Popen[bytes]") -> set[socket.AddressFamily]:
    """Return the families of the sockets that a process and its children hold, TCP's only where they listen."""
    found = set()
    for one in (psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # PostgreSQL's helpers come and go
            sockets = one.net_connections("all")
            found |= {each.family for each in sockets if not each.raddr or each.family == socket.AF_UNIX}
    return found


def has_rested(client: Redis, key: str) -> bool:
    """Return whether Redis counts at least a second since the key was used."""
    return int(client.object("idletime", key)) >= 1


def test_redis_forgets_what_was_used_least_and_never_grows(folder: Path) -> None:
    command = redis.command(folder / "redis", folder, keep=True)
    with subprocess.Popen(command, env=tether.environment(), stdout=subprocess.DEVNULL) as server:
        try:
            until(lambda: redis.answers(folder))
            with Redis(unix_socket_path=str(folder / "redis.sock")) as client:
                assert client.set("used", b"often")
                value = b"x" * MEGABYTE
                for number in range(160):
                    if number in (100, 130):  # its clock of use counts seconds, and tells nothing apart within one
                        until(partial(has_rested, client, f"filled:{number - 1}"))
                    assert client.get("used") == b"often"
                    assert client.set(f"filled:{number}", value)
                info = client.info()
            assert info["used_memory"] <= 130 * MEGABYTE
            assert info["evicted_keys"] > 0
            assert int(info["redis_version"].partition(".")[0]) >= 8
            assert listens(server) == {socket.AF_UNIX}
        finally:
            server.terminate()


def test_postgresql_keeps_little_of_its_log(folder: Path) -> None:
    data, sockets = folder / "postgres", folder / "sockets"
    postgres.initialise(data, sockets)
    command = postgres.command(data, sockets, **UNSAFE)
    with subprocess.Popen(command, env=tether.environment(), stderr=subprocess.DEVNULL) as server:
        try:
            until(lambda: postgres.answers(sockets))
            with psycopg.connect(postgres.url(sockets, "postgres"), autocommit=True) as connection:
                assert connection.execute("SHOW max_wal_size").fetchone() == ("192MB",)
                assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            assert listens(server) == {socket.AF_UNIX}
        finally:
            server.send_signal(2)
