"""The real server for the browser tests: uvicorn on a free loopback port, over this worker's database."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote, urlencode
from urllib.request import urlopen

from django.conf import settings
from django.db import connection

PATIENCE = 30.0  # seconds until the server must answer


def database_url() -> str:
    """Return the URL of the database that this worker's tests use."""
    given = connection.settings_dict
    login = quote(given["USER"] or "") + (f":{quote(given['PASSWORD'])}" if given["PASSWORD"] else "")
    place = urlencode({"host": given["HOST"], **({"port": given["PORT"]} if given["PORT"] else {})})
    return f"postgresql://{login}@/{given['NAME']}?{place}"


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(home: Path, **environment: str) -> Iterator[str]:
    """Collect the static files into ``home``, serve until the block ends, and give the site's address."""
    assert (settings.BASE_DIR / "static/build/app.css").exists(), "Build the styles and scripts first: npm run build."
    variables = {**os.environ, "DATABASE_URL": database_url(), "STATIC_ROOT": str(home / "static"), **environment}
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    subprocess.run(collect, env=variables, cwd=settings.BASE_DIR, check=True)
    address = f"127.0.0.1:{free_port()}"
    host, port = address.split(":")
    serve = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--host", host, "--port", port]
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(serve, env=variables, cwd=settings.BASE_DIR, stdout=log, stderr=log)
    try:
        _wait(f"http://{address}/healthz", server, home / "server.log")
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait(20)


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            urlopen(url, timeout=2).close()  # noqa: S310  our own loopback address
        except (URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"The server does not answer:\n{log.read_text()[-4000:]}")
