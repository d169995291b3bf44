"""The socket that says when to look for notices."""

from __future__ import annotations

from typing import Any

from common.database import in_database
from common.sockets import NOT_FOUND, Socket

from .making import GROUP
from .models import standing_of


class NoticeConsumer(Socket):
    """``/ws/notifications``: tells a member's pages when there is something new, or less that is unread."""

    seen: tuple[int, int] | None = None

    async def enter(self) -> None:
        """Let members in; there is nothing for others."""
        user = self.scope["user"]
        if user.is_authenticated:
            await self.join(GROUP)
            self.seen = await in_database(self.read)
        await self.accept()
        if self.seen is None:
            await self.end(NOT_FOUND, "no notifications for visitors")

    async def notices_news(self, message: dict[str, Any]) -> None:
        """Somebody was told something."""
        if not await self.is_welcome():
            return
        before, self.seen = self.seen, await in_database(self.read)
        if self.seen and self.seen != before:
            await self.say(unread=self.seen[1])

    def read(self) -> tuple[int, int]:
        """Return the newest notice's id and how many are unread."""
        return standing_of(self.scope["user"].pk)
