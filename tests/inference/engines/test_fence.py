"""What a process behind the fence of engines can do, and cannot: each is tried in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from inference.engines import dedicated, fence
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the fence is Linux's")
BEGIN = """
import os, socket, subprocess, sys
from pathlib import Path
from inference.engines import fence
held = fence.put_up(Path("model"), int(sys.argv[1]), 64)
print(fence.said(held))
"""
TRIED = {
    "reads what the model links to": ("print(Path('model/weights').read_text())", "the weights"),
    "writes into its folder": ("Path('log').write_text('x'); print('written')", "written"),
    "imports its code": ("import stack.own_machine, inference.engines; print('imported')", "imported"),
    "listens on its port": (
        "s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); print(s.getsockname()[0])",
        "127.0.0.1",
    ),
    "has threads and pipes": (
        "import threading; t = threading.Thread(target=socket.socketpair); t.start(); t.join(); print('ran')",
        "ran",
    ),
}
REFUSED = {
    "reads another model": "Path(sys.argv[2], 'other').read_text()",
    "reads the site's settings": "Path(sys.argv[3], 'pyproject.toml').read_text()",
    "reads the home of its user": "os.listdir(Path.home().parent if Path.home() == Path.cwd() else Path.home())",
    "writes elsewhere": "Path(sys.argv[2], 'other').write_text('x')",
    "makes a file elsewhere": "Path('/tmp/of-an-engine').write_text('x')",
    "starts a program": "subprocess.run(['/bin/true'], check=True)",
    "calls the loopback": "socket.create_connection(('127.0.0.1', int(sys.argv[4])), 2)",
    "calls somebody": "socket.create_connection(('192.0.2.1', 443), 2)",
    "sends a datagram": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
    "opens a Unix socket": "socket.socket(socket.AF_UNIX)",
    "connects by sending": "socket.socket().sendto(b'x', 0x20000000, ('127.0.0.1', int(sys.argv[4])))",
    "listens on another port": "socket.create_server(('127.0.0.1', int(sys.argv[4]) + 1))",
    "reads its parent's environment": "Path(f'/proc/{os.getppid()}/environ').read_bytes()",
    "signals its parent": "os.kill(os.getppid(), 0)",
    "opens too large a file": "f = open('large', 'wb'); f.truncate(65 * 2**20)",
}


def run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    (folder / "own" / "model").mkdir(parents=True)
    for name in ("weights", "other"):
        (folder / name).write_text(f"the {name}")
    (folder / "own" / "model" / "weights").symlink_to(folder / "weights")
    command = [sys.executable, "-c", BEGIN + code, str(free_port()), str(folder), str(ROOT), str(free_port())]
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder / "own")}
    return subprocess.run(command, cwd=folder / "own", env=bare, capture_output=True, text=True, timeout=60)


@LINUX
@pytest.mark.parametrize("what", TRIED)
def test_what_an_engine_needs_is_left(what: str, tmp_path: Path) -> None:
    code, says = TRIED[what]
    done = run(tmp_path, code)
    assert done.stdout.split("\n")[1:2] == [says], done.stderr


@LINUX
@pytest.mark.parametrize("what", REFUSED)
def test_everything_else_is_refused(what: str, tmp_path: Path) -> None:
    done = run(tmp_path, f"\ntry:\n    {REFUSED[what]}\nexcept OSError as error:\n    print(type(error).__name__)")
    told = done.stdout.split("\n")
    if "NOT HELD" in told[0]:
        pytest.skip(told[0])  # an older kernel: the log of each engine says the same
    assert told[1:2] in (["PermissionError"], ["OSError"]), (done.stdout, done.stderr)
    assert (tmp_path / "other").read_text() == "the other"


def test_what_does_not_hold_is_said() -> None:
    assert fence.said({"files": True, "calls": True}) == "fence: files, calls"
    assert fence.said({"files": False, "calls": True}) == "fence: calls; NOT HELD here: files"
    assert fence.said({"files": False}) == "fence: none; NOT HELD here: files"


@pytest.mark.parametrize(("demanded", "ends"), [("1", dedicated.UNFENCED), ("", "loading")])
def test_an_engine_can_be_refused_where_the_fence_is_not_whole(
    demanded: str, ends: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ENGINE_KEY", "a key")
    monkeypatch.setenv("ENGINE_WHOLE_FENCE", demanded)
    monkeypatch.setattr(dedicated, "bound", lambda _megabytes: None)
    monkeypatch.setattr(dedicated, "_ended", lambda *_: "loading")
    monkeypatch.setattr(fence, "put_up", lambda *_: {"files": True, "network": True, "calls": False, "rights": True})
    monkeypatch.setitem(sys.modules, "uvicorn", None)  # as if there were none, so nothing is loaded
    with pytest.raises(SystemExit) as ended:
        dedicated.main(str(tmp_path), "1", "64")
    assert ended.value.code == ends
