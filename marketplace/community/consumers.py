"""The socket that says when to look at a discussion again."""

from __future__ import annotations

from typing import Any

from common.sockets import Socket


class DiscussionConsumer(Socket):
    """``/ws/discussions/<digest of its name>``: says that something changed, which is no secret; the page looks."""

    async def enter(self) -> None:
        """Let anybody in: of a discussion that there is not, nothing is ever heard."""
        await self.join(f"discussion.{self.scope['url_route']['kwargs']['group']}")
        await self.accept()

    async def discussion_changed(self, message: dict[str, Any]) -> None:
        """Somebody wrote, or changed something."""
        await self.say(changed=True)
