"""Sockets that say when to look again. What they say is a hint; the page fetches what it shows."""

from __future__ import annotations

from typing import Any, NamedTuple

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from contracts.models import Chain

from .orders import Order, Progress, State, progress_of

NOT_FOUND = 4404  # close code


class Seen(NamedTuple):
    """What a page shows of an order, so far as it can change; ``confirmations`` are those of each payment, and of what
    became of those that were taken back."""

    state: State
    confirmations: tuple[int, ...]
    prompt: str
    moves_with_blocks: bool
    chain_id: int


class OrderConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """``/ws/orders/<ref>``: tells the buyer's pages each time that the order's state or its confirmations change."""

    seen: Seen | None = None

    async def connect(self) -> None:
        """Let the buyer in; others hear nothing, not even whether the order exists."""
        self.ref = self.scope["url_route"]["kwargs"]["ref"]
        await self.join(f"order.{self.ref.removeprefix('0x')}")
        self.seen = await self.read()
        await self.accept()
        if self.seen is None:
            await self.close(NOT_FOUND)
            return
        await self.join(f"chain.{self.seen.chain_id}")
        await self.say()

    async def disconnect(self, code: int) -> None:
        """Leave the groups."""
        for group in self.joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def order_changed(self, message: dict[str, Any]) -> None:
        """Something was written of the order."""
        await self.look()

    async def chain_head(self, message: dict[str, Any]) -> None:
        """There is a new block: confirmations count up."""
        if self.seen and self.seen.moves_with_blocks:
            await self.look()

    async def look(self) -> None:
        """Read the order again, and tell if it has changed."""
        before, self.seen = self.seen, await self.read()
        if self.seen != before:
            await self.say()

    async def say(self) -> None:
        """Send where the order stands."""
        if self.seen:
            await self.send_json({"state": self.seen.state, "confirmations": self.seen.confirmations})

    async def join(self, group: str) -> None:
        """Hear what the group is told."""
        self.joined = [*getattr(self, "joined", []), group]
        await self.channel_layer.group_add(group, self.channel_name)

    @database_sync_to_async  # type: ignore[untyped-decorator]
    def read(self) -> Seen | None:
        """Return where the order stands, or None if it is not the visitor's."""
        user = self.scope["user"]
        if not user.is_authenticated:
            return None
        found = progress_of(Order.objects.of(user.address).filter(ref=self.ref).select_related("chain"))
        return _seen(found[0]) if found else None


def _seen(progress: Progress) -> Seen:
    order = progress.order
    return Seen(progress.state, progress.counts, order.prompt, progress.moves_with_blocks, order.chain_id)


class ChainConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """``/ws/chains/<short name>``: tells the number of each new block, which is no secret."""

    group = ""

    async def connect(self) -> None:
        """Let anybody in who names a chain that is indexed here."""
        await self.accept()
        chain = await self.find(self.scope["url_route"]["kwargs"]["chain"])
        if chain is None:
            await self.close(NOT_FOUND)
            return
        self.group = f"chain.{chain}"
        await self.channel_layer.group_add(self.group, self.channel_name)

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def chain_head(self, message: dict[str, Any]) -> None:
        """There is a new block."""
        await self.send_json({"head": message["number"]})

    @database_sync_to_async  # type: ignore[untyped-decorator]
    def find(self, name: str) -> int | None:
        """Return the id of the chain of that name."""
        return Chain.objects.filter(short_name=name).values_list("pk", flat=True).first()
