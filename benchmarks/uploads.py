"""How much longer do a file's upload and download take than at a bare nginx, with the same curl, in one run?

SIZE bytes (2 GB). An upload is over when the file is kept: written, on the disk, its sha256 and its CID known, which
nginx's PUT does none of but the first. Rounds alternate, and begin with a disk that has nothing left to write; medians.
Also how much more memory the web process takes while it does so than when it is idle. Limits: upload 2.5 x,
download 1.5 x, 64 MB. Without nginx on the PATH there is nobody to compare with, and only the memory is judged.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from ._load import HOST, ROOT, SITE, Served, free_port, prepared, served

SIZE = int(os.environ.get("SIZE", "2000000000"))
ROUNDS = 3
UPLOAD_LIMIT, DOWNLOAD_LIMIT, MEMORY_LIMIT = 2.5, 1.5, 64
MB = 1_000_000
NGINX = """
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  sendfile on;
  client_max_body_size 0;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/t1; fastcgi_temp_path {folder}/t2; uwsgi_temp_path {folder}/t3; scgi_temp_path {folder}/t4;
  server {{ listen {host}:{port}; root {folder}/www; location / {{ dav_methods PUT; }} }}
}}
"""
MEMBER = """
from accounts.legal.documents import label
from accounts.models import User
from django.test import Client
from django.conf import settings
user, _ = User.objects.get_or_create(address="0x" + "b" * 40, defaults={"accepted": label()})
browser = Client()
browser.force_login(user)
print(browser.cookies[settings.SESSION_COOKIE_NAME].value)
"""


@dataclass
class Times:
    """Seconds of each round."""

    own: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)


def curl(*arguments: str) -> tuple[float, str]:
    """Return how long curl took, and what it got. Raises where it failed."""
    command = ["curl", "--silent", "--show-error", "--fail-with-body", "--header", "Expect:", *arguments]
    started = time.perf_counter()
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return time.perf_counter() - started, ended.stdout


class Site:
    """The site, as somebody who is signed in uses it."""

    def __init__(self, address: str, session: str) -> None:
        self.address = address
        self._headers = [f"Cookie: sessionid={session}", f"Origin: {address}", "Tus-Resumable: 1.0.0"]

    def upload(self, source: Path) -> tuple[float, str]:
        """Upload a file; return the seconds until it is kept, and its sha256."""
        begun = self._ask("POST", "/uploads/", f"Upload-Length: {SIZE}", "Upload-Metadata: path bW9kZWwuYmlu")
        place = next(line.split()[1] for line in begun.splitlines() if line.lower().startswith("location:"))
        started = time.perf_counter()
        kind = "Content-Type: application/offset+octet-stream"
        self._ask("PATCH", place, kind, "Upload-Offset: 0", more=("--upload-file", str(source)))
        while (state := json.loads(self._ask("GET", place, more=("--no-include",))))["state"] != "kept":
            assert state["state"] == "checking", state
            time.sleep(0.05)
        return time.perf_counter() - started, state["sha256"]

    def download(self, sha256: str) -> float:
        """Return the seconds that a download takes."""
        return curl("--output", "/dev/null", f"{self.address}/files/bench/{sha256}")[0]

    def _ask(self, method: str, path: str, *headers: str, more: tuple[str, ...] = ()) -> str:
        told = [part for each in (*self._headers, *headers) for part in ("--header", each)]
        return curl("--include", "--request", method, *told, *more, f"{self.address}{path}")[1]


@contextmanager
def nginx(folder: Path) -> Iterator[str]:
    """Run a bare nginx that takes and gives files; give its address."""
    port = free_port()
    (folder / "www").mkdir(parents=True)
    settings = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    settings.write_text(NGINX.format(user=user, folder=folder, host=HOST, port=port))
    command = [str(shutil.which("nginx")), "-p", str(folder), "-c", str(settings), "-e", str(folder / "error.log")]
    server = subprocess.Popen(command)
    try:
        address = f"http://{HOST}:{port}"
        for _ in range(100):
            if (folder / "nginx.pid").exists():
                break
            time.sleep(0.05)
        yield address
    finally:
        server.terminate()
        server.wait(10)


def memory(pid: int, name: str) -> float:
    """Return a figure of a process's memory in MB: VmRSS what it has, VmHWM the most that it has had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) * 1024 / MB


def make_another(source: Path, number: int) -> None:
    """Let the file be another one, which nobody has yet."""
    with source.open("r+b") as file:
        file.write(number.to_bytes(8, "big"))
        os.fsync(file.fileno())


def measure(site: Site, server: Served, peer: str, source: Path, folder: Path) -> tuple[Times, Times, float]:
    """Return the times of uploads and downloads, and how much memory the server took above idle, in MB."""
    uploads, downloads = Times(), Times()
    curl("--output", "/dev/null", f"{site.address}/models")
    idle = memory(server.pid, "VmRSS")
    Path(f"/proc/{server.pid}/clear_refs").write_text("5")  # the most that it has had counts from here on
    for number in range(ROUNDS):
        make_another(source, number)
        if peer:
            with alone(folder / "nginx" / "www"):
                uploads.peer.append(curl("--upload-file", str(source), f"{peer}/model.bin")[0])
                downloads.peer.append(curl("--output", "/dev/null", f"{peer}/model.bin")[0])
        with alone(folder / "files"):
            seconds, sha256 = site.upload(source)
            uploads.own.append(seconds)
            downloads.own.append(site.download(sha256))
    return uploads, downloads, memory(server.pid, "VmHWM") - idle


@contextmanager
def alone(kept: Path) -> Iterator[None]:
    """Let nobody pay for the other: what was written is on the disk before, and what is kept goes from it after.

    Else one waits for the other's bytes, and one has to take new memory for them where the other gets it back.
    """
    os.sync()
    yield
    for each in kept.rglob("*"):
        if each.is_file():
            each.unlink()


def said(name: str, times: Times, limit: float) -> bool:
    """Print what was measured; say whether it is within the limit, or nobody was compared with."""
    own = median(times.own)
    print(f"{name}: {own:.2f} s, {SIZE / own / MB:.0f} MB/s ({', '.join(f'{each:.2f}' for each in times.own)})")
    if not times.peer:
        return True
    peer = median(times.peer)
    print(f"{name}, nginx: {peer:.2f} s, {SIZE / peer / MB:.0f} MB/s; ratio {own / peer:.2f} x (limit {limit:g} x)")
    return own / peer <= limit


def main() -> int:
    """Run the benchmark; return 1 above a limit."""
    has_nginx = bool(shutil.which("nginx"))
    if not has_nginx:
        print("nginx is not on the PATH, so times are compared with nothing.")
    print(f"load average {' '.join(f'{each:.1f}' for each in os.getloadavg())}")
    with tempfile.TemporaryDirectory(prefix="citrate-files-") as name, prepared() as variables:
        folder = Path(name)
        source = folder / "model.bin"
        with source.open("wb") as file:
            for _ in range(0, SIZE, 1 << 20):
                file.write(os.urandom(1 << 20))
            file.truncate(SIZE)
        port = free_port()
        origin = f"http://{HOST}:{port}"
        variables |= {"DJANGO_SETTINGS_MODULE": "benchmarks._files", "BENCH_ORIGIN": origin}
        variables |= {"MODEL_FILES": str(folder / "files")}
        asked = [sys.executable, "manage.py", "shell", "--no-imports", "-c", MEMBER]
        session = subprocess.run(asked, cwd=ROOT, env=variables, check=True, stdout=subprocess.PIPE, text=True)
        peers = nginx(folder / "nginx") if has_nginx else nullcontext("")
        with served(SITE, variables, port) as server, peers as peer:
            site = Site(origin, session.stdout.split()[-1])
            uploads, downloads, more = measure(site, server, peer, source, folder)
    is_good = [said("upload", uploads, UPLOAD_LIMIT), said("download", downloads, DOWNLOAD_LIMIT)]
    print(f"memory of the web process above idle: {more:.0f} MB (limit {MEMORY_LIMIT} MB)")
    print(f"load average {' '.join(f'{each:.1f}' for each in os.getloadavg())}")
    return int(not all(is_good) or more > MEMORY_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
