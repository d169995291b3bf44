"""The socket that says when to look at a draft again."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from common.database import in_database
from common.errors import DomainError
from common.sockets import NOT_FOUND, GoneError, Socket
from marketplace.checks.hinting import group_of

from .finding import own_draft
from .models import Draft

PACE = 0.5  # seconds between two hints: the checks of a folder change many rows in a moment


class DraftConsumer(Socket):
    """``/ws/drafts/<id>``: tells its owner's pages that files or checks of a draft have come further."""

    news = False
    teller: asyncio.Task[None] | None = None

    async def enter(self) -> None:
        """Let the owner in; others hear nothing, not even whether there is such a draft."""
        # Before the draft is looked for: a change in between would be missed.
        await self.join(group_of(Draft(pk=self.scope["url_route"]["kwargs"]["key"]).subject))
        is_own = await in_database(self.is_own)
        await self.accept()
        if not is_own:
            await self.end(NOT_FOUND, "no such draft of yours")

    async def leave(self) -> None:
        """Tell nothing any more."""
        if self.teller and self.teller is not asyncio.current_task():
            self.teller.cancel()

    async def checks_changed(self, message: dict[str, Any]) -> None:
        """Something was found, or has come further: the pages are told of it together with what follows at once."""
        self.news = True
        if self.teller is None or self.teller.done():
            self.teller = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        with suppress(GoneError):
            while self.news and await self.is_welcome():
                self.news = False  # first: what comes while it is said is said again
                await self.say(changed=True)
                await asyncio.sleep(PACE)

    def is_own(self) -> bool:
        """Say whether the draft is the visitor's."""
        user = self.scope["user"]
        if not user.is_authenticated:
            return False
        with suppress(DomainError):
            return bool(own_draft(user, self.scope["url_route"]["kwargs"]["key"]))
        return False
