"""Parts of pages that are the same for every visitor, kept by what they show.

A fragment is a template that sees nothing but what it is given: no request, no visitor, no CSRF token. What it shows
follows from its key, so it is never stale: where something changes, the key does, and it is rendered again. The one
place that keeps something by time is ``Lately``, for what is expensive to count.
"""

from __future__ import annotations

import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from .shelf import Shelf
from .traces import aside, running

MOST_BYTES = 32 * 1024 * 1024

Value = TypeVar("Value")


class Fragments(Shelf[SafeString]):
    """What templates have made, by what they show."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        super().__init__(most_bytes)

    def render(self, template: str, key: Hashable, shown: dict[str, object]) -> SafeString:
        """Return what the template makes of ``shown``; ``key`` differs wherever what is shown does."""
        # With the language, which is the one thing a template knows without being told.
        name = (template, get_language(), key)
        if (found := self.get(name)) is not None:
            return found
        made = SafeString(get_template(template).render(shown))  # escaped already: a template's own output
        self.put(name, made, sys.getsizeof(made))
        return made


class Lately(Generic[Value]):
    """Values that may be ``seconds`` old, at most ``most`` of them. Safe among threads."""

    def __init__(self, seconds: float, most: int = 256) -> None:
        self.seconds = seconds
        self.most = most
        self._kept: OrderedDict[Hashable, tuple[float, Value]] = OrderedDict()
        self._lock = Lock()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of a moment ago, or a new one."""
        now = time.monotonic()
        with self._lock:
            kept = self._kept.get(key)
        is_new = kept is None or now - kept[0] >= self.seconds
        if trace := running():
            trace.expire((now if kept is None or is_new else kept[0]) + self.seconds)
        if kept and not is_new:
            return kept[1]
        # Outside the lock: two threads may both make it, but no thread waits for another's query.
        with aside():  # good for its time, whatever it asks
            made = make()
        with self._lock:
            self._kept[key] = (now, made)
            self._kept.move_to_end(key)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return made


fragments = Fragments()
