"""What our node is to keep: wanted, brought, looked at again and again, and let go."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.queue import alone
from marketplace.files.unixfs import Tree

from .models import Pin, PinSource, PinState
from .node import Node, NodeAwayError, NodeError, NodeFullError, TooSlowError
from .sources import pieces_of

MIB = 2**20
LOOK_EVERY = ((MIB, 180), (1024 * MIB, 3_600))  # bytes up to which a pin is looked at every so many seconds
LOOK_RARELY = 6 * 3_600
LOOKS_A_SECOND = 20  # of all pins, however many there are
BACK_OFF, LONGEST_BACK_OFF = 30, 3_600  # seconds
MIB_SECONDS = 0.5  # that looking at a pin may take
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Wanted:
    """A content that is to be kept. Size in bytes; ``key`` names it in its source."""

    cid: str
    source: PinSource
    key: str
    size: int


def want_pins(*, wanted: Iterable[Wanted]) -> int:
    """Have contents kept from now on; return how many are new. Again changes nothing."""
    pins = [Pin(cid=each.cid, source=each.source, key=each.key, size=each.size) for each in wanted]
    if not pins:
        return 0
    asked = Pin.objects.filter(pk__in=[pin.cid for pin in pins])
    asked.filter(state=PinState.RELEASED).update(state=PinState.WANTED, next_at=timezone.now())
    before = asked.count()
    Pin.objects.bulk_create(pins, ignore_conflicts=True)
    return asked.count() - before


@transaction.atomic
def release_pin(*, cid: str) -> None:
    """Let a content go that nothing here needs any more. The node is told, and makes room, when pins are looked at."""
    released = {"state": PinState.RELEASED, "pinned_at": None, "next_at": timezone.now()}
    Pin.objects.filter(pk=cid).update(**released)


def keep_due(*, node: Node, seconds: float = 30.0) -> int:
    """Look at the pins that are due for so long, bring what the node lacks; return how many were looked at.

    One process at a time does it. Raises NodeAwayError: then nothing is known of any pin, and none is touched.
    """
    until, looked, released = time.monotonic() + seconds, 0, 0
    with alone("pins") as is_first:
        if not is_first:
            return 0
        every = Pin.objects.count() / LOOKS_A_SECOND
        while time.monotonic() < until and (pin := Pin.objects.due().first()):
            released += pin.state == PinState.RELEASED
            keep_pin(pin=pin, node=node, at_least=every)
            looked += 1
        if released:
            _sweep(node)
    return looked


def keep_pin(*, pin: Pin, node: Node, at_least: float = 0.0) -> None:
    """Look whether the node keeps one content, and bring it if not. Raises NodeAwayError.

    ``at_least`` so many seconds pass until it is looked at again.
    """
    if pin.state == PinState.RELEASED:
        node.unpin(pin.cid)
        Pin.objects.filter(pk=pin.cid, state=PinState.RELEASED).delete()  # unless it is wanted again meanwhile
        return
    if pin.state == PinState.PINNED:
        try:
            holds = node.holds(pin.cid, seconds=20 + MIB_SECONDS * pin.size / MIB)
        except TooSlowError:
            _write(pin, next_at=timezone.now() + timedelta(seconds=BACK_OFF))
            return
        if holds:
            _confirm(pin, at_least)
            return
        log.warning("the node has lost a pin", cid=pin.cid)
        _write(pin, state=PinState.LOST, pinned_at=None, lost=pin.lost + 1)
    if says := _bring(pin, node):
        _refuse(pin, says)
    else:
        _confirm(pin, at_least)


def _sweep(node: Node) -> None:
    try:
        node.sweep()
    except NodeError as error:  # it makes room another time
        log.info("the node was not swept", reason=str(error))


def _bring(pin: Pin, node: Node) -> str:
    """Bring a content and have it pinned; return why it is not, in a sentence, or nothing."""
    pieces = pieces_of(pin.source, pin.key)
    if pieces is None:
        return _("Its bytes are no longer here.")
    try:
        with node:
            tree = Tree(node.put)
            for piece in pieces:
                tree.update(piece)
            if tree.finish() != pin.cid:
                return _("Its bytes are not those of its address.")
            node.pin(pin.cid)
            if not node.holds(pin.cid, seconds=20 + MIB_SECONDS * pin.size / MIB):
                return _("The node took it, and does not have it.")
    except NodeAwayError:
        raise
    except NodeFullError:
        return _("The node has no room for it.")
    except (NodeError, OSError) as error:
        log.warning("a pin was not brought", cid=pin.cid, reason=str(error))
        return _("The node did not take it.")
    return ""


def _confirm(pin: Pin, at_least: float) -> None:
    now = timezone.now()
    usual = next((seconds for size, seconds in LOOK_EVERY if pin.size <= size), LOOK_RARELY)
    _write(
        pin,
        state=PinState.PINNED,
        pinned_at=pin.pinned_at or now,
        checked_at=now,
        next_at=now + timedelta(seconds=max(usual, at_least)),
        says="",
        tries=0,
    )


def _refuse(pin: Pin, says: str) -> None:
    wait = min(BACK_OFF * 2 ** min(pin.tries, 10), LONGEST_BACK_OFF)
    now = timezone.now()
    _write(
        pin,
        state=PinState.LOST if pin.state == PinState.LOST else PinState.REFUSED,
        pinned_at=None,
        checked_at=now,
        next_at=now + timedelta(seconds=wait),
        says=says,
        tries=min(pin.tries + 1, 30_000),
    )


def _write(pin: Pin, **values: object) -> None:
    for name, value in values.items():
        setattr(pin, name, value)
    pin.save(update_fields=list(values))
