"""The real server for the browser tests: the web process on a free loopback port, over this worker's database."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.db import connection

from tests import databases
from tests.ports import free_port
from tests.waiting import until

PATIENCE = 90.0  # seconds until the server must answer, and until it must have ended


@contextmanager
def running(home: Path, **environment: str) -> Iterator[str]:
    """Serve until the block ends and give the site's address; the log is ``server.log`` in ``home``."""
    address = f"127.0.0.1:{free_port()}"
    variables = {
        **os.environ,
        "DATABASE_URL": databases.url(connection.settings_dict["NAME"]),
        "ORIGINS": f"http://{address}",
        **environment,
    }
    host, port = address.split(":")
    serve = [sys.executable, "-m", "config.serve", "--host", host, "--port", port]
    serve += ["--timeout-graceful-shutdown", "2"]  # a socket that a closed page has left open is not waited for
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(serve, env=variables, cwd=settings.BASE_DIR, stdout=log, stderr=log)
    try:
        _wait(f"http://{address}/healthz", server, home / "server.log")
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait(PATIENCE)


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    def answers() -> bool:
        assert server.poll() is None, log.read_text()[-4000:]
        try:
            urlopen(url, timeout=2).close()  # noqa: S310  our own loopback address
        except (URLError, OSError):
            return False
        return True

    until(answers, lambda: f"the server answers:\n{log.read_text()[-4000:]}", PATIENCE)
