"""Owns the engines that sleep: a process a kind, begun by the first question, ended when none came for a while.

Nothing is kept on disk. An answer stays in memory until it was fetched, or two minutes; with this process all are gone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from queue import Empty, Queue
from typing import Any

from inference.sense_kinds import SENSES

from .child import BrokenError, Child

log = logging.getLogger(__name__)

IDLE = 120.0  # seconds without a question until an engine ends
KEPT = 120.0  # seconds that an answer waits to be fetched
MOST_WAITING = 6  # questions of one kind, the one that is answered among them
MOST_AWAKE = 2  # engines at once; another wakes when one of them has nothing to do
LOOK = 0.1  # seconds between two looks for a place
TURN = 20.0  # seconds after which an engine that is asked more and more makes room for another that waits


class FullError(Exception):
    """Too many questions of that kind wait already."""


@dataclass
class Question:
    """One question and what became of it: ``told`` has ``said``, ``refused`` or ``failed``."""

    kind: str
    asked: Mapping[str, Any]
    told: dict[str, Any] | None = None
    at: float = field(default_factory=time.monotonic)
    done: threading.Event = field(default_factory=threading.Event)


class Sense(threading.Thread):
    """One kind while somebody asks it: answers in turn, and ends, with its process, when nobody has for a while."""

    def __init__(self, owner: Senses, kind: str) -> None:
        super().__init__(name=f"sense-{kind}", daemon=True)
        self.owner, self.kind = owner, kind
        self.waiting = Queue[Question | None]()
        self.child: Child | None = None
        self.lock = threading.Lock()  # held while it answers, or is put to sleep
        self.used = self.woke = time.monotonic()

    def run(self) -> None:
        """Answer what waits until nothing came for so long."""
        while True:
            try:
                question = self.waiting.get(timeout=self.owner.idle)
            except Empty:
                question = None
            if question is None:
                if self.owner.leaves(self):
                    break
                continue
            question.told, question.asked = self._answer(question), {}
            question.at = self.used = time.monotonic()
            question.done.set()
            if self.used - self.woke > TURN and self.owner.is_wanted():
                self._lie_down()
        self._lie_down()

    def _lie_down(self) -> None:
        with self.lock:
            self.sleep()

    def sleep(self) -> None:
        """End its process, and give its place to another once the memory is free. The caller holds the lock."""
        if self.child:
            self.child.end()
            self.child = None
            log.info("sense %s sleeps", self.kind)
        self.owner.leave_place(self)

    def _answer(self, question: Question) -> dict[str, Any]:
        with self.lock:
            try:
                told = self._awake().ask(question.asked)
            except (BrokenError, OSError, ValueError) as error:
                log.warning("sense %s: %s", self.kind, error)
                self.sleep()
                return {"failed": type(error).__name__}
        if "failed" in told:
            log.warning("sense %s: %s", self.kind, told["failed"])
        return told

    def _awake(self) -> Child:
        if self.child and self.child.has_ended:
            self.sleep()  # the system may have taken its memory while nobody asked; nothing is lost by beginning anew
        if self.child is None:
            self.owner.take_place(self)
            began = time.monotonic()
            self.child = Child(self.kind)
            self.woke = time.monotonic()
            log.info("sense %s is awake after %.1f seconds", self.kind, self.woke - began)
        return self.child


class Senses:
    """All of them, and the questions that they were asked. Its methods may be called by any thread."""

    def __init__(self, idle: float = IDLE) -> None:
        self.idle = idle
        self._lock = threading.Lock()
        self._senses: dict[str, Sense] = {}
        self._questions: dict[str, Question] = {}
        self._placed: set[Sense] = set()  # whose process runs, begins or ends: it counts from before until after
        self._wanting: list[Sense] = []  # the longest first

    def ask(self, name: str, kind: str, asked: Mapping[str, Any]) -> Question:
        """Let a kind answer a question that the caller has a name for; the same name is the same question.

        Raises KeyError for a kind that nobody knows, FullError where too many wait.
        """
        if kind not in SENSES:
            raise KeyError(kind)
        with self._lock:
            self._forget()
            if name in self._questions:
                return self._questions[name]
            sense = self._senses.get(kind)
            if sense is None:
                sense = self._senses[kind] = Sense(self, kind)
                sense.start()
            if sense.waiting.qsize() >= MOST_WAITING:
                raise FullError
            question = self._questions[name] = Question(kind, asked)
            sense.waiting.put(question)
            return question

    def find(self, name: str) -> Question | None:
        """Return a question by its name, if it is still known."""
        with self._lock:
            self._forget()
            return self._questions.get(name)

    def awake(self) -> list[str]:
        """Return the kinds whose process runs."""
        with self._lock:
            return [each.kind for each in self._senses.values() if each.child]

    def is_awake(self, kind: str) -> bool:
        """Whether a kind's process runs, or begins."""
        return kind in self.awake()

    def waiting(self, kind: str) -> int:
        """Return how many questions of a kind nobody has begun to answer."""
        with self._lock:
            sense = self._senses.get(kind)
            return sense.waiting.qsize() if sense else 0

    def leaves(self, sense: Sense) -> bool:
        """Take out a kind that has nothing to do; False where a question came at the last moment."""
        with self._lock:
            if not sense.waiting.empty():
                return False
            if self._senses.get(sense.kind) is sense:
                del self._senses[sense.kind]
            return True

    def take_place(self, wanted: Sense) -> None:
        """Wait, in turn, until one more may be awake, and put to sleep whoever has been idle the longest for it."""
        with self._lock:
            self._wanting.append(wanted)
        while not self._has_place(wanted):
            time.sleep(LOOK)

    def leave_place(self, sense: Sense) -> None:
        """Let another take the place of one that sleeps."""
        with self._lock:
            self._placed.discard(sense)

    def is_wanted(self) -> bool:
        """Whether one waits for a place."""
        with self._lock:
            return bool(self._wanting)

    def _has_place(self, wanted: Sense) -> bool:
        with self._lock:
            if self._wanting[0] is not wanted:
                return False
            if len(self._placed) < MOST_AWAKE:
                self._placed.add(self._wanting.pop(0))
                return True
            placed = sorted(self._placed, key=lambda one: one.used)
        for each in placed:
            if each.waiting.empty() and each.lock.acquire(blocking=False):
                try:
                    each.sleep()
                finally:
                    each.lock.release()
                break
        return False

    def close(self) -> None:
        """End them all, as this process is going down."""
        with self._lock:
            senses = list(self._senses.values())
        for each in senses:
            each.waiting.put(None)
            if child := each.child:
                child.kill()

    def _forget(self) -> None:
        now = time.monotonic()
        old = [name for name, each in self._questions.items() if each.told is not None and now - each.at > KEPT]
        for name in old:
            del self._questions[name]
