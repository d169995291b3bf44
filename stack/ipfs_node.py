"""A node in a process of its own, which is ended by force where it does not answer, and opened anew when asked next."""

import fcntl
import json
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from queue import Empty, Queue
from typing import Any

OPENS_SECONDS = 60.0
LOCK_SECONDS = 15.0


class SilentError(Exception):
    """The node did not answer in time, or ended meanwhile."""


class Node:
    """One child and its repository. Safe to share between threads."""

    def __init__(self, repository: Path) -> None:
        """Nothing is started yet."""
        self.repository = repository
        self._opening = threading.Lock()
        self._writing = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._answers: dict[int, Queue[Any]] = {}
        self._number = 0
        self.id = ""
        self.asked_at = time.monotonic()

    @property
    def is_open(self) -> bool:
        """Whether its child runs."""
        return self._child is not None and self._child.poll() is None

    def ask(self, call: str, *arguments: str, seconds: float) -> Any:
        """Return what the node answers. Raises SilentError; the node goes on with what it was asked."""
        self.open()
        self.asked_at = time.monotonic()
        answer: Queue[Any] = Queue()
        with self._writing:
            self._number += 1
            number, child = self._number, self._child
            self._answers[number] = answer
        try:
            if child is None or child.stdin is None:
                raise SilentError(call)
            child.stdin.write(json.dumps([number, call, *arguments]) + "\n")
            child.stdin.flush()
            while True:
                try:
                    return answer.get(timeout=min(1.0, seconds))
                except Empty:
                    seconds -= 1.0
                    if seconds <= 0 or child.poll() is not None:
                        raise SilentError(call) from None
        except OSError as error:
            raise SilentError(call) from error
        finally:
            self._answers.pop(number, None)

    def open(self) -> None:
        """Start the child if it does not run. Raises SilentError where it does not open."""
        with self._opening:
            if self.is_open:
                return
            self.repository.mkdir(parents=True, exist_ok=True)
            self._wait_for_lock()
            self._child = subprocess.Popen(
                [sys.executable, "-m", "stack.ipfs_child", str(self.repository)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            opened: Queue[Any] = Queue()
            self._answers = {0: opened}
            threading.Thread(target=self._listen, args=(self._child,), daemon=True).start()
            until = time.monotonic() + OPENS_SECONDS
            while time.monotonic() < until and self._child.poll() is None:
                try:
                    self.id = str(opened.get(timeout=0.2))
                except Empty:
                    continue
                return
            self._end()
            raise SilentError("The node does not open.")

    def end(self, *, forget: bool = False) -> None:
        """End the child by force, as it takes no hint; with ``forget`` its repository goes as well."""
        with self._opening:
            self._end()
            if forget:
                shutil.rmtree(self.repository, ignore_errors=True)

    def _end(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            for pipe in (self._child.stdin, self._child.stdout):
                if pipe:
                    try:
                        pipe.close()
                    except OSError:
                        continue
            self._child = None

    def _listen(self, child: "subprocess.Popen[str]") -> None:
        try:
            for line in child.stdout or ():
                number, result = json.loads(line)
                if answer := self._answers.get(number):
                    answer.put(result)
        except ValueError:  # closed, or half a line
            return

    def _wait_for_lock(self) -> None:
        """Wait until no process holds the repository; the file of its lock stays behind, and means nothing."""
        path = self.repository / "repo.lock"
        until = time.monotonic() + LOCK_SECONDS
        while path.exists():
            with path.open("r+") as file:
                try:
                    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    if time.monotonic() > until:
                        raise SilentError(f"Another process holds {self.repository}.") from None
                    time.sleep(0.2)
                else:
                    return
