"""The client that browsers use, against the real server: both are killed in the middle, and it is the same file."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from django.conf import settings
from django.db import connection

from marketplace.files.blobs import Blob, Upload
from tests import databases
from tests.ports import free_port
from tests.waiting import until

from .client import Tus

SIZE = 40_000_000


@contextmanager
def killed(folder: Path) -> Iterator[str]:
    """Serve the site until the block ends, and then kill it."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    variables = {
        **os.environ,
        "DATABASE_URL": databases.url(connection.settings_dict["NAME"]),
        "ORIGINS": address,
        "MODEL_FILES": str(folder),
        "UPLOAD_DISK_FLOOR": "0",
    }
    command = [sys.executable, "-m", "config.serve", "--port", str(port)]
    server = subprocess.Popen(command, env=variables, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL)
    try:
        until(lambda: _answers(address), "the server answers", every=0.2)
        yield address
    finally:
        server.kill()
        server.wait()


def _answers(address: str) -> bool:
    try:
        urlopen(f"{address}/healthz", timeout=2).close()  # noqa: S310  our own loopback address
    except OSError:
        return False
    return True


def send(file: Path, site: str, tus: Tus, upload: str = "") -> subprocess.Popen[str]:
    """Begin to send a file, or go on."""
    script = Path(__file__).with_name("send.cjs")
    told = [str(file), f"{site}/uploads/", tus.cookie.decode(), site, *([upload] if upload else [])]
    variables = {**os.environ, "NODE_PATH": str(settings.BASE_DIR / "node_modules")}
    node = str(shutil.which("node"))
    return subprocess.Popen([node, str(script), *told], stdout=subprocess.PIPE, text=True, env=variables)


def test_both_sides_are_killed_and_it_is_the_same_file(maker: Tus, model_files: Path, tmp_path: Path) -> None:
    file, content = tmp_path / "model.bin", os.urandom(SIZE)
    file.write_bytes(content)
    with killed(model_files) as site:
        client = send(file, site, maker)
        assert client.stdout
        place = urlsplit(client.stdout.readline().split()[1]).path
        assert client.stdout.readline().startswith("has ")
        client.kill()
        client.communicate()
    with killed(model_files) as site:
        client = send(file, site, maker, f"{site}{place}")
        said, _ = client.communicate(timeout=120)
    there = [int(line.split()[1]) for line in said.splitlines() if line.startswith("has ")]
    assert there[0] > 4 * 1024 * 1024  # which is one piece: it went on, and did not begin anew
    assert said.endswith("done\n")
    upload = Upload.objects.get()
    assert (upload.path, upload.state, upload.blob_id) == (
        "weights/model.bin",
        "kept",
        hashlib.sha256(content).hexdigest(),
    )
    assert Blob.objects.get().size == SIZE
