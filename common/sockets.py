"""The base of all our sockets: it bounds who comes in and what they send, reads JSON, and ends with its session.

A subclass says ``enter`` (who comes in), ``hear`` (a message that was understood), ``leave``. Whatever is refused ends
the socket with a code and a reason: 1003 what is not text, 1007 what is not JSON, 1009 what is too large, 1011
something broke here, 4401 the session is over, 4404 there is nothing here, 4429 too many messages or sockets.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import structlog
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import strict_json
from .database import in_database
from .errors import DomainError
from .limits import WIDE
from .networks import networks_of
from .sessions import lives_until, session_group, user_group

NOT_TEXT, NOT_JSON, TOO_LARGE, BROKEN = 1003, 1007, 1009, 1011  # close codes of RFC 6455
SESSION_OVER, NOT_FOUND, TOO_MANY = 4401, 4404, 4429  # and ours
MOST_BYTES = 65_536  # of one message to us; the server is started with the same limit
FLOOD, FLOOD_SECONDS = 20, 10  # messages in a time
SEND_SECONDS = 20  # a client that takes nothing for that long has left
RECHECK_SECONDS = 60  # between two looks at a session that nobody has told the end of

log = structlog.get_logger(__name__)
_open: Counter[str] = Counter()  # sockets of this process by whom they belong to


class GoneError(StopConsumer):
    """The client takes nothing any more."""


class UnknownMessageError(DomainError):
    """A socket was told something that it does not understand."""

    code = "unknown-message"
    detail = _("This message says nothing that is understood here.")


class Socket(AsyncWebsocketConsumer):
    """One open socket. All that it hears and is told comes in turn, one at a time."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the socket to its end, unless too many are open already."""
        self.joined: list[str] = []
        self.heard: list[float] = []
        self.over = False
        self.session = _session_of(scope)
        self.until: datetime | None = None
        self.clock: asyncio.Task[None] | None = None
        with _seats(_owners(scope, self.session)) as has_seat:
            if not has_seat:
                await send({"type": "websocket.close", "code": TOO_MANY, "reason": "too many sockets"})
                return
            try:
                await super().__call__(scope, receive, send)
            finally:
                await self._part()

    async def enter(self) -> None:
        """Call ``accept`` for those who may come in, ``end`` for others."""
        await self.accept()

    async def hear(self, value: Any) -> None:
        """Take one message, any value of JSON. A DomainError that is raised goes back to the client."""
        raise UnknownMessageError

    async def leave(self) -> None:
        """Stop what is being done for the client, once, when the socket ends from either side."""

    async def fail(self, error: DomainError, **more: Any) -> None:
        """Tell the client what it cannot have, with ``more`` fields."""
        await self.say(type="error", code=error.code, detail=str(error.detail), **more)

    async def say(self, **fields: Any) -> None:
        """Send one message, unless the socket is over. Raises GoneError where nobody takes it."""
        if self.over:
            return
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self.send(json.dumps(fields))
        except (TimeoutError, OSError) as error:
            raise GoneError from error

    async def end(self, code: int, reason: str) -> None:
        """Stop at once what is being done for the client, and close the socket."""
        if self.over:
            return
        self.over = True
        await self.leave()
        with suppress(TimeoutError, OSError):  # it has gone by itself, or will be found to have
            async with asyncio.timeout(SEND_SECONDS):
                await self.close(code, reason)

    async def join(self, group: str) -> None:
        """Hear what the group is told from now on."""
        self.joined.append(group)
        await self.channel_layer.group_add(group, self.channel_name)

    async def is_welcome(self) -> bool:
        """Say whether the session still lives that the socket was opened in, and end the socket where it does not."""
        if self.over or self.session is None:
            return not self.over
        self.until = await in_database(lives_until, *self.session)
        if self.until is None:
            await self.end(SESSION_OVER, "the session is over")
        return not self.over

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle one event of the client's or of a group's, unless the socket is over."""
        if not self.over or message["type"] == "websocket.disconnect":
            await super().dispatch(message)

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        """Let the client in. It joins before it asks whether the session lives, so that no end is missed."""
        if self.session:
            key, user = self.session
            await self.join(session_group(key))
            await self.join(user_group(user))
        if await self.is_welcome():
            self.clock = asyncio.create_task(self._watch()) if self.session else None
            await self.enter()

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        """Refuse what is not understood, and hand on what is."""
        text = message.get("text")
        if text is None:
            await self.end(NOT_TEXT, "only text is understood")
        # Characters first: that is free, and where it is true the bytes are too many as well.
        elif len(text) > MOST_BYTES or len(text.encode(errors="replace")) > MOST_BYTES:
            await self.end(TOO_LARGE, f"more than {MOST_BYTES} bytes")
        elif self._floods():
            await self.end(TOO_MANY, f"more than {FLOOD} messages in {FLOOD_SECONDS} seconds")
        else:
            await self._understand(text)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        """The client has gone, or has taken our word that it is over."""
        raise StopConsumer

    async def session_ended(self, message: dict[str, Any]) -> None:
        """The session is over, or its user was shut out."""
        await self.end(SESSION_OVER, "the session is over")

    async def _understand(self, text: str) -> None:
        try:
            value = strict_json.loads(text)
        except ValueError:
            await self.end(NOT_JSON, "not well-formed JSON")
            return
        if not await self.is_welcome():
            return
        try:
            await self.hear(value)
        except DomainError as error:
            await self.fail(error)

    def _floods(self) -> bool:
        now = time.monotonic()
        self.heard = [*(at for at in self.heard if at > now - FLOOD_SECONDS), now]
        return len(self.heard) > FLOOD

    async def _watch(self) -> None:
        """Look at the session when it is due to end, and now and then before that."""
        while not self.over:
            left = (self.until - timezone.now()).total_seconds() if self.until else 0
            await asyncio.sleep(min(max(left, 0), RECHECK_SECONDS))
            try:
                await self.is_welcome()
            except DatabaseError as error:  # no answer is no end: the next look may get one
                log.warning("a session was not looked at", reason=type(error).__name__)
                await asyncio.sleep(RECHECK_SECONDS)

    async def _part(self) -> None:
        """Leave all behind: first what is being done for the client, then the groups."""
        if self.clock:
            self.clock.cancel()
        try:
            if not self.over:
                self.over = True
                await self.leave()
        finally:
            for group in self.joined:
                await self.channel_layer.group_discard(group, self.channel_name)


def _session_of(scope: Any) -> tuple[str, Any] | None:
    """Return the session that a socket was opened in and its user's key; None for a visitor."""
    user, session = scope.get("user") or AnonymousUser(), scope.get("session")
    return (session.session_key, user.pk) if session is not None and user.is_authenticated else None


def _owners(scope: Any, session: tuple[str, Any] | None) -> dict[str, int]:
    """Return whom a socket belongs to, and how many each may have."""
    address, *_ = scope.get("client") or [""]
    narrow, wide = networks_of(address)
    most = settings.SOCKETS_PER_ADDRESS
    owners = {f"network {narrow}": most, f"wide network {wide}": WIDE * most}
    if session:
        owners[f"session {session[0]}"] = settings.SOCKETS_PER_SESSION
    return owners


@contextmanager
def _seats(owners: dict[str, int]) -> Iterator[bool]:
    """Count a socket for each of its owners while it is open; give False where one of them has no seat left."""
    # All or none: a socket that one owner refuses must not use up another's seat.
    has_seat = all(_open[owner] < most for owner, most in owners.items())
    for owner in owners if has_seat else ():
        _open[owner] += 1
    try:
        yield has_seat
    finally:
        for owner in owners if has_seat else ():
            _open[owner] -= 1
            if not _open[owner]:
                del _open[owner]
