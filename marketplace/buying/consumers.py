"""Sockets that say when to look again. What they say is a hint; the page fetches what it shows."""

from __future__ import annotations

from typing import Any, NamedTuple

from common.database import in_database
from common.sockets import NOT_FOUND, Socket
from contracts.models import Chain

from .orders import Order, Progress, progress_of
from .states import State


class Seen(NamedTuple):
    """What a page shows of an order, so far as it can change; ``confirmations`` are those of each payment, and of what
    became of those that were taken back."""

    state: State
    confirmations: tuple[int, ...]
    prompt: str
    moves_with_blocks: bool
    chain_id: int


class OrderConsumer(Socket):
    """``/ws/orders/<ref>``: tells the buyer's pages each time that the order's state or its confirmations change."""

    seen: Seen | None = None

    async def enter(self) -> None:
        """Let the buyer in; others hear nothing, not even whether the order exists."""
        self.ref = self.scope["url_route"]["kwargs"]["ref"]
        # Before the order is read: a change between reading and joining would be missed.
        await self.join(f"order.{self.ref.removeprefix('0x')}")
        self.seen = await in_database(self.read)
        await self.accept()
        # Accepted first: browsers do not tell scripts why a handshake was refused.
        if self.seen is None:
            await self.end(NOT_FOUND, "no such order of yours")
            return
        await self.join(f"chain.{self.seen.chain_id}")
        await self.tell()

    async def order_changed(self, message: dict[str, Any]) -> None:
        """Something was written of the order."""
        await self.look()

    async def chain_head(self, message: dict[str, Any]) -> None:
        """There is a new block: confirmations count up."""
        # Most open pages show what is settled, and need no query at each block.
        if self.seen and self.seen.moves_with_blocks:
            await self.look()

    async def look(self) -> None:
        """Read the order again, and tell if it has changed."""
        if not await self.is_welcome():
            return
        before, self.seen = self.seen, await in_database(self.read)
        # News comes from several sides, and the page needs each change once.
        if self.seen != before:
            await self.tell()

    async def tell(self) -> None:
        """Send where the order stands."""
        if self.seen:
            await self.say(state=self.seen.state, confirmations=self.seen.confirmations)

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


class ChainConsumer(Socket):
    """``/ws/chains/<short name>``: tells the number of each new block, which is no secret."""

    async def enter(self) -> None:
        """Let anybody in who names a chain that is indexed here."""
        chain = await in_database(self.find)
        if chain:
            await self.join(f"chain.{chain}")
        await self.accept()
        if not chain:
            await self.end(NOT_FOUND, "no such chain here")

    async def chain_head(self, message: dict[str, Any]) -> None:
        """There is a new block."""
        await self.say(head=message["number"])

    def find(self) -> int | None:
        """Return the id of the chain that the address names."""
        name = self.scope["url_route"]["kwargs"]["chain"]
        return Chain.objects.filter(short_name=name).values_list("pk", flat=True).first()
