"""What runs together, and the supervisor that starts it, brings it back and stops it."""

import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from configparser import RawConfigParser
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import Faults, SupervisorTransport

from . import tether
from .places import ROOT
from .trouble import Trouble

SOCKET = "supervisor.sock"


@dataclass(frozen=True)
class Process:
    """One long-running program. ``stop`` is the signal that ends it in good order, within ``seconds``."""

    name: str
    command: list[str]
    stop: str = "TERM"
    whole_group: bool = True  # False where the program tells its own children
    seconds: int = 15


class Supervisor:
    """The supervisor of one demo. Its files lie in ``home``; ``sockets`` is private to this user."""

    def __init__(self, home: Path, sockets: Path, processes: Iterable[Process]) -> None:
        """Write the configuration; nothing is started yet."""
        self.logs = home / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self._sockets = sockets
        self._socket = sockets / SOCKET
        self._config = home / "supervisor.conf"
        self._child: subprocess.Popen[bytes] | None = None
        with self._config.open("w") as file:
            self._configuration(processes).write(file)

    def open(self, lock: IO[str], variables: dict[str, str]) -> None:
        """Start the supervisor. It keeps ``lock`` open, so that the lock is free only when everything has ended."""
        argv = (sys.executable, "-m", "supervisor.supervisord", "--configuration", str(self._config))
        self._socket.unlink(missing_ok=True)
        with (self.logs / "supervisor.out").open("w") as output:
            self._child = subprocess.Popen(
                tether.command(*argv),
                cwd=ROOT,
                env=tether.environment(variables),
                stdin=lock,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches this process alone, which then stops the rest in order
            )
        self._wait_for_socket()

    def start(self, name: str, ready: Callable[[], bool], seconds: float = 180) -> None:
        """Start a process, and return when it is ``ready``. Raises Trouble when it fails or needs too long."""
        deadline = time.monotonic() + seconds
        try:
            ask(self._sockets, "startProcess", name, False)
        except Fault as fault:
            # One that ends at once is tried again, as one that ends a little later is.
            if fault.faultCode != Faults.SPAWN_ERROR:
                raise
        while not ready():
            if time.monotonic() > deadline or ask(self._sockets, "getProcessInfo", name)["statename"] == "FATAL":
                raise Trouble(f"{name} does not become ready; the reason is at the end of {self.logs / name}.log.")
            time.sleep(0.05)

    def wait(self) -> int:
        """Return the exit code of the supervisor when it has ended."""
        return self._child.wait() if self._child else 0

    def close(self, seconds: float = 40) -> None:
        """Stop every process and then the supervisor."""
        if self._child is None or self._child.poll() is not None:
            return
        self._child.terminate()
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _wait_for_socket(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not self._socket.exists():
            if time.monotonic() > deadline or (self._child and self._child.poll() is not None):
                raise Trouble(f"The supervisor does not start; the reason is in {self.logs / 'supervisor.out'}.")
            time.sleep(0.05)

    def _configuration(self, processes: Iterable[Process]) -> RawConfigParser:
        config = RawConfigParser()
        config["supervisord"] = {
            "nodaemon": "true",
            "silent": "true",
            "logfile": self._log("supervisor"),
            "logfile_maxbytes": "1MB",
            "logfile_backups": "1",
            "pidfile": _literal(str(self._socket.with_suffix(".pid"))),
            "childlogdir": _literal(str(self.logs)),
        }
        config["unix_http_server"] = {"file": _literal(str(self._socket)), "chmod": "0700"}
        config["rpcinterface:supervisor"] = {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        }
        for order, process in enumerate(processes):
            config[f"program:{process.name}"] = self._program(process, order)
        return config

    def _program(self, process: Process, order: int) -> dict[str, str]:
        """Return one program's section; the supervisor stops what comes later in the list first."""
        return {
            "command": _literal(shlex.join(process.command)),
            "priority": str(order),
            "autostart": "false",
            "autorestart": "true",
            "startretries": "20",
            "stopsignal": process.stop,
            "stopwaitsecs": str(process.seconds),
            "stopasgroup": str(process.whole_group).lower(),
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": self._log(process.name),
            "stdout_logfile_maxbytes": "5MB",
            "stdout_logfile_backups": "2",
        }

    def _log(self, name: str) -> str:
        return _literal(str(self.logs / f"{name}.log"))


def ask(sockets: Path, method: str, *arguments: str | bool) -> Any:
    """Call one of the supervisor's own methods (its XML-RPC interface) and return the answer."""
    transport = SupervisorTransport(None, None, f"unix://{sockets / SOCKET}")
    with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
        return getattr(proxy.supervisor, method)(*arguments)


def _literal(text: str) -> str:
    """Return text that the supervisor's own % expansion leaves as it was."""
    return text.replace("%", "%%")
