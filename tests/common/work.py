"""Tasks of the cluster that a test starts."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from accounts.models import User
from accounts.notifications.kinds import Kind, register
from accounts.notifications.making import notify
from tests.waiting import take

NEWS = Kind("news", "Tests", "News", "", "newspaper", lambda data: "News", lambda data: "/")


def tell(folder: str, user: int) -> None:
    """Tell a user of something, say which process has done so, and do not end while the folder says to wait."""
    register(NEWS)
    notify(user=User.objects.get(pk=user), kind="news", key="1", data={}, happened_at=datetime(2026, 6, 1, tzinfo=UTC))
    said = Path(folder, "said")
    with said.open("a") as file:
        file.write(f"{os.getpid()}\n")
    while Path(folder, "wait").exists():
        take(0.05)


def break_down() -> None:
    """Fail each time."""
    raise RuntimeError("as always")
